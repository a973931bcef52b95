/**
 * Draining a queue of messages to different people with the platform's limit lifted: the sender answers at once. Ours judges each by the send
 * policy (consent, silence, quiet hours, cap, duplicate) and keeps each recipient's outcome; the peers complete jobs.
 */
import { Logger, makeWorkerUtils, run as runWorker } from 'graphile-worker'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import type { App } from '#src/app.ts'
import type { Sender } from '#src/chat/port.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { startSender } from '#src/jobs/sender.ts'
import { createLimiter } from '#src/lib/limiter.ts'
import { type BenchDatabase, findPostgres, newDatabase, openCommunity } from './community.ts'
import { type Row, row } from './row.ts'

const ID = 'outbox'
const BOT = 'telegram:1'
const PER_ROUND = 20_000
/** The first warms up. */
const ROUNDS = 4
const ANY = Number.POSITIVE_INFINITY

/** One side: seeds `PER_ROUND` messages and drains them. */
interface Side extends AsyncDisposable {
  seed(round: number): Promise<void>
  drain(round: number): Promise<void>
}

/** A line for each job would be measured with it. */
const quiet = new Logger(() => () => {})

/** Statements for either engine; both know this way of counting. */
const NUMBERS = `with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${PER_ROUND})`

async function ours(database: BenchDatabase, synchronous: 'full' | 'normal' = 'full'): Promise<Side> {
  const { app, members } = await openCommunity(database.url, 1, { synchronous })
  const community = members[0]?.communityId ?? ''
  const write = writer(app)
  const at = Date.now()
  await write(`${NUMBERS} insert into persons (id, created_at) select 'per' || n, ${at} from numbers`)
  await write(`${NUMBERS} insert into accounts (id, person_id, platform, platform_id, name, direct_at, created_at)
    select 'acc' || n, 'per' || n, 'telegram', cast(5000000 + n as text), 'Member ' || n, ${at}, ${at} from numbers`)
  await write(`${NUMBERS} insert into members (id, community_id, person_id, name, joined_at)
    select 'mem' || n, '${community}', 'per' || n, 'Member ' || n, ${at} from numbers`)
  await write(`${NUMBERS} insert into day_rules (member_id, from_at, zone, day_start, first_day, requested_at)
    select 'mem' || n, 0, 'Europe/London', 0, '2026-01-01', 0 from numbers`)
  await write(
    `${NUMBERS} insert into consents (account_id, topic, allowed_at) select 'acc' || n, 'news', ${at} from numbers`,
  )
  // It may be night where this is measured, and nobody shall have had enough.
  await write(`insert into settings (community_id, key, value)
    values ('${community}', 'quiet_hours', '"off"'), ('${community}', 'cap.marketing', '"50/day 90/7d defer"')`)
  const payload = JSON.stringify({
    to: {},
    reply: plain(t('checkin.note', { note: 'The course begins.' })),
    locale: 'en',
  })
  return {
    async seed(round) {
      const to = `replace('${payload.replaceAll("'", "''")}', '"to":{}', '"to":{"kind":"person","platformId":"' || n || '"}')`
      await write(`${NUMBERS} insert into outbox (bot, platform, chat_key, payload, class, state, source, nonce, not_before, created_at,
        member_id, account_id, message, period, topic)
        select '${BOT}', 'telegram', 'p:' || n, ${to}, 'marketing', 'queued', 'bench:${round}:' || n, 'bench${round}x' || n, ${at}, ${at},
        'mem' || n, 'acc' || n, 'bench', '${round}', 'news' from numbers`)
      await write('analyze')
    },
    async drain(round) {
      await drainOnce(app)
      const { sent } = await app.db
        .selectFrom('outbox')
        .select(({ fn }) => fn.countAll().as('sent'))
        .where('state', '=', 'sent')
        .where('message_id', 'is not', null)
        .where('period', '=', String(round))
        .executeTakeFirstOrThrow()
      if (Number(sent) !== PER_ROUND) throw new Error(`${sent} of ${PER_ROUND} were sent`)
    },
    [Symbol.asyncDispose]: () => app.engine.close(),
  }
}

const writer = (app: App) => (statement: string) =>
  app.engine.transaction(async db => {
    await db.executeQuery({ sql: statement, parameters: [], query: { kind: 'RawNode' } as never, queryId: {} as never })
  })

async function drainOnce(app: App): Promise<void> {
  const { promise: done, resolve } = Promise.withResolvers<void>()
  let delivered = 0
  const sender: Sender = {
    platform: 'telegram',
    dedupesByNonce: false,
    limiter: createLimiter({ perSecond: ANY, perChatSecond: ANY, chatBurst: 1, perGroupMinute: ANY }, app.clock.now),
    deliver: async () => {
      if (++delivered === PER_ROUND) resolve()
      return { messageId: String(delivered) }
    },
  }
  const job = startSender(app, BOT, sender)
  await done
  // Until the last outcome is written.
  await job.stop()
}

async function graphileWorker(database: BenchDatabase): Promise<Side> {
  const utils = await makeWorkerUtils({ connectionString: database.url, logger: quiet })
  await utils.migrate()
  return {
    async seed() {
      const jobs = Array.from({ length: PER_ROUND }, (_, n) => ({ identifier: 'deliver', payload: { to: String(n) } }))
      for (let i = 0; i < jobs.length; i += 2000) await utils.addJobs(jobs.slice(i, i + 2000))
      await utils.withPgClient(client => client.query('analyze'))
    },
    async drain() {
      const { promise: done, resolve } = Promise.withResolvers<void>()
      let delivered = 0
      const runner = await runWorker({
        connectionString: database.url,
        logger: quiet,
        taskList: {
          deliver: async () => {
            if (++delivered === PER_ROUND) resolve()
          },
        },
        preset: {
          worker: {
            concurrentJobs: 24,
            maxPoolSize: 10,
            localQueue: { size: 500 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
      })
      await done
      await runner.stop()
    },
    [Symbol.asyncDispose]: async () => utils.release(),
  }
}

async function pgBoss(database: BenchDatabase): Promise<Side> {
  const boss = new PgBoss({ connectionString: database.url, supervise: false, schedule: false })
  boss.on('error', () => {})
  await boss.start()
  await boss.createQueue('deliver')
  return {
    async seed() {
      const jobs = Array.from({ length: PER_ROUND }, (_, n) => ({ data: { to: String(n) } }))
      for (let i = 0; i < jobs.length; i += 2000) await boss.insert('deliver', jobs.slice(i, i + 2000))
      const client = new pg.Client({ connectionString: database.url })
      await client.connect()
      await client.query('analyze')
      await client.end()
    },
    async drain() {
      const lane = async () => {
        for (;;) {
          const jobs = await boss.fetch('deliver', { batchSize: 500 })
          if (jobs.length === 0) return
          await boss.complete(
            'deliver',
            jobs.map(({ id }) => id),
          )
        }
      }
      await Promise.all([lane(), lane()])
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  }
}

/** Rates per second of each side, alternately in rounds; the median. */
async function measure(sides: readonly Side[]): Promise<number[]> {
  const rates = sides.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, side] of sides.entries()) {
      await side.seed(round)
      const started = performance.now()
      await side.drain(round)
      if (round > 0) rates[i]?.push((PER_ROUND / (performance.now() - started)) * 1000)
    }
  return rates.map(each => Math.round(each.sort((a, b) => a - b)[Math.floor(each.length / 2)] ?? 0))
}

const N = PER_ROUND * (ROUNDS - 1)

async function onSqlite(): Promise<Row> {
  await using database = await newDatabase()
  await using side = await ours(database)
  const [rate = 0] = await measure([side])
  const why = 'no such queue for SQLite; we want 40,000 a second'
  return row({ id: ID, what: 'drain, SQLite FULL', ours: rate, unit: '/s', peer: null, peerName: 'none', n: N, why })
}

async function onPostgres(server: string): Promise<Row[]> {
  await using mine = await newDatabase(server)
  await using theirs = await newDatabase(server)
  await using others = await newDatabase(server)
  await using own = await ours(mine)
  await using worker = await graphileWorker(theirs)
  await using boss = await pgBoss(others)
  const [rate = 0, first = 0, second = 0] = await measure([own, worker, boss])
  const line = { id: ID, what: 'drain, PostgreSQL', ours: rate, unit: '/s', n: N } as const
  return [
    row({ ...line, peer: first, peerName: 'graphile-worker' }),
    row({ ...line, peer: second, peerName: 'pg-boss' }),
  ]
}

export async function run(): Promise<Row[]> {
  const postgres = await findPostgres()
  if ('url' in postgres) return [await onSqlite(), ...(await onPostgres(postgres.url))]
  const missing = {
    id: ID,
    what: 'drain, PostgreSQL',
    ours: null,
    peer: null,
    unit: '/s',
    n: 0,
    why: postgres.why,
  } as const
  return [await onSqlite(), row({ ...missing, peerName: 'graphile-worker' })]
}
