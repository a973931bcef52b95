// Forms as questions: in a private chat, and in a group among everybody else's words.
import { afterEach, describe, expect, test } from 'vitest'
import type { Dispatch } from '#src/dispatch.ts'
import { type SenderJob, startSender } from '#src/jobs/sender.ts'
import { engines, forEachEngine } from '#test/support/engines.ts'
import { until } from '#test/support/until.ts'
import { openTelegram, type TelegramWorld, type TelegramWorldOptions } from '../telegram-harness.ts'
import { formScene, photo } from './form-scene.ts'
import { createGate } from './gate.ts'
import { serveRoutes } from './webhook-server.ts'

const COMMANDS = new URL('./commands/', import.meta.url)
const DAY = 24 * 3600_000
let world: TelegramWorld
let job: SenderJob | undefined
const [sqlite] = engines
if (!sqlite) throw new Error('there is no engine')
const open = async (engine = sqlite, options: TelegramWorldOptions = {}) => {
  world = await openTelegram(engine, { commands: COMMANDS, ...options })
  return world
}
afterEach(async () => {
  await job?.stop()
  job = undefined
  const violations = [...world.violations()]
  await world[Symbol.asyncDispose]()
  expect(violations).toEqual([])
})
const { stranger, learner, say, reply, press, answered, byBot, newest, labels, kept, forms, surveys, files } =
  formScene(() => world)

forEachEngine('a form', engine => {
  test('in a private chat is asked question by question, and runs once', async () => {
    await open(engine)
    const ada = await learner()
    await say(ada, '/survey', ada.chat)
    const mood = newest(ada.chat)
    expect(labels(mood)).toEqual(['Show me', 'Hide me', 'Skip', 'Cancel'])
    await press(ada, mood, 'Show me')
    expect(newest(ada.chat)).toMatchObject({ message_id: mood.message_id, text: expect.stringContaining('2 of 5') })
    await say(ada, 'forty', ada.chat)
    // What was answered has no buttons any more, and the question stands again, below what was wrong.
    expect(byBot(ada.chat).find(({ message_id }) => message_id === mood.message_id)?.keyboard).toEqual([])
    expect(newest(ada.chat).text).toMatch(/“size” must be a whole number, not “forty”[\s\S]*2 of 5/)
    await say(ada, '4', ada.chat)
    await say(ada, 'example.org', ada.chat)
    expect(newest(ada.chat).text).toMatch(/must be a link that begins with https[\s\S]*3 of 5/)
    await say(ada, 'https://example.org/a', ada.chat)
    ada.sendPhoto(ada.chat, photo(), { caption: 'me' })
    await answered()
    expect(newest(ada.chat).text).toContain('5 of 5')
    await say(ada, 'two\nlines', ada.chat)
    expect(newest(ada.chat).text).toBe('“good | 4 | https://example.org/a | jpeg | two\nlines”')
    const since = byBot(ada.chat).filter(({ message_id }) => message_id >= mood.message_id)
    expect(since.filter(({ keyboard }) => keyboard.length > 0)).toEqual([])
    expect([await surveys(), await forms(), await files()]).toEqual([1, ['done'], [1, 1]])
  })

  test('in a group is answered by replies to its question alone, and by nobody else', async () => {
    await open(engine)
    const [ada, lin] = [await learner('Ada'), await learner('Lin')]
    const asked = await say(ada, '/survey')
    const question = newest()
    expect(question).toMatchObject({ replyTo: asked.message_id, forceReply: undefined })
    expect(question.text).not.toContain('Reply to this message')
    expect(await press(lin, question, 'Show me')).toMatchObject({ text: expect.stringContaining('somebody else') })
    await press(ada, question, 'Show me')
    expect(newest()).toMatchObject({ message_id: question.message_id, text: expect.stringContaining('2 of 5') })
    expect(newest().text).toContain('Reply to this message')
    lin.reply(question, '7')
    ada.say(world.group, '8')
    lin.say(world.group, 'words of Lin')
    const said = await reply(ada, question, '4')
    expect(newest()).toMatchObject({ replyTo: said.message_id, text: expect.stringContaining('3 of 5') })
    // The question that was answered is one no more.
    ada.reply(question, 'https://example.org/old')
    await reply(ada, newest(), 'https://example.org/a')
    ada.sendPhoto(world.group, photo(), { replyTo: newest() })
    await answered()
    await press(ada, newest(), 'Skip')
    expect(newest().text).toBe('“good | 4 | https://example.org/a | jpeg | -”')
    expect(await kept()).not.toMatch(/"text":"[78]"|words of Lin|example\.org\/old/)
    expect([await surveys(), await forms()]).toEqual([1, ['done']])
  })

  test('survives a process that dies before an answer ran, and one that dies before the next question was sent', async () => {
    let dead: 'before' | 'after' | null = null
    const dying = (dispatch: Dispatch): Dispatch => ({
      ...dispatch,
      process: (received, responder) =>
        dead === 'before'
          ? Promise.resolve('dropped')
          : dispatch.process(
              received,
              responder && {
                ...responder,
                answer: answer => (dead === 'after' ? Promise.reject(new Error('killed')) : responder.answer(answer)),
              },
            ),
    })
    await open(engine, { around: dying })
    const ada = await learner()
    const rows = (state: 'received' | 'done') =>
      world.test.app.db.selectFrom('inbox').select('id').where('state', '=', state).execute()
    await say(ada, '/diary')
    for (const [how, state, said] of [
      ['before', 'received', '4'],
      ['after', 'done', 'a note'],
    ] as const) {
      dead = how
      ada.reply(newest(), said)
      const event = world.newestEvent()
      await until('it is stored', async () => (await rows(state)).length === 1)
      dead = null
      await world.restartWith({ around: dying })
      await world.finished(event)
    }
    expect(newest().text).toBe('“4 | a note”')
    expect(await forms()).toEqual(['done'])
  })

  test('goes on once for an answer that comes twice, and for a button that is tapped twice', async () => {
    await open(engine)
    const ada = await learner()
    await say(ada, '/survey', ada.chat)
    const question = newest(ada.chat)
    await Promise.all([press(ada, question, 'Skip'), press(ada, question, 'Skip')])
    await until('both are answered', async () => !/"state":"(received|done)"/.test(await kept()))
    expect(newest(ada.chat)).toMatchObject({ message_id: question.message_id, text: expect.stringContaining('2 of 5') })
    ada.say(ada.chat, '4')
    const [update] = world.tg.pending.slice(-1)
    if (!update) throw new Error('nothing waits')
    await answered()
    world.tg.redeliver(update)
    await world.tg.waitForQuiet()
    await say(ada, '/cancel', ada.chat)
    expect(byBot(ada.chat).filter(({ text }) => text.includes('3 of 5'))).toHaveLength(1)
    expect(byBot(ada.chat).filter(({ text }) => text.includes('4 of 5'))).toEqual([])
  })
})

describe('in a group', () => {
  test('a question that only words answer opens the field for the asker alone', async () => {
    await open(sqlite, { group: { botIsAdmin: false } })
    const ada = await learner()
    const asked = await say(ada, '/diary')
    expect(newest()).toMatchObject({
      replyTo: asked.message_id,
      keyboard: [],
      forceReply: { selective: true, placeholder: 'Send a whole number from 1 to 10.' },
    })
    expect(newest().text).toMatch(
      /Your settings\n1 of 2: [^\n]+\n.*10\.\nReply to this message with your answer; \/cancel stops\.$/,
    )
    const wrong = await reply(ada, newest(), '11')
    expect(newest()).toMatchObject({
      replyTo: wrong.message_id,
      text: expect.stringContaining('at most 10; you wrote 11'),
    })
    await reply(ada, newest(), '4')
    expect(newest().forceReply?.selective).toBe(true)
    await reply(ada, newest(), 'done')
    expect(newest()).toMatchObject({ text: '“4 | done”', forceReply: undefined })
  })

  test('a question that comes by a press keeps its buttons: it answers nobody, so no field could open', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/diary mood')
    const question = newest()
    await press(ada, question, 'Show me')
    expect(newest()).toMatchObject({ message_id: question.message_id, forceReply: undefined })
    expect(labels(newest())).toEqual(['Back', 'Cancel'])
    await press(ada, newest(), 'Back')
    await press(ada, newest(), 'Hide me')
    await reply(ada, newest(), '3')
    expect(newest().text).toBe('“bad | 3”')
  })

  test('two people answer their own questions, also in a topic', async () => {
    await open(sqlite, { group: { forum: true } })
    const [ada, lin] = [await learner('Ada'), await learner('Lin')]
    const topic = world.group.openTopic('Daily')
    ada.say(world.group, '/diary@muster_bot', { topic })
    await answered()
    const hers = newest()
    await say(lin, '/diary')
    const his = newest()
    expect([hers.topic, his.topic]).toEqual([topic, undefined])
    lin.reply(hers, '9')
    await reply(lin, his, '2')
    await reply(lin, newest(), 'two')
    expect(newest().text).toBe('“2 | two”')
    await reply(ada, hers, '3')
    await reply(ada, newest(), 'three')
    expect(newest()).toMatchObject({ text: '“3 | three”', topic })
    expect(await kept()).not.toContain('"text":"9"')
  })

  test('a private form goes to the private chat', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/diary hidden')
    expect(newest().text).toBe('Ada, I answered you privately.')
    expect(newest(ada.chat)).toMatchObject({ forceReply: undefined, text: expect.stringContaining('1 of 2') })
    expect(newest(ada.chat).text).not.toContain('Reply to this message')
    ada.reply(newest(), 'not an answer')
    await say(ada, '4', ada.chat)
    await say(ada, 'secret', ada.chat)
    expect(newest(ada.chat).text).toBe('“4 | secret”')
    expect(JSON.stringify(byBot())).not.toContain('secret')
    expect(await kept()).not.toContain('not an answer')
  })

  test('a private form of who never pressed Start waits behind the link', async () => {
    await open()
    const ada = await stranger()
    await say(ada, '/diary hidden')
    const link = newest()
    const url = new URL(link.keyboard[0]?.[0]?.url ?? '')
    ada.reply(link, '5')
    ada.start(url.searchParams.get('start') ?? '')
    await answered()
    expect(newest(ada.chat)).toMatchObject({ text: expect.stringContaining('1 of 2') })
    await say(ada, '4', ada.chat)
    expect(newest(ada.chat).text).toContain('2 of 2')
    // The link in the group was not the question: its number means another message in the private chat.
    expect(world.tg.callsOf('editMessageReplyMarkup')).toEqual([])
    await say(ada, 'secret', ada.chat)
    expect(newest(ada.chat).text).toBe('“4 | secret”')
    expect(await kept()).not.toContain('"text":"5"')
  })

  test('a question that comes late is answered all the same', async () => {
    await open()
    const ada = await learner()
    world.tg.fault({ method: 'sendMessage', kind: '500' })
    await say(ada, '/diary')
    job = startSender(world.test.app, world.connection().bot, world.connection().sender)
    await until('the question is delivered', () => {
      world.test.clock.advance(50)
      return byBot().some(({ text }) => text.includes('1 of 2'))
    })
    expect(newest().text).toContain('Reply to this message')
    expect(labels(newest())).toEqual(['Cancel'])
    await until('the delivery is settled', async () => {
      const sent = await world.test.app.db
        .selectFrom('outbox')
        .select('message_id')
        .where('state', '=', 'sent')
        .execute()
      return sent.some(row => row.message_id === String(newest().message_id))
    })
    await reply(ada, newest(), '4')
    expect(newest().text).toContain('2 of 2')
  })

  test('what was wrong in the end is mended in the private chat, where the form goes on', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/diary')
    await reply(ada, newest(), '4')
    const question = newest()
    await reply(ada, question, 'no')
    const refused = newest(ada.chat)
    expect(labels(refused)).toEqual(['Correct it'])
    await press(ada, refused, 'Correct it')
    expect(newest(ada.chat).text).toContain('2 of 2')
    await say(ada, 'yes', ada.chat)
    expect(newest(ada.chat).text).toBe('“4 | yes”')
    // It waits in one place.
    ada.reply(question, 'too late')
    await world.tg.waitForQuiet()
    expect(await kept()).not.toContain('too late')
  })

  test('that becomes a supergroup on the way, a question is sent there, where nobody’s field can be opened', async () => {
    const gate = createGate()
    let held = false
    await open(sqlite, {
      group: { type: 'group', botIsAdmin: true },
      around: dispatch => ({
        ...dispatch,
        process: async (received, responder) => {
          if (held && received.request.kind !== 'happening') await gate.passed
          return dispatch.process(received, responder)
        },
      }),
    })
    const ada = await learner()
    held = true
    ada.say(world.group, '/diary@muster_bot')
    const event = world.newestEvent()
    await until('it is stored', async () => (await kept()).includes('/diary'))
    world.group.upgrade()
    gate.open()
    await world.finished(event)
    held = false
    expect(newest()).toMatchObject({ chat: { id: world.group.id }, forceReply: undefined })
    expect(newest().text).toContain('1 of 2')
    await reply(ada, newest(), '4')
    await reply(ada, newest(), 'moved')
    expect(newest().text).toBe('“4 | moved”')
  })

  test('that became a supergroup, a press on an old question asks it again where answers are heard', async () => {
    await open(sqlite, { group: { type: 'group', botIsAdmin: true } })
    const ada = await learner()
    await say(ada, '/survey')
    const pressing = ada.press(newest(), 'Show me')
    const [before] = world.tg.pending.slice(-1)
    await answered()
    await pressing
    const old = newest()
    world.group.upgrade()
    await world.tg.waitForQuiet()
    await until('all is applied', async () => !/"state":"(received|done)"/.test(await kept()))
    await world.tg.waitForQuiet()
    // Its app still shows the old messages; the platform tells of a press on one with its old chat.
    const { callback_query: pressed } = before ?? {}
    if (!pressed) throw new Error('nothing was pressed')
    const data = old.keyboard.flat().find(({ text }) => text === 'Skip')?.data ?? ''
    world.tg.redeliver({ update_id: 731_000_000, callback_query: { ...pressed, id: '1', data } })
    await world.finished('731000000')
    expect(newest()).toMatchObject({ chat: { id: world.group.id }, text: expect.stringContaining('3 of 5') })
    await reply(ada, newest(), 'https://example.org/a')
    expect(newest().text).toContain('4 of 5')
  })
})

describe('a waiting form', () => {
  test('is not lost to another command, and nothing that is no answer is kept', async () => {
    await open()
    const [ada, lin] = [await learner('Ada'), await learner('Lin')]
    await say(ada, '/survey')
    await press(ada, newest(), 'Skip')
    const question = newest()
    await say(ada, '/checkin')
    const checkedIn = newest()
    for (const act of [
      () => ada.reply(checkedIn, 'thank you, bot'),
      () => ada.say(world.group, 'words beside it'),
      () => lin.reply(question, 'words of Lin'),
      () => ada.reply(lin.say(world.group, 'Lin asks'), 'an answer to Lin'),
    ])
      act()
    await reply(ada, question, '4')
    expect(newest().text).toContain('3 of 5')
    expect(await kept()).not.toMatch(/thank you, bot|words beside it|words of Lin|Lin asks|an answer to Lin/)
    // One form of a person waits in a chat.
    await say(ada, '/diary')
    expect(await forms()).toEqual(['cancelled', 'open'])
    await press(
      ada,
      byBot().findLast(({ keyboard }) => keyboard.length > 0 && keyboard.flat().some(({ text }) => text === 'Skip')) ??
        question,
      'Skip',
    )
    expect(await forms()).toEqual(['cancelled', 'open'])
  })

  test('goes back, keeps what was there, and is cancelled by its button or by a command', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/diary again', ada.chat)
    await say(ada, '4', ada.chat)
    expect(newest(ada.chat).text).toContain('Now: before')
    await press(ada, newest(ada.chat), 'Back')
    expect(newest(ada.chat).text).toMatch(/1 of 2[\s\S]*Now: 4/)
    await say(ada, '5', ada.chat)
    await press(ada, newest(ada.chat), 'Keep it')
    expect(newest(ada.chat).text).toBe('“5 | before”')
    for (const cancel of [() => press(ada, newest(ada.chat), 'Cancel'), () => say(ada, '/cancel', ada.chat)]) {
      await say(ada, '/survey', ada.chat)
      await cancel()
      expect(newest(ada.chat)).toMatchObject({ text: 'Cancelled. Nothing was changed.', keyboard: [] })
      await say(ada, 'words after it', ada.chat)
      expect(newest(ada.chat).text).toContain('I understand commands')
    }
    expect(await forms()).toEqual(['done', 'cancelled', 'cancelled'])
    expect([await surveys(), (await kept()).includes('words after it')]).toEqual([0, false])
  })

  test('is over after a day: what is said then is no answer, and its buttons say so', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/survey', ada.chat)
    const question = newest(ada.chat)
    await say(ada, '/survey')
    const inGroup = newest()
    world.test.clock.advance(DAY - 1000)
    await press(ada, question, 'Skip')
    world.test.clock.advance(DAY + 1000)
    await say(ada, 'a day too late', ada.chat)
    expect(newest(ada.chat).text).toContain('I understand commands')
    expect(await press(ada, inGroup, 'Show me')).toMatchObject({ text: expect.stringContaining('This form is closed') })
    ada.reply(inGroup, 'also too late')
    await world.tg.waitForQuiet()
    expect(await kept()).not.toContain('too late')
    expect(await surveys()).toBe(0)
  })

  test('answers a voice, a sticker and an album once each by asking again, and keeps nothing of them', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/survey', ada.chat)
    await press(ada, newest(ada.chat), 'Skip')
    const questions = () => byBot(ada.chat).filter(({ text }) => text.includes('2 of 5')).length
    expect(questions()).toBe(1)
    ada.sendVoice(ada.chat)
    await answered()
    ada.sendSticker(ada.chat)
    await answered()
    ada.sendAlbum(ada.chat, [photo(), photo(), photo()], { caption: 'the words of an album' })
    await world.tg.waitForQuiet()
    await until('all is answered', async () => !/"state":"(received|done)"/.test(await kept()))
    expect(questions()).toBe(4)
    expect(newest(ada.chat).text).toContain('/survey needs “size”')
    expect(await kept()).not.toMatch(/file_id|AgAC|the words of an album/)
    await say(ada, '4', ada.chat)
    await press(ada, newest(ada.chat), 'Skip')
    ada.sendAlbum(ada.chat, [photo(), photo()])
    await world.tg.waitForQuiet()
    await until('all is answered', async () => !/"state":"(received|done)"/.test(await kept()))
    expect(newest(ada.chat).text).toMatch(/“photo” must be a file\. Attach one\.[\s\S]*4 of 5/)
    expect([await files(), await forms()]).toEqual([[0, 0], ['open']])
  })

  test('takes answers in whatever order they come', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/diary', ada.chat)
    world.tg.outOfOrder(() => {
      ada.say(ada.chat, '4')
      ada.say(ada.chat, 'five')
    })
    await world.tg.waitForQuiet()
    await until('all is answered', async () => !/"state":"(received|done)"/.test(await kept()))
    // The number, whichever came first, stands where a number belongs.
    expect(await forms()).toEqual(['open'])
    expect(newest(ada.chat).text).toContain('2 of 2')
    await say(ada, 'done', ada.chat)
    expect(newest(ada.chat).text).toBe('“4 | done”')
  })
})

test('by webhook, a form is answered in a private chat and in a group', async () => {
  const secret = 'secret-for-forms'
  await using hook = await serveRoutes(() => world?.connection().routes ?? [])
  await open(sqlite, { fake: { allowLoopbackWebhook: true } })
  await world.restartWith({ webhook: { url: `${hook.origin}/telegram/webhook`, secret } })
  const ada = await learner()
  await say(ada, '/diary', ada.chat)
  await say(ada, '/diary')
  await reply(ada, newest(), '4')
  await say(ada, '5', ada.chat)
  await reply(ada, newest(), 'group')
  await say(ada, 'private', ada.chat)
  expect([newest().text, newest(ada.chat).text]).toEqual(['“4 | group”', '“5 | private”'])
  ada.reply(newest(), 'thank you, bot')
  await world.tg.waitForQuiet()
  expect(await kept()).not.toContain('thank you, bot')
  await world.stop()
})
