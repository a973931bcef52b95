// Where an answer goes and what it looks like there.
import { afterEach, describe, expect, test } from 'vitest'
import type { DrawPicture } from '#src/chat/port.ts'
import { png, raw } from '#test/fakes/telegram/calling.ts'
import type { Message, Person, SeenMessage } from '#test/fakes/telegram/index.ts'
import { engines } from '#test/support/engines.ts'
import { until } from '#test/support/until.ts'
import { openTelegram, type TelegramWorld, type TelegramWorldOptions } from '../telegram-harness.ts'
import { createGate, slow } from './gate.ts'

const COMMANDS = new URL('./commands/', import.meta.url)
let world: TelegramWorld
const [sqlite] = engines
if (!sqlite) throw new Error('there is no engine')
const open = async (options: TelegramWorldOptions = {}) => {
  world = await openTelegram(sqlite, { commands: COMMANDS, ...options })
  return world
}
afterEach(async () => {
  const violations = [...world.violations()]
  await world[Symbol.asyncDispose]()
  expect(violations).toEqual([])
})

/** A member of the group who has not pressed Start. */
async function stranger(name = 'Ada'): Promise<Person> {
  const person = world.tg.user({ first_name: name, language_code: 'en' })
  world.group.join(person)
  await world.finished(world.newestEvent())
  return person
}
async function learner(name = 'Ada'): Promise<Person> {
  const person = await stranger(name)
  person.start()
  await world.finished(world.newestEvent())
  return person
}
async function say(person: Person, text: string, chat: { id: number } = world.group): Promise<Message> {
  const said = person.say(chat, text.replace(/^\/\w+/, `$&@${world.tg.bot.username}`))
  await world.finished(world.newestEvent())
  return said
}
const byBot = (chat: { id: number }): SeenMessage[] =>
  world.tg.messages(chat).filter(({ from }) => from?.id === world.tg.bot.id)
const newest = (chat: { id: number } = world.group): SeenMessage => {
  const message = byBot(chat).findLast(({ deleted }) => !deleted)
  if (!message) throw new Error('the bot has said nothing')
  return message
}
/** Presses and waits until the press is answered for good. */
async function press(person: Person, message: SeenMessage, label: string) {
  const pressing = person.press(message, label)
  const event = world.newestEvent()
  const params = await pressing
  await world.finished(event)
  return params
}
const directOf = async (person: Person) =>
  (
    await world.test.app.db
      .selectFrom('accounts')
      .select('direct_at')
      .where('platform_id', '=', String(person.id))
      .executeTakeFirst()
  )?.direct_at

describe('in a group', () => {
  test('an answer replies to what asked, and comes even when that is deleted meanwhile', async () => {
    await open()
    const ada = await learner()
    const asked = await say(ada, '/album')
    expect(newest().replyTo).toBe(asked.message_id)
    slow.gate = createGate()
    const gone = ada.say(world.group, '/slow@muster_bot')
    const event = world.newestEvent()
    await world.tg.waitForCall('sendChatAction', ({ params }) => params.action === 'typing')
    await raw(world.tg, 'deleteMessage', JSON.stringify({ chat_id: world.group.id, message_id: gone.message_id }))
    slow.gate.open()
    await world.finished(event)
    expect(newest()).toMatchObject({ text: '“slow”', replyTo: undefined })
  })

  test('what is asked in a topic is answered in that topic, and elsewhere without one', async () => {
    await open({ group: { forum: true } })
    const ada = await learner()
    const topic = world.group.openTopic('Daily')
    ada.say(world.group, '/checkin@muster_bot', { topic })
    await world.finished(world.newestEvent())
    expect(newest()).toMatchObject({ topic, text: expect.stringContaining('Day 1') })
    await say(ada, '/album')
    expect(newest().topic).toBeUndefined()
  })

  test('in a supergroup without topics a reply is answered, though it belongs to a thread', async () => {
    await open()
    const [ada, lin] = [await learner('Ada'), await learner('Lin')]
    await say(lin, '/checkin')
    ada.reply(newest(), '/album@muster_bot')
    await world.finished(world.newestEvent())
    expect(newest()).toMatchObject({ text: '“page 1”' })
  })
})

describe('a private answer to somebody in a group', () => {
  test('goes to the private chat of who pressed Start; the group learns only that', async () => {
    await open()
    const ada = await learner()
    const asked = await say(ada, '/long hidden')
    expect(newest(ada.chat).text).toContain('for your eyes only')
    expect(newest()).toMatchObject({ text: 'Ada, I answered you privately.', replyTo: asked.message_id })
    expect(newest().entities).toEqual([expect.objectContaining({ type: 'text_mention', text: 'Ada' })])
    expect(newest().keyboard).toEqual([])
  })

  test('waits behind a Start link for who never pressed it, is shown once, and then the private chat is open', async () => {
    await open()
    const ada = await stranger()
    await say(ada, '/long hidden')
    expect(byBot(ada.chat)).toEqual([])
    expect(newest().text).toBe('Ada, your answer is private. Open our chat to read it.')
    const [[button] = []] = newest().keyboard
    expect(button).toMatchObject({ text: 'Read my answer' })
    const url = new URL(button?.url ?? '')
    expect(url.origin + url.pathname).toBe('https://t.me/muster_bot')
    const payload = url.searchParams.get('start') ?? ''
    const lin = await stranger('Lin')
    lin.start(payload)
    await world.finished(world.newestEvent())
    expect(newest(lin.chat).text).toContain('no longer available')
    ada.start(payload)
    await world.finished(world.newestEvent())
    expect(newest(ada.chat).text).toContain('for your eyes only')
    ada.start(payload)
    await world.finished(world.newestEvent())
    expect(newest(ada.chat).text).toContain('no longer available')
    await say(ada, '/long hidden')
    expect(newest().text).toBe('Ada, I answered you privately.')
  })

  test('who blocked the bot gets the link, and is not written to again', async () => {
    await open()
    const ada = await learner()
    ada.block()
    await world.finished(world.newestEvent())
    expect(await directOf(ada)).toBeNull()
    await say(ada, '/long hidden')
    expect(newest().text).toContain('your answer is private')
    expect(world.tg.callsOf('sendMessage').filter(({ response }) => response?.ok === false)).toEqual([])
    ada.unblock()
    await world.finished(world.newestEvent())
    expect(await directOf(ada)).not.toBeNull()
  })

  test('a private chat that turns out to be closed is found out by trying, and remembered', async () => {
    await open()
    const lin = await learner('Lin')
    lin.block()
    await world.finished(world.newestEvent())
    // As if the platform had not told: the bot was off for longer than updates are kept.
    await world.test.app.engine.transaction(db =>
      db.updateTable('accounts').set({ direct_at: 1 }).where('platform_id', '=', String(lin.id)).execute(),
    )
    lin.say(world.group, '/long@muster_bot hidden')
    await world.finished(world.newestEvent())
    expect(newest().text).toContain('Lin, your answer is private')
    expect(await directOf(lin)).toBeNull()
  })

  test('who is nobody in particular is told in the group how to be somebody', async () => {
    await open()
    const anonymous = world.owner.say(world.group, '/checkin@muster_bot', { anonymous: true })
    await world.finished(world.newestEvent())
    expect(newest()).toMatchObject({ replyTo: anonymous.message_id, text: expect.stringContaining('your own account') })
    const channel = world.tg.channel({ title: 'Mine' })
    world.owner.say(world.group, '/checkin@muster_bot', { as: channel })
    await world.finished(world.newestEvent())
    world.group.forwardFromLinked(channel, '/checkin@muster_bot')
    await world.finished(world.newestEvent())
    expect(byBot(world.group).filter(({ text }) => text.includes('your own account'))).toHaveLength(3)
    const people = await world.test.app.db.selectFrom('accounts').select('platform_id').execute()
    expect(people.map(row => row.platform_id)).toEqual([String(world.owner.id)])
  })
})

describe('a press', () => {
  test('with a short private outcome is answered by a box, and by nothing else', async () => {
    await open()
    const [ada, lin] = [await learner('Ada'), await learner('Lin')]
    await say(ada, '/album')
    const board = newest()
    const before = world.tg.calls.length
    const answer = await press(lin, board, 'Older')
    expect(answer).toMatchObject({ show_alert: true, text: expect.stringContaining('belongs to somebody else') })
    expect(world.tg.calls.slice(before).filter(({ method }) => /^(send|edit)/.test(method))).toEqual([])
  })

  test('with a long private outcome goes to the private chat, said by a toast instead of a line', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/long')
    const before = byBot(world.group).length
    const answer = await press(ada, newest(), 'What you can do here')
    expect(answer).toMatchObject({ text: 'Ada, I answered you privately.' })
    expect(answer.show_alert).toBeUndefined()
    expect(newest(ada.chat).text).toContain('for your eyes only')
    expect(byBot(world.group)).toHaveLength(before)
  })

  test('of who never pressed Start opens the private chat by itself', async () => {
    await open()
    const [ada, lin] = [await learner('Ada'), await stranger('Lin')]
    await say(ada, '/long')
    const answer = await press(lin, newest(), 'What you can do here')
    const payload = new URL(String(answer.url)).searchParams.get('start') ?? ''
    lin.start(payload)
    await world.finished(world.newestEvent())
    expect(newest(lin.chat).text).toContain('for your eyes only')
  })

  test('that takes long is acknowledged once, then answered', async () => {
    await open()
    const ada = await learner()
    slow.gate = createGate()
    slow.gate.open()
    await say(ada, '/slow')
    const message = newest()
    slow.gate = createGate()
    const pressing = ada.press(message, 'What you can do here')
    const event = world.newestEvent()
    expect(await pressing).not.toHaveProperty('text')
    expect(byBot(world.group).filter(({ text }) => text === '“slow”')).toHaveLength(1)
    slow.gate.open()
    await world.finished(event)
    expect(byBot(world.group).filter(({ text }) => text === '“slow”')).toHaveLength(2)
    expect(world.tg.callsOf('answerCallbackQuery')).toHaveLength(1)
  })

  test('that waited too long for its box is answered privately instead', async () => {
    const gate = createGate()
    let held = false
    await open({
      around: dispatch => ({
        ...dispatch,
        receive: async (request, token) => {
          if (held) await gate.passed
          return dispatch.receive(request, token)
        },
      }),
    })
    const [ada, lin] = [await learner('Ada'), await learner('Lin')]
    await say(ada, '/album')
    held = true
    const pressing = lin.press(newest(), 'Older')
    const event = world.newestEvent()
    await world.tg.waitForCall('getUpdates', call => JSON.stringify(call.response).includes(`"update_id":${event}`))
    world.test.clock.advance(61_000)
    gate.open()
    await pressing
    await world.finished(event)
    expect(newest(lin.chat).text).toContain('belongs to somebody else')
    expect(newest().text).toBe('Lin, I answered you privately.')
  })

  test('that changes nothing is answered all the same', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/album 2')
    const board = newest()
    await press(ada, board, 'What you can do here')
    const edits = world.tg.callsOf('editMessageText')
    expect(edits.map(({ response }) => response)).toEqual([
      expect.objectContaining({ ok: false, description: expect.stringContaining('message is not modified') }),
    ])
    expect(newest()).toMatchObject({ message_id: board.message_id, edited: false })
    expect(world.test.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([])
  })

  test('on a message that was deleted is answered by a new one', async () => {
    const gate = createGate()
    let held = false
    await open({
      around: dispatch => ({
        ...dispatch,
        receive: async (request, token) => {
          if (held) await gate.passed
          return dispatch.receive(request, token)
        },
      }),
    })
    const ada = await learner()
    await say(ada, '/album 2')
    held = true
    const message = newest()
    const pressing = ada.press(message, 'What you can do here')
    const event = world.newestEvent()
    const where = { chat_id: world.group.id, message_id: message.message_id }
    await raw(world.tg, 'deleteMessage', JSON.stringify(where))
    gate.open()
    await pressing
    await world.finished(event)
    expect(newest()).toMatchObject({ text: '“page 2”', edited: false })
    expect(newest().message_id).not.toBe(message.message_id)
  })
})

describe('pictures', () => {
  test('carry the words as caption and the buttons, and words take the place of a picture and back', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/album')
    const first = newest()
    expect(first).toMatchObject({ text: '“page 1”', photo: png })
    await press(ada, first, 'Newest')
    expect(newest()).toMatchObject({ message_id: first.message_id, text: '“page 3”', photo: png, edited: true })
    await press(ada, newest(), 'Older')
    const words = newest()
    expect(words).toMatchObject({ text: '“page 4”', photo: undefined })
    expect(world.tg.messages(world.group).find(({ message_id }) => message_id === first.message_id)?.deleted).toBe(true)
    await press(ada, words, 'Newest')
    expect(newest()).toMatchObject({ message_id: words.message_id, text: '“page 6”', edited: true })
  })

  test('take the place of words in the same message', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/album 2')
    const words = newest()
    await press(ada, words, 'Older')
    expect(newest()).toMatchObject({ message_id: words.message_id, text: '“page 3”', photo: png })
  })

  test('with more words than a caption holds are followed by them, with the buttons', async () => {
    await open()
    const ada = await learner()
    const asked = await say(ada, '/album 5')
    const [picture, words] = byBot(world.group).slice(-2)
    expect(picture).toMatchObject({ text: '', photo: png, keyboard: [], replyTo: asked.message_id })
    expect(words?.text).toContain('long long')
    expect(words?.keyboard.flat().map(({ text }) => text)).toEqual(['Older', 'Newest', 'What you can do here'])
  })

  test.each([
    ['cannot be drawn', async () => null, 0],
    ['fail to be drawn', () => Promise.reject(new Error('no canvas')), 1],
  ] as [string, DrawPicture, number][])('that %s are said in words', async (_, draw, errors) => {
    await open({ draw })
    const ada = await learner()
    await say(ada, '/album')
    expect(newest()).toMatchObject({ text: '“page 1”\n“alt”', photo: undefined })
    expect(world.test.lines.filter(({ level }) => level === 'error')).toHaveLength(errors)
  })
})

describe('what people and menus say', () => {
  test('more than a message holds is several, cut between lines, with the buttons under the last', async () => {
    await open()
    const ada = await learner()
    await say(ada, '/long')
    const parts = byBot(world.group).slice(-3)
    expect(parts.map(({ text }) => text.length <= 4096)).toEqual([true, true, true])
    expect(
      parts
        .map(({ text }) => text)
        .join('\n')
        .split('\n'),
    ).toEqual(['Ada', ...Array.from({ length: 120 }, (_, i) => `“${i} 🔥你好${'x'.repeat(60)}”`)])
    expect(parts.map(({ keyboard }) => keyboard.length > 0)).toEqual([false, false, true])
    expect(parts[0]?.entities[0]).toMatchObject({ type: 'bold', text: 'Ada' })
  })

  test('a menu is a keyboard with an entry per row; labels are cut, and any of them can be chosen', async () => {
    await open()
    const [ada, lin] = [await learner('Ada'), await learner('Lin')]
    await say(ada, '/choose')
    const labels = newest().keyboard.map(row => row.map(({ text }) => text))
    expect(labels).toEqual([['<b>Ada</b> & co'], [`${'学习打卡群'.repeat(12)}学习打…`], ['🔥']])
    await press(lin, newest(), '🔥')
    expect(newest().text).toBe('“chose 2”')
  })

  test('an @name in somebody’s words notifies nobody; links show no preview', async () => {
    await open()
    const ada = await learner()
    world.tg.user({ first_name: 'Eve', username: 'eve_the_loud' })
    await say(
      ada,
      '/checkin hello @eve_the_loud, me@example.com and https://example.com <a href="tg://user?id=1">x</a>',
    )
    const { text, entities } = newest()
    expect(text.replaceAll('\u2060', '')).toContain(
      '“hello @eve_the_loud, me@example.com and https://example.com <a href="tg://user?id=1">x</a>”',
    )
    expect(entities.filter(({ type }) => type === 'mention')).toEqual([])
    expect(entities.filter(({ type }) => type === 'text_mention').map(({ user }) => user?.id)).toEqual([ada.id])
    const last = world.tg.callsOf('sendMessage').at(-1)
    expect(last?.params.link_preview_options).toEqual({ is_disabled: true })
    expect(last?.params).not.toHaveProperty('parse_mode')
  })
})

describe('whom a command is about', () => {
  test('the one it replies to; but not the bot, nor what opened a topic', async () => {
    await open({ group: { forum: true } })
    const [ada, lin] = [await learner('Ada'), await learner('Lin')]
    await say(lin, '/checkin')
    const hers = lin.say(world.group, 'I did it')
    ada.reply(hers, '/thank@muster_bot note:well done')
    await world.finished(world.newestEvent())
    expect(newest().text).toBe('Lin, I answered you privately.\n“well done”')
    expect(newest().entities[0]?.user?.id).toBe(lin.id)
    const said = byBot(ada.chat).length
    ada.reply(newest(), '/thank@muster_bot note:you')
    await world.finished(world.newestEvent())
    expect(newest(ada.chat).text).toContain('/thank needs “who”')
    expect(byBot(ada.chat)).toHaveLength(said + 1)
    const topic = world.group.openTopic('Daily', { by: lin })
    ada.say(world.group, '/thank@muster_bot note:you', { topic })
    await world.finished(world.newestEvent())
    expect(byBot(ada.chat)).toHaveLength(said + 2)
    expect(newest(ada.chat).text).toContain('/thank needs “who”')
  })

  test('a person without a username whose name has several words, a username seen here, and nobody unknown', async () => {
    await open()
    const [ada, wei] = [await learner('Ada'), await learner('Lin Wei')]
    await say(wei, '/checkin')
    ada.say(world.group, '/thank@muster_bot Lin Wei for the "help"', { mentions: { 'Lin Wei': wei } })
    await world.finished(world.newestEvent())
    expect(newest().text).toBe('Lin Wei, I answered you privately.\n“for the "help"”')
    wei.rename({ username: 'lin_wei' })
    await say(wei, '/album')
    await say(ada, '/thank @LIN_WEI thanks')
    expect(newest().text).toBe('Lin Wei, I answered you privately.\n“thanks”')
    await say(ada, '/thank @somebody_else thanks')
    expect(newest(ada.chat).text).toContain('I do not know “@\u2060somebody_else” here.')
  })

  test('a file comes with its caption, of a photo the largest; what it is is told by its bytes', async () => {
    await open()
    const ada = await learner()
    ada.sendDocument(world.group, Buffer.from('homework'), { name: 'work.pdf', caption: '/submit@muster_bot day 3' })
    await world.finished(world.newestEvent())
    expect(newest().text).toBe('“work.pdf | text | 8 | day 3”')
    const photo = ada.sendPhoto(ada.chat, png, { caption: '/submit' })
    await world.finished(world.newestEvent())
    expect(newest(ada.chat).text).toMatch(/^“photo\.jpg \| jpeg \| \d+ \| -”$/)
    expect(photo.photo).toHaveLength(2)
    expect(world.tg.callsOf('getFile').at(-1)?.params.file_id).toBe(photo.photo?.at(-1)?.file_id)
    ada.sendDocument(ada.chat, Buffer.alloc(1024 * 1024 + 1), { caption: '/submit' })
    await world.finished(world.newestEvent())
    expect(newest(ada.chat).text).toContain('at most 1 MB')
    expect(world.tg.callsOf('getFile')).toHaveLength(2)
  })
})

describe('what is not for this bot', () => {
  test('is not answered and leaves no row, though an administrator hears everything', async () => {
    await open()
    const ada = await learner()
    const other = world.tg.user({ first_name: 'Other', username: 'other_bot', is_bot: true })
    world.group.join(other)
    const channel = world.tg.channel({ title: 'News' })
    channel.addBot()
    await until('all is applied', () => world.tg.pending.length === 0)
    const rows = async () => (await world.test.app.db.selectFrom('inbox').select('id').execute()).length
    const [before, said] = [await rows(), byBot(world.group).length]
    ada.say(world.group, 'ordinary words that are nobody’s business')
    ada.say(world.group, '/checkin@other_bot')
    ada.say(world.group, '/weather')
    ada.say(world.group, '/etc/passwd')
    ada.sendPhoto(world.group, png, { caption: 'my cat' })
    other.say(world.group, '/checkin@muster_bot')
    world.owner.say(world.group, 'as the group', { anonymous: true })
    world.group.forwardFromLinked(channel, 'a post')
    channel.post('/checkin')
    const edited = ada.say(world.group, 'typo')
    ada.edit(edited, '/checkin@muster_bot')
    await world.tg.waitForQuiet()
    expect([await rows(), byBot(world.group).length]).toEqual([before, said])
  })

  test('in a private chat is answered all the same, and not kept', async () => {
    await open()
    const ada = await learner()
    const before = byBot(ada.chat).length
    ada.say(ada.chat, 'hello, are you a person?')
    await world.finished(world.newestEvent())
    ada.sendPhoto(ada.chat, png, {})
    await world.finished(world.newestEvent())
    const answers = byBot(ada.chat).slice(before)
    expect(answers.map(({ text }) => text.includes('I understand commands'))).toEqual([true, true])
    const rows = await world.test.app.db.selectFrom('inbox').selectAll().execute()
    expect(JSON.stringify(rows)).not.toMatch(/are you a person|file_id/)
  })

  test('but a slip is pointed out, and a command is a command without a space or with a full-width slash', async () => {
    await open()
    const ada = await learner()
    ada.say(world.group, '/chekin')
    await world.finished(world.newestEvent())
    expect(newest(ada.chat).text).toContain('Did you mean /checkin?')
    ada.say(ada.chat, '／CheckIn今天读了两章🔥')
    await world.finished(world.newestEvent())
    expect(newest(ada.chat).text).toContain('“今天读了两章🔥”')
  })
})
