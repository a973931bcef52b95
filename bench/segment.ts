/**
 * Counting a segment of three behavioural conditions against the statement that somebody would write by hand, on the same file. By default a
 * tenth of the full size with the same hundred facts a member; `BENCH_SEGMENT=full` is 100,000 members and 10,000,000 facts.
 */
import SqliteDatabase from 'better-sqlite3'
import { createApp } from '#src/app.ts'
import { createAside } from '#src/db/worker.ts'
import { aboutCommunity, askedBy, countAudience } from '#src/features/segments/index.ts'
import { addDays, localDay } from '#src/lib/time.ts'
import { traits } from '#src/traits.ts'
import { newDatabase, openCommunity } from './community.ts'
import { type Row, row } from './row.ts'

const ID = 'segment'
const FACTS = 100
const DAYS = 100
const ROUNDS = 5

/** Regulars of the week who handed something in this month and were given nothing this week. */
const CONDITION = {
  all: [
    { did: { what: 'checkin', least: 3, days: 7 } },
    { did: { what: 'member.renamed', days: 30 } },
    { has_not: { what: 'points.awarded', days: 7 } },
  ],
}
/** The worst case: nobody passes, so every member is asked all three, over all time. */
const WORST = {
  any: [
    { did: { what: 'checkin', least: 99 } },
    { did: { what: 'member.renamed', least: 99 } },
    { did: { what: 'points.awarded', least: 99 } },
  ],
}

const MEMBERS = `from members as m where m.community_id = :community and m.left_at is null and m.merged_into is null`
const FACTS_OF = 'select 1 from activity as a where a.member_id = m.id and a.kind'
/** What somebody would write who knows the index, and who wants the names too. */
const BY_HAND = `select m.name, count(*) over () as size ${MEMBERS}
  and exists (${FACTS_OF} = 'checkin' and a.day >= :week limit 1 offset 2)
  and exists (${FACTS_OF} = 'member.renamed' and a.day >= :month)
  and not exists (${FACTS_OF} = 'points.awarded' and a.day >= :week) order by m.id desc limit 5`
/** What somebody would write first: each kind of fact grouped by its members, and only counted. */
const GROUPED = `select count(*) as size ${MEMBERS}
  and m.id in (select member_id from activity where kind = 'checkin' and day >= :week group by member_id having count(*) >= 3)
  and m.id in (select member_id from activity where kind = 'member.renamed' and day >= :month)
  and m.id not in (select member_id from activity where kind = 'points.awarded' and day >= :week and member_id is not null)`
const WORST_BY_HAND = `select m.name, count(*) over () as size ${MEMBERS} and (${[
  'checkin',
  'member.renamed',
  'points.awarded',
]
  .map(kind => `exists (${FACTS_OF} = '${kind}' limit 1 offset 98)`)
  .join(' or ')}) order by m.id desc limit 5`

type Raw = InstanceType<typeof SqliteDatabase>

/** Members and facts, written straight into the tables: the past of a large community. */
function fill(raw: Raw, communityId: string, members: number, today: string): void {
  raw.pragma('foreign_keys = off')
  raw.function('day_before', { deterministic: true }, (ago: unknown) => addDays(today, -Number(ago)))
  const indexes = raw
    .prepare<[], { name: string; sql: string }>(
      `select name, sql from sqlite_schema where type = 'index' and tbl_name = 'activity' and sql is not null`,
    )
    .all()
  // Built at the end, as a restored backup has them.
  for (const { name } of indexes) raw.exec(`drop index ${name}`)
  raw.exec('begin')
  const numbers = (limit: string) =>
    `with recursive n(i) as (select 0 union all select i + 1 from n where i < ${limit} - 1)`
  raw
    .prepare(`insert into persons (id, created_at) ${numbers('?')} select printf('per01jg8z5v3mq%09d', i), 0 from n`)
    .run(members)
  raw
    .prepare(
      `insert into members (id, community_id, person_id, name, joined_at)
       ${numbers('?')} select printf('mem01jg8z5v3mq%09d', i), ?, printf('per01jg8z5v3mq%09d', i), 'Member ' || i, 0 from n`,
    )
    .run(members, communityId)
  // Facts lie in the order in which they happened, those of one member far from each other.
  raw
    .prepare(
      `insert into activity (community_id, member_id, account_id, kind, subject, day, at, details)
       ${numbers(':facts')} select :community, printf('mem01jg8z5v3mq%09d', (i * 7919) % :members), null,
         case (i * 31 + i / :members) % 10 when 0 then 'member.renamed' when 1 then 'points.awarded' else 'checkin' end,
         'bench:' || i, day_before((i * 13 + i / :members * 7) % ${DAYS}), 0, '{"camp":"daily"}' from n`,
    )
    .run({ facts: members * FACTS, members, community: communityId })
  raw.exec('commit')
  for (const { sql } of indexes) raw.exec(sql)
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

interface Measured {
  readonly ms: number
  readonly size: number
}

/** Every side in turn, round by round; the first one warms up. */
async function measure<S extends string>(
  sides: Readonly<Record<S, () => number | Promise<number>>>,
): Promise<Record<S, Measured>> {
  const names = Object.keys(sides) as S[]
  const times = new Map<S, number[]>(names.map(name => [name, []]))
  const sizes = new Map<S, number>()
  for (let round = 0; round <= ROUNDS; round++)
    for (const name of names) {
      const started = performance.now()
      sizes.set(name, await sides[name]())
      if (round > 0) times.get(name)?.push(performance.now() - started)
    }
  return Object.fromEntries(
    names.map(name => [name, { ms: median(times.get(name) ?? []), size: sizes.get(name) ?? 0 }]),
  ) as Record<S, Measured>
}

export async function run(): Promise<Row[]> {
  const members = process.env.BENCH_SEGMENT === 'full' ? 100_000 : 10_000
  await using database = await newDatabase()
  const { app: plain, members: known } = await openCommunity(database.url, 1)
  const aside = createAside(database.url)
  const app = createApp({ ...plain, aside })
  const communityId = known[0]?.communityId ?? ''
  const raw = new SqliteDatabase(database.url.slice('sqlite:'.length))
  const today = localDay(app.clock.now(), 'Europe/London')
  try {
    fill(raw, communityId, members, today)
    const about = await aboutCommunity(app, communityId, app.clock.now())
    const days = { community: communityId, week: addDays(today, -6), month: addDays(today, -29) }
    const byHand = (sql: string, values: Record<string, string>) => () =>
      raw.prepare<Record<string, string>, { size: number }>(sql).all(values)[0]?.size ?? 0
    const ours = (condition: unknown) => async () => (await countAudience(app, askedBy(traits, condition), about)).size
    const sides = {
      asked: ours(CONDITION),
      byHand: byHand(BY_HAND, days),
      grouped: byHand(GROUPED, days),
      worst: ours(WORST),
      worstByHand: byHand(WORST_BY_HAND, { community: communityId }),
    }
    const { asked, worst, ...peers } = await measure(sides)
    const sizes = [asked, peers.byHand, peers.grouped].map(({ size }) => size)
    if (new Set(sizes).size > 1) throw new Error(`the sides count differently: ${sizes.join(', ')}`)
    const what = `${members.toLocaleString('en')} members, ${(members * FACTS).toLocaleString('en')} facts, SQLite`
    const title = `segment of three conditions (${asked.size} in it), ${what}`
    const common = { id: ID, unit: 'ms', n: ROUNDS } as const
    return [
      row({
        ...common,
        what: title,
        ours: asked.ms,
        peer: peers.byHand.ms,
        peerName: 'better-sqlite3, by hand on the same index',
      }),
      row({
        ...common,
        what: title,
        ours: asked.ms,
        peer: peers.grouped.ms,
        peerName: 'better-sqlite3, grouped by hand',
      }),
      row({
        ...common,
        what: `the same, every member asked all three (${worst.size} in it)`,
        ours: worst.ms,
        peer: peers.worstByHand.ms,
        peerName: 'better-sqlite3, by hand on the same index',
      }),
    ]
  } finally {
    raw.close()
    await aside.close()
    await app.engine.close()
  }
}
