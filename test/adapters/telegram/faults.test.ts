// When the platform fails, refuses or asks for silence.
import fc from 'fast-check'
import { GrammyError, HttpError } from 'grammy'
import { afterEach, describe, expect, test } from 'vitest'
import { deliveryError, isDone } from '#src/adapters/telegram/errors.ts'
import { transaction } from '#src/app.ts'
import { DeliveryError } from '#src/chat/port.ts'
import { success } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { enqueue } from '#src/features/outbox/index.ts'
import { type SenderJob, startSender } from '#src/jobs/sender.ts'
import type { Person } from '#test/fakes/telegram/index.ts'
import { engines, forEachEngine } from '#test/support/engines.ts'
import { until } from '#test/support/until.ts'
import { openTelegram, type TelegramWorld, type TelegramWorldOptions } from '../telegram-harness.ts'

const MINUTE = 60_000
let world: TelegramWorld
let job: SenderJob | undefined
const [sqlite] = engines
if (!sqlite) throw new Error('there is no engine')
const open = async (engine = sqlite, options: TelegramWorldOptions = {}) => {
  world = await openTelegram(engine, options)
  return world
}
afterEach(async () => {
  await job?.stop()
  job = undefined
  const violations = [...world.violations()]
  await world[Symbol.asyncDispose]()
  expect(violations).toEqual([])
})

async function learner(name = 'Ada'): Promise<Person> {
  const person = world.tg.user({ first_name: name, language_code: 'en' })
  world.group.join(person)
  person.start()
  await world.finished(world.newestEvent())
  return person
}
const texts = (chat: { id: number }) =>
  world.tg
    .messages(chat)
    .filter(({ from }) => from?.id === world.tg.bot.id)
    .map(({ text }) => text)
/** What waits in the outbox as answer to a request. */
const late = () =>
  world.test.app.db
    .selectFrom('outbox')
    .select(['state', 'reason', 'not_before', 'payload'])
    .where('source', 'like', 'inbox:%')
    .execute()
const startJob = () => {
  job = startSender(world.test.app, world.connection().bot, world.connection().sender)
}

/** Waits while the held clock goes on, a little with each look: the sender keeps its distance by it. */
const passing = (what: string, isSo: () => boolean | Promise<boolean>) =>
  until(what, () => {
    world.test.clock.advance(50)
    return isSo()
  })

forEachEngine('an answer that does not get through', engine => {
  test.each(['500', '502', 'drop-before'] as const)(
    'ended by %s becomes a delivery that says what it answers',
    async kind => {
      await open(engine)
      const ada = await learner()
      world.tg.fault({ method: 'sendMessage', kind })
      ada.say(ada.chat, '/checkin')
      await world.finished(world.newestEvent())
      expect(await late()).toMatchObject([{ state: 'queued' }])
      startJob()
      await passing('it is delivered', () => texts(ada.chat).some(text => text.includes('Day 1')))
      expect(texts(ada.chat).at(-1)).toMatch(
        /^This took longer than it should\. Here is the answer to \/checkin:\n✓ Day 1/,
      )
      expect(JSON.stringify(world.test.lines)).not.toContain(world.tg.token.split(':')[1])
    },
  )

  test('whose arrival nobody confirmed is sent again rather than lost', async () => {
    await open(engine)
    const ada = await learner()
    world.tg.fault({ method: 'sendMessage', kind: 'drop-after' })
    ada.say(ada.chat, '/checkin')
    await world.finished(world.newestEvent())
    startJob()
    await passing('it is delivered', () => texts(ada.chat).filter(text => text.includes('Day 1')).length === 2)
    expect(await world.test.app.db.selectFrom('checkins').select('id').execute()).toHaveLength(1)
  })
})

describe('silence', () => {
  test('that the platform asks for is kept by everything, and the answers come after it', async () => {
    await open()
    const [ada, lin] = [await learner('Ada'), await learner('Lin')]
    world.tg.fault({ method: 'sendMessage', kind: '429', retryAfter: 5, wholeBot: true })
    ada.say(ada.chat, '/checkin')
    await world.finished(world.newestEvent())
    expect(world.connection().sender.limiter.pausedFor()).toBe(5000)
    const silent = world.tg.calls.length
    lin.say(lin.chat, '/checkin')
    lin.say(world.group, '/streak@muster_bot')
    await world.finished(world.newestEvent())
    startJob()
    expect(world.tg.calls.slice(silent).filter(({ method }) => method !== 'getUpdates')).toEqual([])
    expect((await late()).map(({ not_before }) => not_before - world.test.clock.now())).toEqual([5000, 5000, 5000])
    world.test.clock.advance(5000)
    job?.wake()
    await passing('all are answered', () => {
      const late = [...texts(ada.chat), ...texts(lin.chat)].filter(text => text.includes('This took longer'))
      return late.length === 3
    })
  })

  test('does not stop the loop: updates are stored meanwhile', async () => {
    await open()
    const ada = await learner()
    world.connection().sender.limiter.pause(MINUTE)
    ada.say(ada.chat, '/checkin')
    await world.finished(world.newestEvent())
    expect(world.connection().connected()).toBe(true)
    expect(await late()).toHaveLength(1)
  })
})

describe('a busy group', () => {
  test('that has had its messages of a minute is answered after it; nobody else waits, and a press ends its spinner', async () => {
    await open(sqlite, { fake: { limits: true } })
    const ada = await learner()
    const crowd: Person[] = []
    for (let i = 0; i < 24; i++) {
      const person = world.tg.user({ first_name: `P${i}`, language_code: 'en' })
      world.group.join(person)
      await world.finished(world.newestEvent())
      crowd.push(person)
    }
    for (const person of crowd) {
      // Slowly enough for the platform, were it not for the group's minute.
      world.test.clock.advance(1500)
      person.say(world.group, '/checkin@muster_bot')
      await world.finished(world.newestEvent())
    }
    const checkins = () => texts(world.group).filter(text => text.includes('Day 1'))
    expect([checkins().length, (await late()).length]).toEqual([20, 4])
    // Those who wait for words see at once that they were heard.
    expect(world.tg.callsOf('setMessageReaction')).toHaveLength(4)
    expect(world.connection().sender.limiter.pausedFor()).toBe(0)

    ada.say(ada.chat, '/checkin')
    await world.finished(world.newestEvent())
    expect(texts(ada.chat).at(-1)).toContain('Day 1')
    const elsewhere = world.tg.group({ title: 'Other', admins: [world.owner] })
    elsewhere.addBot()
    elsewhere.join(ada)
    await world.finished(world.newestEvent())
    ada.say(elsewhere, '/help@muster_bot')
    await world.finished(world.newestEvent())
    expect(texts(elsewhere)).not.toEqual([])
    const board = world.tg.messages(world.group).find(({ keyboard }) => keyboard.flat().length > 0)
    const [[button] = []] = board?.keyboard ?? []
    if (!board || !button) throw new Error('there is nothing to press')
    const pressing = crowd[0]?.press(board, button.text)
    const event = world.newestEvent()
    await pressing
    await world.finished(event)
    expect([checkins().length, (await late()).length]).toEqual([20, 5])

    world.test.clock.advance(MINUTE)
    startJob()
    await passing('all are answered', () => checkins().length === 24)
    expect(world.tg.calls.filter(({ fault }) => fault === '429')).toEqual([])
  })
})

describe('a press that meets silence', () => {
  const pressed = async () => {
    await open()
    const ada = await learner()
    ada.say(ada.chat, '/help')
    await world.finished(world.newestEvent())
    const board = world.tg.messages(ada.chat).findLast(({ keyboard }) => keyboard.flat().length > 0)
    const [[button] = []] = board?.keyboard ?? []
    if (!board || !button) throw new Error('there is nothing to press')
    return () => ada.press(board, button.text)
  }
  const answered = () => world.tg.callsOf('answerCallbackQuery').length

  test('ends its spinner when the silence is over, once', async () => {
    const press = await pressed()
    world.connection().sender.limiter.pause(200)
    const pressing = press()
    await world.finished(world.newestEvent())
    expect(answered()).toBe(0)
    world.test.clock.advance(200)
    await pressing
    startJob()
    await passing('it is answered', async () => (await late()).every(({ state }) => state === 'sent'))
    expect(answered()).toBe(1)
  })

  test('is left when the connection closes, which does not wait for the silence to end', async () => {
    const press = await pressed()
    world.connection().sender.limiter.pause(25_000)
    void press().catch(() => {})
    await world.finished(world.newestEvent())
    const closing = performance.now()
    await world.stop()
    expect(performance.now() - closing).toBeLessThan(5000)
    expect(answered()).toBe(0)
  })
})

test('a platform that never answers is given up after ten seconds, and nobody else waits for it', async () => {
  await open()
  const [ada, lin] = [await learner('Ada'), await learner('Lin')]
  world.tg.fault({ method: 'sendMessage', kind: 'hang', when: ({ chat_id }) => chat_id === ada.id })
  ada.say(ada.chat, '/checkin')
  const event = world.newestEvent()
  lin.say(lin.chat, '/checkin')
  await world.finished(world.newestEvent())
  await until('it is given up', async () => (await late()).length === 1, 15_000)
  await world.finished(event)
  expect(world.test.lines.find(({ message }) => message === 'an answer becomes a delivery')?.details).toMatchObject({
    problem: 'unreachable',
  })
})

test('a bot that was removed from a group drops its answer there', async () => {
  await open(sqlite, {
    around: dispatch => ({
      ...dispatch,
      process: async (received, responder) => {
        if (received.request.kind === 'line' && received.request.line.startsWith('/checkin')) world.group.removeBot()
        return dispatch.process(received, responder)
      },
    }),
  })
  const ada = await learner()
  ada.say(world.group, '/checkin@muster_bot')
  await world.finished(world.newestEvent())
  expect(await late()).toEqual([])
  expect(world.test.lines.filter(({ message }) => message === 'an answer cannot be delivered')).toHaveLength(1)
})

describe('deliveries', () => {
  const hello = (source: string, to: Parameters<typeof enqueue>[1]['to']) =>
    transaction(world.test.app, app =>
      enqueue(app, {
        bot: world.connection().bot,
        platform: 'telegram',
        to,
        reply: success(t('checkin.note', { note: source })),
        locale: 'en',
        askerId: '',
        class: 'service',
        source,
      }),
    )
  const outcome = async (source: string) =>
    (await world.test.app.db
      .selectFrom('outbox')
      .select(['state', 'reason'])
      .where('source', '=', source)
      .executeTakeFirst()) ?? { state: 'missing', reason: null }

  test('keep to three at once and one a second in a chat: the platform never complains', async () => {
    await open(sqlite, { fake: { limits: true } })
    const chat = { id: String(world.group.id), direct: false, ephemeral: false }
    for (let i = 0; i < 6; i++) await hello(`n${i}`, { kind: 'chat', chat })
    startJob()
    await passing('all went', () => texts(world.group).filter(text => /n\d/.test(text)).length === 6)
    expect(texts(world.group).filter(text => /n\d/.test(text))).toEqual([0, 1, 2, 3, 4, 5].map(i => `“n${i}”`))
    expect(world.tg.calls.filter(({ fault }) => fault === '429')).toEqual([])
  })

  test('do not hold up a reply: it is answered in the middle of them, and the platform never complains', async () => {
    await open(sqlite, { fake: { limits: true } })
    const asking = await learner()
    const readers = await Promise.all(Array.from({ length: 24 }, (_, i) => learner(`Reader ${i}`)))
    for (const [i, { id }] of readers.entries()) await hello(`n${i}`, { kind: 'person', platformId: String(id) })
    startJob()
    const sent = () => world.tg.callsOf('sendMessage').filter(({ params }) => /n\d/.test(String(params.text)))
    await passing('some went', () => sent().length >= 3)
    asking.say(world.group, '/checkin@muster_bot')
    await world.finished(world.newestEvent())
    expect(sent().length).toBeLessThan(24)
    await passing('all went', () => sent().length === 24)
    expect(world.tg.calls.filter(({ fault }) => fault === '429')).toEqual([])
  })

  test('to a group that moved go where it lives now, without the numbers of its old messages', async () => {
    await open(sqlite, { group: { type: 'group' } })
    const chat = { id: String(world.group.id), direct: false, ephemeral: false, messageId: '5', threadId: '6' }
    world.group.upgrade()
    await hello('moved', { kind: 'chat', chat })
    startJob()
    await passing('it arrived', () => texts(world.group).includes('“moved”'))
    const { params } = world.tg.callsOf('sendMessage').at(-1) ?? {}
    expect(params).not.toHaveProperty('reply_parameters')
    expect(params).not.toHaveProperty('message_thread_id')
  })

  test('that nobody can read end, each with its reason', async () => {
    await open()
    const [blocker, gone] = [await learner('Ada'), await learner('Lin')]
    const never = world.tg.user({ first_name: 'Eve' })
    blocker.block()
    gone.deactivate()
    await hello('blocked', { kind: 'person', platformId: String(blocker.id) })
    await hello('gone', { kind: 'person', platformId: String(gone.id) })
    await hello('never', { kind: 'person', platformId: String(never.id) })
    await hello('nowhere', { kind: 'chat', chat: { id: '-1009999999999', direct: false, ephemeral: false } })
    startJob()
    const states = async () => Promise.all(['blocked', 'gone', 'never', 'nowhere'].map(outcome))
    await passing('all have ended', async () => (await states()).every(({ state }) => state === 'failed'))
    expect((await states()).map(({ reason }) => reason?.split(':')[0])).toEqual(['blocked', 'gone', 'blocked', 'gone'])
  })
})

describe('what the platform says', () => {
  const refused = (error_code: number, description: string, parameters = {}) =>
    new GrammyError('failed', { ok: false, error_code, description, parameters }, 'sendMessage', {
      text: 'private words',
    })
  test.each([
    [403, 'Forbidden: bot was blocked by the user', 'blocked'],
    [403, "Forbidden: bot can't initiate conversation with a user", 'blocked'],
    [403, 'Forbidden: user is deactivated', 'gone'],
    [403, 'Forbidden: bot was kicked from the supergroup chat', 'forbidden'],
    [403, 'Forbidden: bot is not a member of the channel chat', 'forbidden'],
    [403, 'Forbidden: something new', 'forbidden'],
    [400, 'Bad Request: chat not found', 'gone'],
    [400, 'Bad Request: message to edit not found', 'gone'],
    [400, 'Bad Request: message thread not found', 'gone'],
    [400, 'Bad Request: query is too old and response timeout expired or query ID is invalid', 'gone'],
    [400, 'Bad Request: not enough rights to send text messages to the chat', 'forbidden'],
    [400, 'Bad Request: user is an administrator of the chat', 'forbidden'],
    [400, 'Bad Request: TOPIC_CLOSED', 'forbidden'],
    [400, "Bad Request: can't parse entities", 'rejected'],
    [500, 'Internal Server Error', 'unreachable'],
  ])('%i %s means %s', (code, description, problem) => {
    const error = deliveryError(refused(code, description))
    expect(error).toMatchObject({ problem, maybeSent: code >= 500 })
    expect(JSON.stringify([error, error.message, error.cause])).not.toContain('private words')
  })

  test('a pause and a move carry their figures', () => {
    expect(deliveryError(refused(429, 'Too Many Requests: retry after 7', { retry_after: 7 }))).toMatchObject({
      problem: 'rate-limited',
      retryAfterMs: 7000,
    })
    expect(
      deliveryError(refused(400, 'Bad Request: group chat was upgraded', { migrate_to_chat_id: -1002 })),
    ).toMatchObject({ problem: 'gone', movedTo: '-1002' })
  })

  test('what is so already is no failure', () => {
    for (const words of ['message is not modified: specified', 'USER_ALREADY_PARTICIPANT', 'HIDE_REQUESTER_MISSING'])
      expect(isDone(refused(400, `Bad Request: ${words}`))).toBe(true)
    expect(isDone(refused(400, 'Bad Request: chat not found'))).toBe(false)
  })

  test('a broken connection never shows the address with the token, and knows when nothing was sent', () => {
    const at = (code: string) =>
      new HttpError('Network request failed', Object.assign(new Error('to /bot1:SECRET/x'), { code }))
    for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])
      expect(deliveryError(at(code))).toMatchObject({ problem: 'unreachable', maybeSent: false })
    const reset = deliveryError(at('ECONNRESET'))
    expect(reset).toMatchObject({ problem: 'unreachable', maybeSent: true })
    fc.assert(
      fc.property(fc.string(), text => {
        const error = deliveryError(new HttpError('failed', new Error(`${text} /bot1:SECRET/sendMessage`)))
        return error instanceof DeliveryError && !`${error.message} ${error.stack} ${error.cause}`.includes('SECRET')
      }),
    )
  })
})
