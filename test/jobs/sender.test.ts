import { afterEach, expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { type Delivery, DeliveryError, type Sender } from '#src/chat/port.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { claim, enqueue, LEASE_MS, type Message, recoverLeases } from '#src/features/outbox/index.ts'
import { type SenderJob, startSender } from '#src/jobs/sender.ts'
import { createLimiter, type Pace } from '#src/lib/limiter.ts'
import { MINUTE } from '#src/lib/time.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { until } from '#test/support/until.ts'

const BOT = 'telegram:1'
const ANY = Number.POSITIVE_INFINITY
const FAST: Pace = { perSecond: ANY, perChatSecond: ANY, chatBurst: 1, perGroupMinute: ANY }

const message = (source: string, chat: string): Message => ({
  bot: BOT,
  platform: 'telegram',
  to: { kind: 'chat', chat: { id: chat, direct: false, ephemeral: false } },
  reply: plain(t('checkin.note', { note: source })),
  locale: 'en',
  askerId: '',
  class: 'transactional',
  source,
})
const queue = async (app: App, ...messages: Message[]) => {
  for (const one of messages) await transaction(app, inner => enqueue(inner, one))
}
const states = async (app: App) =>
  (await app.db.selectFrom('outbox').select(['source', 'state']).orderBy('id').execute()).map(
    ({ source, state }) => `${source} ${state}`,
  )
const noteOf = (delivery: Delivery) => String(delivery.reply.lines[0]?.values.note)

/** A platform that keeps what it was sent, and does what `act` says. */
function platform(now: () => number, pace: Pace = FAST, act: (note: string) => Promise<void> = async () => {}) {
  const sent: string[] = []
  const limiter = createLimiter(pace, now)
  const sender: Sender = {
    platform: 'telegram',
    dedupesByNonce: false,
    limiter,
    deliver: async delivery => {
      await act(noteOf(delivery))
      sent.push(noteOf(delivery))
      return { messageId: String(sent.length) }
    },
  }
  return { sent, sender, limiter }
}

const jobs: SenderJob[] = []
const start = (app: App, sender: Sender): SenderJob => {
  const job = startSender(app, BOT, sender)
  jobs.push(job)
  return job
}
afterEach(async () => {
  for (const job of jobs.splice(0)) await job.stop()
})

forEachEngine('the sender', engine => {
  test('sends what is queued, each once and each chat in its order, and takes what comes when it is woken', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { sent, sender } = platform(app.clock.now)
    await queue(app, message('a1', 'a'), message('b1', 'b'), message('a2', 'a'), message('a3', 'a'))
    const job = start(app, sender)
    await until('all are sent', () => sent.length === 4)
    await queue(app, message('a4', 'a'))
    job.wake()
    await until('all are sent', () => sent.length === 5)
    await job.stop()
    expect(sent.filter(note => note.startsWith('a'))).toEqual(['a1', 'a2', 'a3', 'a4'])
    expect(new Set(sent).size).toBe(5)
    expect((await states(app)).every(state => state.endsWith(' sent'))).toBe(true)
  })

  test('tries again what was refused for now, before anything younger of the same chat', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    let refusals = 1
    const { sent, sender } = platform(clock.now, FAST, async note => {
      if (note === 'a1' && refusals-- > 0) throw new DeliveryError('rate-limited', 'slow down', { retryAfterMs: 3000 })
    })
    await queue(app, message('a1', 'a'), message('a2', 'a'))
    const job = start(app, sender)
    await until('the first is refused', async () => (await states(app))[0] === 'a1 retry_wait')
    // Only that chat waits: whether the whole bot must is for the adapter to say.
    expect(sender.limiter.pausedFor()).toBe(0)
    expect(sent).toEqual([])
    clock.advance(3000)
    job.wake()
    await until('both are sent', () => sent.length === 2)
    expect(sent).toEqual(['a1', 'a2'])
  })

  test('gives back what it may not send for long, so that nobody sends it a second time', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    // The platform silences the bot with its first answer, while the second message waits for its turn.
    const { sent, sender } = platform(clock.now, { ...FAST, perSecond: 20 }, async () => {
      sender.limiter.pause(10 * MINUTE)
      throw new DeliveryError('rate-limited', 'silence', { retryAfterMs: 10 * MINUTE })
    })
    await queue(app, message('a1', 'a'), message('b1', 'b'))
    const job = start(app, sender)
    await until('both are given back', async () => (await states(app)).join() === 'a1 retry_wait,b1 retry_wait')
    // Past the lease: nothing is left that looks as if its process had died.
    clock.advance(LEASE_MS + MINUTE)
    await job.stop()
    expect(await recoverLeases(app, BOT, false, true)).toBe(0)
    expect(sent).toEqual([])
    const rows = await app.db.selectFrom('outbox').select('attempts').execute()
    expect(rows.every(({ attempts }) => attempts === 0)).toBe(true)
  })

  test('keeps to the pace', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const times: number[] = []
    const { sender } = platform(
      () => performance.now(),
      { ...FAST, perSecond: 20 },
      async () => void times.push(performance.now()),
    )
    await queue(app, ...Array.from({ length: 6 }, (_, i) => message(`m${i}`, `chat ${i}`)))
    start(app, sender)
    await until('all are sent', () => times.length === 6)
    // Six at twenty a second are five gaps of 50 ms; one may be late, together they are never early.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(240)
  })

  test('stops at once although a turn is far off, and leaves the message for whoever comes next', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { sent, sender } = platform(() => performance.now(), { ...FAST, perChatSecond: 0.05, chatBurst: 1 })
    await queue(app, message('a1', 'a'), message('a2', 'a'))
    const job = start(app, sender)
    await until(
      'the first is sent and the second waits',
      async () => (await states(app)).join() === 'a1 sent,a2 leased',
    )
    const began = performance.now()
    await job.stop()
    expect(performance.now() - began).toBeLessThan(3000)
    expect(sent).toEqual(['a1'])
    expect((await states(app))[1]).toBe('a2 retry_wait')
  })

  test('waits for what is under way when it stops', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const { promise: goOn, resolve: release } = Promise.withResolvers<void>()
    const { sender } = platform(app.clock.now, FAST, async () => {
      begin()
      await goOn
    })
    await queue(app, message('a1', 'a'), message('a2', 'a'))
    const job = start(app, sender)
    await begun
    const stopping = job.stop()
    release()
    await stopping
    expect(await states(app)).toEqual(['a1 sent', 'a2 queued'])
  })

  test('takes over what a killed process had in hand', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await queue(app, message('a1', 'a'))
    await claim(await opened.another(), BOT, 1)
    const { sent, sender } = platform(app.clock.now)
    start(app, sender)
    await until('it is sent', () => sent.length === 1)
  })

  test('goes on after an adapter that throws what it must not', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { sent, sender } = platform(app.clock.now, FAST, async note => {
      if (note === 'a1') throw new TypeError('a bug')
    })
    await queue(app, message('a1', 'a'), message('b1', 'b'))
    start(app, sender)
    await until('the other is sent', () => sent.length === 1)
    await until('the first waits', async () => (await states(app))[0] === 'a1 retry_wait')
    expect(sent).toEqual(['b1'])
  })
})
