/**
 * The rate a sender keeps against the rate it is configured for, to different chats, and how often the platform says "too many": with a held
 * clock, so that minutes pass in seconds, every timer being late by 1 to 3 ms and every answer taking 60 to 140; and in real time for a
 * while.
 */

import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { PACE as DISCORD } from '#src/adapters/discord/limits.ts'
import { PACE as TELEGRAM } from '#src/adapters/telegram/limits.ts'
import type { App } from '#src/app.ts'
import { DeliveryError, type Sender } from '#src/chat/port.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { enqueue } from '#src/features/outbox/index.ts'
import { startSender } from '#src/jobs/sender.ts'
import { createLimiter, type Pace } from '#src/lib/limiter.ts'
import { SECOND } from '#src/lib/time.ts'
import { newDatabase, openCommunity } from './community.ts'
import { type Row, row } from './row.ts'

const ID = 'pacing'
const BOT = 'telegram:1'
const SENDS = 5000
const REAL_SECONDS = 15

/** What the platforms themselves refuse, in any second. */
const ALLOWED = { telegram: 30, discord: 50 } as const

interface Counted {
  readonly sent: number[]
  refused: number
}

/** A platform that takes `allowed` messages in any second and refuses the next with 429. */
function strict(
  now: () => number,
  pace: Pace,
  allowed: number,
  latency: () => number,
): { sender: Sender; counted: Counted } {
  const counted: Counted = { sent: [], refused: 0 }
  const limiter = createLimiter(pace, now)
  const deliver = async () => {
    const at = now()
    const before = counted.sent.at(-allowed)
    if (before !== undefined && at - before < SECOND) {
      counted.refused++
      limiter.pause(SECOND)
      throw new DeliveryError('rate-limited', 'too many', { retryAfterMs: SECOND })
    }
    counted.sent.push(at)
    await new Promise<void>(resolve => void setTimeout(resolve, latency()))
    return { messageId: String(counted.sent.length) }
  }
  return { counted, sender: { platform: 'telegram', dedupesByNonce: false, limiter, deliver } }
}

async function queue(app: App, count: number): Promise<void> {
  for (let from = 0; from < count; from += 500)
    await app.engine.transaction(async db => {
      for (let n = from; n < Math.min(from + 500, count); n++)
        await enqueue(
          { ...app, db, inside: true },
          {
            bot: BOT,
            platform: 'telegram',
            to: { kind: 'person', platformId: `nobody ${n}` },
            reply: plain(t('help.title')),
            locale: 'en',
            askerId: '',
            class: 'transactional',
            source: `pacing:${n}`,
          },
        )
    })
}

/** Messages per second between the first and the last. */
const rateOf = ({ sent }: Counted): number => ((sent.length - 1) / ((sent.at(-1) ?? 0) - (sent[0] ?? 0))) * SECOND

async function held(name: 'telegram' | 'discord', pace: Pace): Promise<Row> {
  await using database = await newDatabase()
  const opened = await openCommunity(database.url, 1, { synchronous: 'normal' })
  await queue(opened.app, SENDS)
  let now = Date.now()
  const app: App = { ...opened.app, clock: { now: () => now } }
  // A fixed sequence, the same in every run.
  let state = 7
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  const { sender, counted } = strict(
    () => now,
    pace,
    ALLOWED[name],
    () => 60 + random() * 80,
  )
  mock.timers.enable({ apis: ['setTimeout'] })
  const job = startSender(app, BOT, sender)
  while (counted.sent.length < SENDS) {
    const step = 1 + Math.floor(random() * 3)
    now += step
    mock.timers.tick(step)
    // Everything that this moment brings about, the database included.
    for (let i = 0; i < 4; i++) await setImmediate()
  }
  mock.timers.tick(SECOND)
  await setImmediate()
  mock.timers.reset()
  await job.stop()
  await opened.app.engine.close()
  return result(`${name}, held clock`, pace, counted)
}

async function real(name: 'telegram' | 'discord', pace: Pace): Promise<Row> {
  await using database = await newDatabase()
  const { app } = await openCommunity(database.url, 1, { synchronous: 'full' })
  await queue(app, Math.ceil(pace.perSecond * (REAL_SECONDS + 2)))
  const { sender, counted } = strict(
    () => performance.now(),
    pace,
    ALLOWED[name],
    () => 100,
  )
  const job = startSender(app, BOT, sender)
  await new Promise(resolve => setTimeout(resolve, REAL_SECONDS * SECOND))
  await job.stop()
  await app.engine.close()
  return result(`${name}, ${REAL_SECONDS} s of real time`, pace, counted)
}

function result(what: string, pace: Pace, counted: Counted): Row {
  if (counted.refused > 0) throw new Error(`${what}: ${counted.refused} messages were refused as too many`)
  const ours = Math.round(rateOf(counted) * 100) / 100
  const peerName = 'the configured rate'
  return row({
    id: ID,
    what: `${what}, none refused`,
    ours,
    peer: pace.perSecond,
    unit: '/s',
    peerName,
    n: counted.sent.length,
  })
}

export async function run(): Promise<Row[]> {
  const rows: Row[] = []
  for (const [name, pace] of [
    ['telegram', TELEGRAM],
    ['discord', DISCORD],
  ] as const)
    rows.push(await held(name, pace), await real(name, pace))
  return rows
}
