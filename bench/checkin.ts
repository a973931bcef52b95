/** The check-in use case against the same rows written by hand: with better-sqlite3, and with pg. */
import SqliteDatabase from 'better-sqlite3'
import pg from 'pg'
import { checkIn } from '#src/features/checkin/index.ts'
import { addDays, dayStart, HOUR, monthOf, weekOf } from '#src/lib/time.ts'
import { type BenchMember, findPostgres, newDatabase, openCommunity } from './community.ts'
import { type Row, row, sideBySide } from './row.ts'

const ID = 'checkin'
const MEMBERS = 200
const FIRST_DAY = '2026-01-01'
const dayOf = (round: number) => addDays(FIRST_DAY, round)
const noonOf = (round: number) => dayStart(dayOf(round), 'Europe/London') + 12 * HOUR

/** The statements of one check-in, in our order; `?` for SQLite, `$n` for PostgreSQL. */
const STATEMENTS = {
  rules: 'select from_at, zone, day_start, last_day, first_day from day_rules where member_id = ? order by from_at',
  checkin:
    "insert into checkins (member_id, account_id, camp, day, zone, note, at) values (?, ?, 'daily', ?, 'Europe/London', null, ?) on conflict (member_id, camp, day) where superseded_at is null do nothing returning id",
  streak: "select current, longest, total, last_day from streaks where member_id = ? and camp = 'daily'",
  extend:
    "insert into streaks (member_id, camp, current, longest, total, last_day) values (?, 'daily', ?, ?, ?, ?) on conflict (member_id, camp) do update set current = excluded.current, longest = excluded.longest, total = excluded.total, last_day = excluded.last_day",
  activity:
    'insert into activity (community_id, member_id, account_id, kind, subject, day, at, details) values (?, ?, ?, \'checkin\', ?, ?, ?, \'{"camp":"daily"}\') on conflict (kind, subject) do nothing returning id',
  todo: "insert into activity_todo (activity_id, consumer, not_before) values (?, 'activity-days', ?)",
  ledger:
    "insert into ledger (member_id, account_id, unit, amount, source, day, at, reverses) values (?, ?, 'points', 10, ?, ?, ?, null) on conflict (member_id, unit, source) do nothing",
  balance:
    "insert into balances (member_id, unit, total) values (?, 'points', 10) on conflict (member_id, unit) do update set total = balances.total + excluded.total",
  standings:
    'insert into standings (member_id, community_id, period, points, reached_at) values (?, ?, ?, 10, ?), (?, ?, ?, 10, ?), (?, ?, ?, 10, ?) on conflict (member_id, period) do update set points = standings.points + excluded.points, reached_at = case when excluded.reached_at > standings.reached_at then excluded.reached_at else standings.reached_at end',
} as const
type Name = keyof typeof STATEMENTS
type Run = (name: Name, values: unknown[]) => Promise<Array<Record<string, unknown>>> | Array<Record<string, unknown>>

/** One check-in by hand. The day is given; ours finds it out. */
async function byHand(run: Run, who: BenchMember, day: string, at: number): Promise<void> {
  await run('rules', [who.memberId])
  const [checkin] = await run('checkin', [who.memberId, who.accountId, day, at])
  const [streak] = await run('streak', [who.memberId])
  const count = Number(streak?.total ?? 0) + 1
  await run('extend', [who.memberId, count, count, count, day])
  const [activity] = await run('activity', [
    who.communityId,
    who.memberId,
    who.accountId,
    `${who.memberId}:daily:${day}`,
    day,
    at,
  ])
  await run('todo', [activity?.id, at])
  await run('ledger', [who.memberId, who.accountId, `checkin:${checkin?.id}`, day, at])
  await run('balance', [who.memberId])
  await run(
    'standings',
    [weekOf(day), monthOf(day), 'all'].flatMap(period => [who.memberId, who.communityId, period, at]),
  )
}

async function onSqlite(synchronous: 'full' | 'normal', atOnce: number): Promise<Row> {
  await using mine = await newDatabase()
  await using theirs = await newDatabase()
  const { app, members } = await openCommunity(mine.url, MEMBERS, { synchronous })
  const other = await openCommunity(theirs.url, MEMBERS, { synchronous })
  await other.app.engine.close()
  const raw = new SqliteDatabase(theirs.url.slice('sqlite:'.length))
  raw.pragma('journal_mode = wal')
  raw.pragma(`synchronous = ${synchronous}`)
  raw.pragma('foreign_keys = on')
  raw.pragma('cache_size = -16000')
  const statements = Object.fromEntries(
    Object.entries(STATEMENTS).map(([name, sql]) => [name, raw.prepare<unknown[], Record<string, unknown>>(sql)]),
  )
  const run = (name: Name, values: unknown[]) => {
    const statement = statements[name] as NonNullable<(typeof statements)[string]>
    if (statement.reader) return statement.all(...values)
    statement.run(...values)
    return []
  }
  // better-sqlite3 is synchronous: its own transaction, without a single await in between.
  const handwritten = (who: BenchMember, day: string, at: number) => {
    raw.exec('begin immediate')
    run('rules', [who.memberId])
    const [checkin] = run('checkin', [who.memberId, who.accountId, day, at])
    const [streak] = run('streak', [who.memberId])
    const count = Number(streak?.total ?? 0) + 1
    run('extend', [who.memberId, count, count, count, day])
    const [activity] = run('activity', [
      who.communityId,
      who.memberId,
      who.accountId,
      `${who.memberId}:daily:${day}`,
      day,
      at,
    ])
    run('todo', [activity?.id, at])
    run('ledger', [who.memberId, who.accountId, `checkin:${checkin?.id}`, day, at])
    run('balance', [who.memberId])
    run(
      'standings',
      [weekOf(day), monthOf(day), 'all'].flatMap(period => [who.memberId, who.communityId, period, at]),
    )
    raw.exec('commit')
  }
  const figures = await sideBySide(
    9,
    MEMBERS,
    round => inBatches(members, atOnce, who => checkIn(app, who, { at: noonOf(round) })),
    async round => {
      for (const who of other.members) handwritten(who, dayOf(round), noonOf(round))
    },
  )
  await app.engine.close()
  raw.close()
  const title = atOnce === 1 ? 'check-in one after the other' : `check-in, ${atOnce} at once`
  return row({
    id: ID,
    what: `${title}, SQLite ${synchronous.toUpperCase()}`,
    unit: '/s',
    peerName: 'better-sqlite3',
    ...figures,
  })
}

async function onPostgres(server: string, atOnce: number): Promise<Row> {
  await using mine = await newDatabase(server)
  await using theirs = await newDatabase(server)
  const { app, members } = await openCommunity(mine.url, MEMBERS)
  const other = await openCommunity(theirs.url, MEMBERS)
  await other.app.engine.close()
  const pool = new pg.Pool({ connectionString: theirs.url, max: 10 })
  // A connection that ends while nobody uses it is no failure of the bench.
  pool.on('error', () => {})
  const numbered = Object.fromEntries(
    Object.entries(STATEMENTS).map(([name, sql]) => {
      let n = 0
      return [name, sql.replace(/\?/g, () => `$${++n}`)]
    }),
  ) as Record<Name, string>
  const handwritten = async (who: BenchMember, day: string, at: number) => {
    const client = await pool.connect()
    await client.query('begin')
    await client.query('select id from members where id = $1 for no key update', [who.memberId])
    await byHand(async (name, values) => (await client.query(numbered[name], values)).rows, who, day, at)
    await client.query('commit')
    client.release()
  }
  const figures = await sideBySide(
    7,
    MEMBERS,
    round => inBatches(members, atOnce, who => checkIn(app, who, { at: noonOf(round) })),
    round => inBatches(other.members, atOnce, who => handwritten(who, dayOf(round), noonOf(round))),
  )
  await app.engine.close()
  await pool.end()
  const title = atOnce === 1 ? 'check-in one after the other' : `check-in, ${atOnce} at once`
  return row({ id: ID, what: `${title}, PostgreSQL`, unit: '/s', peerName: 'pg', ...figures })
}

async function inBatches(
  members: readonly BenchMember[],
  atOnce: number,
  work: (who: BenchMember) => Promise<unknown>,
): Promise<void> {
  const queue = members.values()
  const lane = async () => {
    for (const who of queue) await work(who)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

export async function run(): Promise<Row[]> {
  const rows: Row[] = []
  for (const synchronous of ['full', 'normal'] as const)
    for (const atOnce of [1, 64]) rows.push(await onSqlite(synchronous, atOnce))
  const postgres = await findPostgres()
  for (const atOnce of [1, 10]) {
    if ('url' in postgres) rows.push(await onPostgres(postgres.url, atOnce))
    else
      rows.push(
        row({
          id: ID,
          what: `check-in, ${atOnce} at once, PostgreSQL`,
          ours: null,
          peer: null,
          unit: '/s',
          peerName: 'pg',
          n: 0,
          why: postgres.why,
        }),
      )
  }
  return rows
}
