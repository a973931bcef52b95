// What comes in and what goes out: inbox, private answers, outbox.
import { describe, expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { type Answer, DeliveryError, type DeliveryProblem } from '#src/chat/port.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import {
  finish,
  markAnswered,
  offerPrivately,
  type Received,
  receive,
  redeemPrivately,
  TOKEN_LIFE_MS,
  unfinished,
  wipeTokens,
} from '#src/features/inbox/index.ts'
import {
  type Claimed,
  type Class,
  claim,
  enqueue,
  LEASE_MS,
  type Message,
  nextDue,
  recoverLeases,
  settle,
} from '#src/features/outbox/index.ts'
import { HOUR, MINUTE } from '#src/lib/time.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ada, BOT, join, lin, line } from './scene.ts'

const answer: Answer = {
  reply: plain(t('help.title')),
  visibility: 'private',
  locale: 'en',
  askerId: '11',
  update: false,
}

async function stored(app: App, token: string | null = 'secret'): Promise<Received> {
  const received = await receive(app, line(app, ada, '/help'), token)
  if (!received) throw new Error('a new event was taken for an old one')
  return received
}
const row = (app: App, { id }: Received) =>
  app.db.selectFrom('inbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

forEachEngine('the inbox', engine => {
  test('stores an event once, however often and from wherever it comes', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const other = await opened.another()
    const event = line(app, ada, '/help')
    const received = await Promise.all(Array.from({ length: 10 }, (_, i) => receive(i % 2 ? app : other, event)))
    expect(received.filter(one => one !== null)).toHaveLength(1)
    expect(await receive(app, { ...event, bot: 'telegram:2' })).not.toBeNull()
  })

  test('finishes a row once: the second to try is told', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const other = await opened.another()
    const received = await stored(app)
    const tries = [app, other, app].map(each => transaction(each, inner => finish(inner, received.id, answer)))
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1)
    expect(await row(app, received)).toMatchObject({ state: 'done', token: 'secret' })
    expect(JSON.parse((await row(app, received)).answer ?? '')).toEqual(answer)
  })

  test('wipes the token once it is answered, and keeps the message’s id', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const received = await stored(app)
    await transaction(app, inner => finish(inner, received.id, answer))
    await markAnswered(app, received.id, '77')
    expect(await row(app, received)).toMatchObject({ state: 'answered', token: null, message_id: '77' })
    // Told again, later: nothing changes.
    opened.clock.advance(1000)
    await markAnswered(app, received.id, '78')
    expect(await row(app, received)).toMatchObject({ message_id: '77', answered_at: app.clock.now() - 1000 })
  })

  test('wipes the token of what needs no answer, and of anything a quarter of an hour old', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const silent = await stored(app)
    await transaction(app, inner => finish(inner, silent.id, null))
    expect(await row(app, silent)).toMatchObject({ state: 'answered', token: null })
    const old = await stored(app)
    clock.advance(TOKEN_LIFE_MS - 1)
    const young = await stored(app)
    await wipeTokens(app)
    expect((await row(app, old)).token).toBe('secret')
    clock.advance(1)
    await wipeTokens(app)
    expect((await row(app, old)).token).toBeNull()
    expect((await row(app, young)).token).toBe('secret')
  })

  test('lists what is unfinished for one bot, oldest first, as it came', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const [first, second, third] = [await stored(app), await stored(app), await stored(app)]
    await receive(app, { ...line(app, ada, '/help'), bot: 'telegram:2' })
    await transaction(app, inner => finish(inner, first.id, answer))
    await transaction(app, inner => finish(inner, second.id, null))
    const left = await unfinished(app, BOT)
    expect(left.map(({ id, state }) => [id, state])).toEqual([
      [first.id, 'done'],
      [third.id, 'received'],
    ])
    expect(left[0]?.answer).toEqual(answer)
    expect(left[1]?.request).toEqual(third.request)
  })
})

forEachEngine('a private answer behind a link', engine => {
  async function offered(app: App) {
    const [a, l] = [await join(app, ada), await join(app, lin)]
    const received = await stored(app)
    await transaction(app, inner => finish(inner, received.id, answer))
    const payload = await transaction(app, inner => offerPrivately(inner, received.id, a.accountId))
    const redeem = (accountId: string, what = payload) =>
      transaction(app, inner => redeemPrivately(inner, accountId, what))
    return { a, l, payload, redeem }
  }

  test('is shown once, to the account it was made for', async () => {
    await using opened = await cleanApp(engine)
    const { a, l, redeem, payload } = await offered(opened.app)
    expect(payload).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
    expect(await redeem(l.accountId)).toBe('gone')
    expect(await redeem(a.accountId)).toEqual(answer)
    expect(await redeem(a.accountId)).toBe('gone')
  })

  test('is shown once to two presses at the same moment', async () => {
    await using opened = await cleanApp(engine)
    const { a, redeem } = await offered(opened.app)
    const both = await Promise.all([redeem(a.accountId), redeem(a.accountId)])
    expect(both.filter(one => one === 'gone')).toHaveLength(1)
  })

  test('is gone after a day, and other payloads are not ours', async () => {
    await using opened = await cleanApp(engine)
    const { a, redeem } = await offered(opened.app)
    expect(await redeem(a.accountId, 'ref-7')).toBe('not-ours')
    expect(await redeem(a.accountId, 'a_made-up')).toBe('gone')
    opened.clock.advance(24 * HOUR)
    expect(await redeem(a.accountId)).toBe('gone')
  })

  test('is stored only as a hash', async () => {
    await using opened = await cleanApp(engine)
    const { payload } = await offered(opened.app)
    const rows = await opened.app.db.selectFrom('private_answers').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(payload.slice(2))
  })
})

const message = (source: string, chat: string, more: Partial<Message> = {}): Message => ({
  bot: BOT,
  platform: 'telegram',
  to: { kind: 'chat', chat: { id: chat, direct: false, ephemeral: false } },
  reply: plain(t('help.title')),
  locale: 'en',
  askerId: '',
  class: 'service',
  source,
  ...more,
})
const queue = async (app: App, ...messages: Message[]) => {
  for (const one of messages) await transaction(app, inner => enqueue(inner, one))
}
const state = async (app: App) =>
  (await app.db.selectFrom('outbox').select(['source', 'state']).orderBy('id').execute()).map(
    ({ source, state }) => `${source} ${state}`,
  )
/** Sources of what was claimed. */
async function sources(app: App, claimed: readonly Claimed[]): Promise<string[]> {
  if (claimed.length === 0) return []
  const rows = await app.db
    .selectFrom('outbox')
    .select(['id', 'source'])
    .where(
      'id',
      'in',
      claimed.map(({ delivery }) => delivery.id),
    )
    .orderBy('id')
    .execute()
  return rows.map(({ source }) => source)
}
const problem = (kind: DeliveryProblem, more: ConstructorParameters<typeof DeliveryError>[2] = {}) =>
  ({ kind: 'problem', error: new DeliveryError(kind, 'as planned', more) }) as const

forEachEngine('the outbox', engine => {
  test('takes one cause once, and nothing of a transaction that failed', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    expect(await transaction(app, inner => enqueue(inner, message('a', '1')))).toBe(true)
    expect(await transaction(app, inner => enqueue(inner, message('a', '2')))).toBe(false)
    await transaction(app, async inner => {
      await enqueue(inner, message('b', '1'))
      throw new Error('after all')
    }).catch(() => {})
    expect(await state(app)).toEqual(['a queued'])
  })

  test('gives out the oldest of each chat, and the next one when that is settled', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await queue(app, message('a1', 'a'), message('a2', 'a'), message('b1', 'b'), message('a3', 'a'))
    const first = await claim(app, BOT, 10)
    expect(await sources(app, first)).toEqual(['a1', 'b1'])
    expect(await claim(app, BOT, 10, ['c:a', 'c:b'])).toEqual([])
    for (const one of first) await settle(app, one, { kind: 'sent', messageId: '1' }, false)
    expect(await sources(app, await claim(app, BOT, 10))).toEqual(['a2'])
    expect(await state(app)).toEqual(['a1 sent', 'a2 leased', 'b1 sent', 'a3 queued'])
  })

  test('keeps a chat’s order while its oldest message waits to be tried again', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    await queue(app, message('a1', 'a'), message('a2', 'a'), message('b1', 'b'))
    const [a1] = await claim(app, BOT, 1)
    if (!a1) throw new Error('nothing was claimed')
    await settle(app, a1, problem('rate-limited', { retryAfterMs: 5000 }), false)
    expect(await sources(app, await claim(app, BOT, 10))).toEqual(['b1'])
    clock.advance(5000)
    expect(await sources(app, await claim(app, BOT, 10))).toEqual(['a1'])
  })

  test('gives out nothing before its time, and tells when that is', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    expect(await nextDue(app, BOT)).toBeNull()
    await queue(app, message('later', 'a', { notBefore: clock.now() + HOUR }), message('now', 'a'))
    expect(await sources(app, await claim(app, BOT, 10))).toEqual(['now'])
    expect(await nextDue(app, BOT)).toBe(clock.now() + HOUR)
    expect(await claim(app, 'telegram:2', 10)).toEqual([])
  })

  test('gives each message to one of many who claim at once', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const apps = [app, await opened.another(), await opened.another()]
    await queue(app, ...Array.from({ length: 40 }, (_, i) => message(`m${i}`, `chat ${i}`)))
    const claims = await Promise.all(Array.from({ length: 12 }, (_, i) => claim(apps[i % 3] ?? app, BOT, 5)))
    const ids = claims.flat().map(({ delivery }) => delivery.id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBeGreaterThan(0)
    expect(claims.flat().every(({ attempts }) => attempts === 1)).toBe(true)
  })

  test('is not held up by a chat with a crowd of messages', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await queue(app, ...Array.from({ length: 50 }, (_, i) => message(`a${i}`, 'a')), message('b1', 'b'))
    expect(await sources(app, await claim(app, BOT, 8))).toEqual(['a0'])
    expect(await sources(app, await claim(app, BOT, 8, ['c:a']))).toEqual(['b1'])
  })

  describe('settles', () => {
    const cases: Array<[string, ReturnType<typeof problem>, Class, boolean, string]> = [
      ['blocked', problem('blocked'), 'transactional', false, 'failed'],
      ['gone', problem('gone'), 'service', false, 'failed'],
      ['forbidden', problem('forbidden'), 'service', false, 'failed'],
      ['rejected', problem('rejected'), 'marketing', true, 'failed'],
      ['rate-limited', problem('rate-limited', { retryAfterMs: 7000 }), 'marketing', false, 'retry_wait'],
      ['unreachable, surely not sent', problem('unreachable'), 'marketing', false, 'retry_wait'],
      ['unreachable, perhaps sent', problem('unreachable', { maybeSent: true }), 'marketing', false, 'unknown'],
      ['unreachable, perhaps sent', problem('unreachable', { maybeSent: true }), 'service', false, 'unknown'],
      [
        'unreachable, perhaps sent, where a nonce is shown once',
        problem('unreachable', { maybeSent: true }),
        'service',
        true,
        'retry_wait',
      ],
      [
        'unreachable, perhaps sent, at least once',
        problem('unreachable', { maybeSent: true }),
        'transactional',
        false,
        'retry_wait',
      ],
    ]
    test.each(cases)('%s as it must be', async (_, outcome, kind, dedupes, expected) => {
      await using opened = await cleanApp(engine)
      const { app } = opened
      await queue(app, message('m', 'a', { class: kind }))
      const [one] = await claim(app, BOT, 1)
      if (!one) throw new Error('nothing was claimed')
      await settle(app, one, outcome, dedupes)
      const after = await app.db.selectFrom('outbox').selectAll().executeTakeFirstOrThrow()
      expect(after).toMatchObject({
        state: expected,
        leased_until: null,
        attempts: outcome.error.problem === 'rate-limited' ? 0 : 1,
      })
      expect(after.finished_at === null).toBe(expected === 'retry_wait')
      if (outcome.error.problem === 'rate-limited') expect(after.not_before).toBe(app.clock.now() + 7000)
      expect(after.reason).toContain('as planned')
    })

    test('gives up after eight tries, not before', async () => {
      await using opened = await cleanApp(engine)
      const { app, clock } = opened
      await queue(app, message('m', 'a', { class: 'transactional' }))
      const tries: string[] = []
      for (let i = 0; i < 8; i++) {
        const [one] = await claim(app, BOT, 1)
        if (!one) throw new Error('nothing was claimed')
        await settle(app, one, problem('unreachable'), false)
        tries.push(...(await state(app)))
        clock.advance(HOUR)
      }
      expect(tries.at(-1)).toBe('m failed')
      expect(tries.filter(after => after === 'm retry_wait')).toHaveLength(7)
      expect(await claim(app, BOT, 1)).toEqual([])
    })

    test('a chat that moved: the same message goes to its new id', async () => {
      await using opened = await cleanApp(engine)
      const { app } = opened
      await queue(app, message('m', 'a'))
      const [one] = await claim(app, BOT, 1)
      if (!one) throw new Error('nothing was claimed')
      await settle(app, one, problem('gone', { movedTo: 'b' }), false)
      const [again] = await claim(app, BOT, 1)
      expect(again).toMatchObject({
        chatKey: 'c:b',
        delivery: { to: { kind: 'chat', chat: { id: 'b' } }, nonce: one.delivery.nonce },
      })
    })

    test('nothing that somebody else has settled meanwhile', async () => {
      await using opened = await cleanApp(engine)
      const { app } = opened
      await queue(app, message('m', 'a'))
      const [one] = await claim(app, BOT, 1)
      if (!one) throw new Error('nothing was claimed')
      await settle(app, one, { kind: 'sent', messageId: '1' }, false)
      await settle(app, one, problem('gone'), false)
      expect(await state(app)).toEqual(['m sent'])
    })
  })

  describe('after a process that was killed while sending', () => {
    const recovered = async (dedupes: boolean, kind: Class, age: number, all = true) => {
      await using opened = await cleanApp(engine)
      const { app, clock } = opened
      await queue(app, message('m', 'a', { class: kind }))
      await claim(app, BOT, 1)
      clock.advance(age)
      await recoverLeases(app, BOT, dedupes, all)
      return (await state(app))[0]
    }
    test.each<[boolean, Class, number, string]>([
      [false, 'transactional', MINUTE, 'm queued'],
      [false, 'service', MINUTE, 'm unknown'],
      [false, 'marketing', MINUTE, 'm unknown'],
      [true, 'service', MINUTE, 'm queued'],
      [true, 'marketing', MINUTE, 'm queued'],
      [true, 'service', 2 * MINUTE, 'm unknown'],
      [true, 'transactional', HOUR, 'm queued'],
    ])('nonces shown once: %s, %s, %d ms ago: %s', async (dedupes, kind, age, expected) => {
      expect(await recovered(dedupes, kind, age)).toBe(expected)
    })

    test('a lease that still runs is left alone, except by a new owner', async () => {
      expect(await recovered(false, 'transactional', LEASE_MS - 1, false)).toBe('m leased')
      expect(await recovered(false, 'transactional', LEASE_MS, false)).toBe('m queued')
      expect(await recovered(false, 'transactional', 0, true)).toBe('m queued')
    })
  })
})
