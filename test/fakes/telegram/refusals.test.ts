import { Bot, InputFile } from 'grammy'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { refusal } from './calling.ts'
import { type FakeTelegram, startFakeTelegram } from './index.ts'

let tg: FakeTelegram
let bot: Bot

const botFor = (fake: FakeTelegram) => new Bot(fake.token, { client: { apiRoot: fake.apiRoot, timeoutSeconds: 2 } })

beforeEach(async () => {
  tg = await startFakeTelegram()
  bot = botFor(tg)
})

afterEach(async () => {
  const left = tg.takeViolations()
  await tg.close()
  expect(left).toEqual([])
})

const keyboard = <B extends object>(button: B) => ({ inline_keyboard: [[{ text: 'x', ...button }]] })

describe('people and chats refuse as the real ones do', () => {
  const sent = async (chat: number | string) => {
    const { error_code, description } = await refusal(bot.api.sendMessage(chat, 'x'))
    return `${error_code} ${description}`
  }

  it('a person who never pressed Start, blocked the bot, or is gone', async () => {
    const ada = tg.user({ first_name: 'Ada', username: 'ada_l' })
    expect(await sent(ada.id)).toBe("403 Forbidden: bot can't initiate conversation with a user")
    ada.start()
    await bot.api.sendMessage(ada.id, 'x')
    ada.block()
    expect(await sent(ada.id)).toBe('403 Forbidden: bot was blocked by the user')
    ada.start()
    await bot.api.sendMessage(ada.id, 'x')
    ada.deactivate()
    expect(await sent(ada.id)).toBe('403 Forbidden: user is deactivated')
    expect(await sent(1)).toBe('400 Bad Request: chat not found')
    expect(await sent('@ada_l')).toBe('400 Bad Request: chat not found')
  })

  it('a group the bot is not in, was removed from, or may not write in', async () => {
    const mo = tg.user({ first_name: 'Mo' })
    const group = tg.group({ title: 'Camp', admins: [mo] })
    expect(await sent(group.id)).toBe('400 Bad Request: chat not found')
    group.addBot()
    group.restrictBot()
    expect(await sent(group.id)).toBe('400 Bad Request: not enough rights to send text messages to the chat')
    group.removeBot()
    expect(await sent(group.id)).toBe('403 Forbidden: bot was kicked from the supergroup chat')
  })

  it('but a chat id written as text is the same chat', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    await bot.api.sendMessage(String(ada.id), 'by text')
    expect(tg.messages(ada.chat).at(-1)?.text).toBe('by text')
  })

  it('the same edit twice, a deleted message, an old press, an unknown topic', async () => {
    let time = 1_800_000_000_000
    await tg.close()
    tg = await startFakeTelegram({ now: () => time })
    bot = botFor(tg)
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    const sent = await bot.api.sendMessage(ada.id, 'x', { reply_markup: keyboard({ callback_data: 'go' }) })
    await bot.api.editMessageText(ada.id, sent.message_id, 'y', { reply_markup: keyboard({ callback_data: 'go' }) })
    const again = bot.api.editMessageText(ada.id, sent.message_id, 'y', {
      reply_markup: keyboard({ callback_data: 'go' }),
    })
    expect((await refusal(again)).description).toContain('message is not modified')
    const press = ada.press(sent, 'go')
    const id = tg.pending.at(-1)?.callback_query?.id ?? ''
    time += 61_000
    expect((await refusal(bot.api.answerCallbackQuery(id))).description).toContain('query is too old')
    await press
    await bot.api.deleteMessage(ada.id, sent.message_id)
    expect(tg.messages(ada.chat).at(-1)).toMatchObject({ deleted: true, edited: true, text: 'y' })
    expect((await refusal(bot.api.deleteMessage(ada.id, sent.message_id))).description).toContain('to delete not found')
    const reply = bot.api.sendMessage(ada.id, 'x', { reply_parameters: { message_id: sent.message_id } })
    expect((await refusal(reply)).description).toContain('message to be replied not found')
    const elsewhere = bot.api.sendMessage(ada.id, 'x', { message_thread_id: 77 })
    expect((await refusal(elsewhere)).description).toContain('message thread not found')
  })

  it('a group it left, another bot, a closed topic, an unknown user, a file the platform does not know', async () => {
    const mo = tg.user({ first_name: 'Mo' })
    const other = tg.user({ first_name: 'Other', is_bot: true })
    const forum = tg.group({ title: 'Forum', forum: true, admins: [mo] })
    expect(await sent(other.id)).toBe("403 Forbidden: bot can't send messages to bots")
    forum.addBot()
    const topic = forum.openTopic('Daily')
    forum.closeTopic(topic)
    const inTopic = bot.api.sendMessage(forum.id, 'x', { message_thread_id: topic })
    expect((await refusal(inTopic)).description).toBe('Bad Request: TOPIC_CLOSED')
    expect((await refusal(bot.api.getChatMember(forum.id, 1))).description).toContain('invalid user_id')
    expect((await refusal(bot.api.sendDocument(mo.id, 'BQAC'))).description).toContain('wrong file identifier')
    expect((await refusal(bot.api.getFile('BQAC'))).description).toContain('invalid file_id')
    await bot.api.leaveChat(forum.id)
    expect(await sent(forum.id)).toBe('403 Forbidden: bot is not a member of the supergroup chat')
  })

  it('files over 50 MB to send, over 20 MB to fetch', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    const big = ada.sendDocument(ada.chat, Buffer.alloc(20 * 1024 * 1024 + 1))
    expect((await refusal(bot.api.getFile(big.document?.file_id ?? ''))).description).toContain('file is too big')
    const bigger = new InputFile(Buffer.alloc(50 * 1024 * 1024 + 1), 'a.bin')
    expect((await refusal(bot.api.sendDocument(ada.id, bigger))).error_code).toBe(413)
  })

  it('a download that nobody asked for, that is an hour old, or that is made to fail', async () => {
    let time = 1_800_000_000_000
    await tg.close()
    tg = await startFakeTelegram({ now: () => time })
    bot = botFor(tg)
    const ada = tg.user({ first_name: 'Ada' })
    const sent = ada.sendDocument(ada.chat, Buffer.from('homework'), { name: 'work.txt' })
    const download = async (path: string) => (await fetch(`${tg.apiRoot}/file/bot${tg.token}/${path}`)).status
    expect(await download('documents/file_0.txt')).toBe(404)
    const { file_path = '' } = await bot.api.getFile(sent.document?.file_id ?? '')
    expect([file_path, await download(file_path)]).toEqual(['documents/file_0.txt', 200])
    tg.fault({ method: 'file', kind: '500' })
    expect([await download(file_path), await download(file_path)]).toEqual([500, 200])
    time += 3600_001
    expect(await download(file_path)).toBe(404)
    expect(tg.callsOf('file').map(({ params }) => params.path)).toEqual(Array(5).fill(file_path))
  })

  it('whoever is kept out of a group, until they are let in again', async () => {
    const [mo, ada] = [tg.user({ first_name: 'Mo' }), tg.user({ first_name: 'Ada' })]
    const group = tg.group({ title: 'Camp', admins: [mo], members: [ada] })
    group.addBot({ admin: true })
    const status = async () => (await bot.api.getChatMember(group.id, ada.id)).status
    group.kick(ada)
    expect(await status()).toBe('kicked')
    expect(() => group.join(ada)).toThrow('Ada is kept out of Camp')
    group.unban(ada)
    expect(await status()).toBe('left')
    group.join(ada)
    group.restrict(ada, { isMember: false })
    expect(await bot.api.getChatMember(group.id, ada.id)).toMatchObject({ status: 'restricted', is_member: false })
  })

  it('messages that are not there, and those it has no right to pin or delete', async () => {
    const mo = tg.user({ first_name: 'Mo' })
    const group = tg.group({ title: 'Camp', admins: [mo] })
    group.addBot()
    const his = mo.say(group, 'mine')
    const described = async (call: Promise<unknown>) => (await refusal(call)).description
    expect(await described(bot.api.deleteMessage(group.id, his.message_id))).toContain("message can't be deleted")
    expect(await described(bot.api.pinChatMessage(group.id, his.message_id))).toContain('not enough rights')
    expect(await described(bot.api.editMessageText(group.id, 999, 'x'))).toContain('message to edit not found')
    expect(await described(bot.api.setMessageReaction(group.id, 999, []))).toContain('message to react not found')
    group.promoteBot()
    expect(await described(bot.api.pinChatMessage(group.id, 999))).toContain('message to pin not found')
    await bot.api.pinChatMessage(group.id, his.message_id)
    expect((await bot.api.getChat(group.id)).pinned_message?.message_id).toBe(his.message_id)
    await bot.api.deleteMessage(group.id, his.message_id)
    expect(await bot.api.getChatMemberCount(group.id)).toBe(2)
    expect((await bot.api.getChatAdministrators(group.id)).map(({ user }) => user.first_name)).toEqual(['Mo', 'Muster'])
  })
})

describe('a test that asks for the impossible', () => {
  it('is told so instead of proving nothing', () => {
    const ada = tg.user({ first_name: 'Ada' })
    const lin = tg.user({ first_name: 'Lin' })
    const ownerless = tg.group({ title: 'Nobody' })
    const camp = tg.group({ title: 'Camp', type: 'group', admins: [ada] })
    const old = { id: camp.id }
    camp.addBot()
    expect(() => ownerless.addBot()).toThrow('has no owner')
    expect(() => camp.openTopic('x')).toThrow('is not a forum')
    expect(() => camp.closeTopic(1)).toThrow('has no topic 1')
    expect(() => tg.group({ title: 'x', type: 'group', forum: true })).toThrow('only a supergroup')
    expect(() => lin.say(camp, 'x')).toThrow('Lin is not in Camp')
    expect(() => lin.say(ada.chat, 'x')).toThrow("another person's chat")
    expect(() => ada.say({ id: 1 }, 'x')).toThrow('no chat 1')
    expect(() => ada.say(camp, 'x', { mentions: { Lin: lin } })).toThrow('does not mention Lin')
    expect(() => ada.start('no spaces')).toThrow('start payload')
    expect(() => lin.edit(ada.say(camp, 'x'), 'y')).toThrow("cannot edit another's message")
    expect(() => ada.react({ chat: camp, message_id: 999 }, '👍')).toThrow('no message 999')
    camp.upgrade()
    expect(() => camp.upgrade()).toThrow('a supergroup already')
    expect(() => ada.say(old, 'x')).toThrow('was upgraded')
    ada.block()
    expect(() => ada.say(ada.chat, 'x')).toThrow('has blocked the bot')
    ada.deactivate()
    expect(() => ada.say(camp, 'x')).toThrow('is deactivated')
  })
})
