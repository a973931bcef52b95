import { Bot, InputFile } from 'grammy'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { png, raw, refusal } from './calling.ts'
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

/** A PNG header that claims this size. */
function sized(width: number, height: number): Buffer {
  const header = Buffer.from(png)
  header.writeUInt32BE(width, 16)
  header.writeUInt32BE(height, 20)
  return header
}

describe('a request that breaks a rule is refused and remembered', () => {
  const toAda = (extra: object) => ({ chat_id: 'ada', text: 'x', ...extra })
  const command = (name: string, description = 'd') => ({ commands: [{ command: name, description }] })
  const cases: [string, string, object, RegExp][] = [
    ['a parameter that does not exist', 'sendMessage', toAda({ disable_web_page_preview: true }), /does not exist/],
    [
      'a field that does not exist',
      'sendMessage',
      toAda({ reply_markup: keyboard({ data: 'x' }) }),
      /data does not exist/,
    ],
    ['a missing parameter', 'sendMessage', { chat_id: 'ada' }, /message text is empty/],
    ['a number as text', 'sendMessage', toAda({ text: 5 }), /must be String/],
    ['a digit-losing id', 'sendMessage', toAda({ message_thread_id: 2 ** 60 }), /must be Integer/],
    ['4097 characters', 'sendMessage', toAda({ text: 'x'.repeat(4097) }), /message is too long/],
    ['nothing but space', 'sendMessage', toAda({ text: '<b> </b>', parse_mode: 'HTML' }), /text is empty/],
    ['half a surrogate pair', 'sendMessage', toAda({ text: 'x\ud83d' }), /UTF-8/],
    [
      'an unclosed tag',
      'sendMessage',
      toAda({ text: '<b>x', parse_mode: 'HTML' }),
      /Can't find end tag corresponding to start tag "b"/,
    ],
    [
      'an unknown tag',
      'sendMessage',
      toAda({ text: 'é<h1>x</h1>', parse_mode: 'HTML' }),
      /Unsupported start tag "h1" at byte offset 2/,
    ],
    [
      'crossed tags',
      'sendMessage',
      toAda({ text: '<b><i>x</b></i>', parse_mode: 'HTML' }),
      /Unmatched end tag at byte offset 7, expected "<\/i>", found "<\/b>"/,
    ],
    [
      'a stray end tag',
      'sendMessage',
      toAda({ text: 'x</b>', parse_mode: 'HTML' }),
      /Unexpected end tag at byte offset 1/,
    ],
    [
      'an unescaped full stop',
      'sendMessage',
      toAda({ text: 'x.', parse_mode: 'MarkdownV2' }),
      /Character '\.' is reserved/,
    ],
    [
      'an unclosed mark',
      'sendMessage',
      toAda({ text: '*x', parse_mode: 'MarkdownV2' }),
      /Can't find end of Bold entity at byte offset 0/,
    ],
    ['an unknown parse mode', 'sendMessage', toAda({ parse_mode: 'Wiki' }), /unsupported parse_mode/],
    [
      'an entity outside the text',
      'sendMessage',
      toAda({ entities: [{ type: 'bold', offset: 0, length: 2 }] }),
      /outside the text/,
    ],
    [
      'an entity inside an emoji',
      'sendMessage',
      toAda({ text: '🔥x', entities: [{ type: 'bold', offset: 1, length: 2 }] }),
      /middle of a UTF-16 symbol/,
    ],
    [
      'crossed entities',
      'sendMessage',
      toAda({
        text: 'abc',
        entities: [
          { type: 'bold', offset: 0, length: 2 },
          { type: 'italic', offset: 1, length: 2 },
        ],
      }),
      /overlap/,
    ],
    [
      '65 bytes of callback_data',
      'sendMessage',
      toAda({ reply_markup: keyboard({ callback_data: `${'é'.repeat(32)}x` }) }),
      /BUTTON_DATA_INVALID/,
    ],
    ['a button without action', 'sendMessage', toAda({ reply_markup: keyboard({}) }), /Text buttons are unallowed/],
    [
      'a button with two actions',
      'sendMessage',
      toAda({ reply_markup: keyboard({ callback_data: 'x', url: 'https://a.example' }) }),
      /url and callback_data/,
    ],
    [
      'a button to a bare host',
      'sendMessage',
      toAda({ reply_markup: keyboard({ url: 'http://localhost' }) }),
      /Wrong HTTP URL/,
    ],
    [
      'a long start payload',
      'sendMessage',
      toAda({ reply_markup: keyboard({ url: `https://t.me/muster_bot?start=${'x'.repeat(65)}` }) }),
      /start payload/,
    ],
    [
      'nine buttons in a row',
      'sendMessage',
      toAda({ reply_markup: { inline_keyboard: [Array(9).fill({ text: 'x', callback_data: 'x' })] } }),
      /too long/,
    ],
    [
      'a caption of 1025',
      'sendPhoto',
      { chat_id: 'ada', photo: 'x', caption: 'x'.repeat(1025) },
      /caption is too long/,
    ],
    ['a photo by URL', 'sendPhoto', { chat_id: 'ada', photo: 'https://a.example/x.png' }, /not simulated/],
    ['a capital in a command', 'setMyCommands', command('Checkin'), /BOT_COMMAND_INVALID/],
    ['a command without description', 'setMyCommands', command('checkin', ' '), /DESCRIPTION_INVALID/],
    [
      'a command twice',
      'setMyCommands',
      { commands: [...command('a').commands, ...command('a').commands] },
      /listed twice/,
    ],
    [
      '101 commands',
      'setMyCommands',
      { commands: Array.from({ length: 101 }, (_, i) => ({ command: `c${i}`, description: 'd' })) },
      /TOO_MUCH/,
    ],
    ['a locale as language', 'setMyCommands', { ...command('a'), language_code: 'zh-CN' }, /language code/],
    ['an unknown scope', 'setMyCommands', { ...command('a'), scope: { type: 'everybody' } }, /must be/],
    ['an unknown update kind', 'getUpdates', { allowed_updates: ['messages'] }, /does not exist/],
    ['a limit of 101', 'getUpdates', { limit: 101 }, /limit must be 1-100/],
    ['a plain http webhook', 'setWebhook', { url: 'http://bot.example/hook' }, /HTTPS URL must be provided/],
    ['an odd webhook port', 'setWebhook', { url: 'https://bot.example:3000/hook' }, /only on ports/],
    ['a bad secret', 'setWebhook', { url: 'https://bot.example/', secret_token: 'not so' }, /unallowed characters/],
    ['an unknown chat action', 'sendChatAction', { chat_id: 'ada', action: 'thinking' }, /wrong parameter action/],
    [
      'a long callback answer',
      'answerCallbackQuery',
      { callback_query_id: '1', text: 'x'.repeat(201) },
      /MESSAGE_TOO_LONG/,
    ],
    [
      'an unknown button style',
      'sendMessage',
      toAda({ reply_markup: keyboard({ callback_data: 'x', style: 'pink' }) }),
      /style/,
    ],
    [
      'a placeholder of 65',
      'sendMessage',
      toAda({ reply_markup: { force_reply: true, input_field_placeholder: 'x'.repeat(65) } }),
      /1-64/,
    ],
    ['force_reply false', 'sendMessage', toAda({ reply_markup: { force_reply: false } }), /must be true/],
    [
      'a plain span',
      'sendMessage',
      toAda({ text: '<span>x</span>', parse_mode: 'HTML' }),
      /must have class "tg-spoiler"/,
    ],
    [
      'a tag that never ends',
      'sendMessage',
      toAda({ text: 'x <b', parse_mode: 'HTML' }),
      /Unclosed start tag at byte offset 2/,
    ],
    [
      'an unknown entity',
      'sendMessage',
      toAda({ entities: [{ type: 'blink', offset: 0, length: 1 }] }),
      /unsupported entity type/,
    ],
    [
      'a link entity without address',
      'sendMessage',
      toAda({ entities: [{ type: 'text_link', offset: 0, length: 1 }] }),
      /no url/,
    ],
    [
      'a mention entity of nobody',
      'sendMessage',
      toAda({ entities: [{ type: 'text_mention', offset: 0, length: 1 }] }),
      /no user/,
    ],
    [
      'both parse_mode and entities',
      'sendMessage',
      toAda({ parse_mode: 'HTML', entities: [{ type: 'bold', offset: 0, length: 1 }] }),
      /exclude each other/,
    ],
    ['a negative timeout', 'getUpdates', { timeout: -1 }, /must not be negative/],
    ['a webhook that is no address', 'setWebhook', { url: 'bot.example' }, /invalid URL/],
    ['101 webhook connections', 'setWebhook', { url: 'https://bot.example/', max_connections: 101 }, /1-100/],
    ['a webhook with a certificate', 'setWebhook', { url: 'https://bot.example/', certificate: 'x' }, /not simulated/],
    [
      'opening a foreign address from a press',
      'answerCallbackQuery',
      { callback_query_id: '1', url: 'https://a.example' },
      /URL_INVALID/,
    ],
    ['administrators of a private chat', 'getChatAdministrators', { chat_id: 'ada' }, /no administrators/],
    ['leaving a private chat', 'leaveChat', { chat_id: 'ada' }, /can't be left/],
    ['an inline message', 'editMessageText', { inline_message_id: '1', text: 'x' }, /not simulated/],
    ['an edit of no message', 'editMessageText', { chat_id: 'ada', text: 'x' }, /identifier is not specified/],
    ['deleting nothing', 'deleteMessages', { chat_id: 'ada', message_ids: [] }, /1-100 identifiers/],
    [
      'a reply to another chat',
      'sendMessage',
      toAda({ reply_parameters: { message_id: 1, chat_id: 1 } }),
      /not simulated/,
    ],
    [
      'a file that is not attached',
      'sendDocument',
      { chat_id: 'ada', document: 'attach://x' },
      /no document in the request/,
    ],
    ['a method that is not simulated', 'sendDice', { chat_id: 'ada' }, /not simulate/],
  ]
  it.each(cases)('%s', async (_, method, params, text) => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    const addressed = 'chat_id' in params ? { ...params, chat_id: ada.id } : params
    const answer = await raw(tg, method, JSON.stringify(addressed))
    expect(answer).toMatchObject({
      body: { ok: false, error_code: answer.status, description: expect.stringMatching(text) },
    })
    expect(tg.takeViolations()).toHaveLength(1)
  })

  it('a method that does not exist, a body that cannot be read, a wrong token', async () => {
    expect((await raw(tg, 'sendMassage', '{}')).status).toBe(404)
    expect((await raw(tg, 'sendMessage', '{')).status).toBe(400)
    expect(tg.takeViolations()).toHaveLength(2)
    expect((await fetch(`${tg.apiRoot}/bot1:wrong/getMe`)).status).toBe(401)
  })

  it('a picture that is none, an upload nobody uses', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    const noPicture = bot.api.sendPhoto(ada.id, new InputFile(Buffer.from('no picture'), 'a.png'))
    expect((await refusal(noPicture)).description).toContain('IMAGE_PROCESS_FAILED')
    expect(tg.takeViolations()).toHaveLength(1)
    const part = (name: string, value: string) =>
      `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const file = '--b\r\ncontent-disposition: form-data; name="f"; filename="f.txt"\r\n\r\nx\r\n--b--\r\n'
    const body = part('chat_id', String(ada.id)) + part('text', 'hello') + file
    expect((await raw(tg, 'sendMessage', body, 'multipart/form-data; boundary=b')).status).toBe(200)
    expect(tg.takeViolations()).toEqual(['sendMessage: upload f is not used'])
  })

  it('edits of the wrong kind, too many reactions', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    const text = await bot.api.sendMessage(ada.id, 'x')
    const photo = await bot.api.sendPhoto(ada.id, new InputFile(png, 'a.png'))
    const thumbs = { type: 'emoji', emoji: '👍' } as const
    const wrong: [Promise<unknown>, string][] = [
      [bot.api.editMessageText(ada.id, photo.message_id, 'y'), 'no text in the message'],
      [bot.api.editMessageCaption(ada.id, text.message_id, { caption: 'y' }), 'no caption in the message'],
      [bot.api.setMessageReaction(ada.id, text.message_id, [thumbs, thumbs]), 'REACTIONS_TOO_MANY'],
    ]
    for (const [call, description] of wrong) expect((await refusal(call)).description).toContain(description)
    expect(tg.takeViolations()).toHaveLength(3)
  })

  it.each([
    ['an empty file', Buffer.alloc(0), 'must be non-empty'],
    ['a picture of 6000 x 6000', sized(6000, 6000), 'PHOTO_INVALID_DIMENSIONS'],
    ['a picture 21 times as wide as high', sized(210, 10), 'PHOTO_INVALID_DIMENSIONS'],
    ['a picture over 10 MB', Buffer.concat([png, Buffer.alloc(10 * 1024 * 1024)]), 'file is too big'],
  ])('%s', async (_, bytes, description) => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    expect((await refusal(bot.api.sendPhoto(ada.id, new InputFile(bytes, 'a.png')))).description).toContain(description)
    expect(tg.takeViolations()).toHaveLength(1)
  })

  it.each([
    ['no boundary', 'x', /boundary never appears/],
    ['no closing boundary', '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n', /no closing boundary/],
    ['a part without header', '--b\r\nx\r\n--b--\r\n', /no header end/],
    ['a part without name', '--b\r\ncontent-type: text/plain\r\n\r\nx\r\n--b--\r\n', /no name/],
  ])('multipart with %s', async (_, body, text) => {
    expect((await raw(tg, 'sendMessage', body, 'multipart/form-data; boundary=b')).body.description).toMatch(text)
    expect(tg.takeViolations()).toHaveLength(1)
  })

  it('the fake itself, when it would hand out an incomplete payload', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    ada.rename({ first_name: 5 as never })
    expect((await refusal(bot.api.getChat(ada.id))).error_code).toBe(500)
    expect(tg.takeViolations().join()).toContain('the fake built a wrong result')
    expect(() => ada.say(ada.chat, 'x')).toThrow('the fake built a wrong update')
  })

  it('a field that opens for everybody in a group, for nobody, or in a channel', async () => {
    const mo = tg.user({ first_name: 'Mo' })
    const group = tg.group({ title: 'Camp', admins: [mo] })
    const channel = tg.channel({ title: 'News' })
    group.addBot()
    channel.addBot()
    const asked = mo.say(group, '/x@muster_bot')
    const opened = { force_reply: true, selective: true } as const
    const sent = async (chat: number, markup: object, replyTo?: number, text = 'x') =>
      bot.api.sendMessage(chat, text, {
        reply_markup: markup as typeof opened,
        ...(replyTo !== undefined && {
          reply_parameters: { message_id: replyTo, allow_sending_without_reply: true },
        }),
      })
    const question = await sent(group.id, opened, asked.message_id)
    const wrong: [Promise<unknown>, string][] = [
      [sent(group.id, { force_reply: true }, asked.message_id), 'for everybody'],
      [sent(group.id, opened), 'for nobody'],
      [sent(group.id, opened, question.message_id), 'for nobody'],
      [sent(channel.id, opened), 'inline keyboard expected'],
    ]
    for (const [call, description] of wrong) expect((await refusal(call)).description).toContain(description)
    expect(tg.takeViolations()).toHaveLength(4)
    // Right: a person who is answered, one whose message is gone meanwhile, one who is mentioned; and anybody in a private chat.
    await sent(group.id, opened, 999)
    await bot.api.sendMessage(group.id, 'Mo', {
      reply_markup: opened,
      entities: [{ type: 'text_mention', offset: 0, length: 2, user: mo.user as never }],
    })
    mo.start()
    await sent(mo.id, { force_reply: true })
  })

  it('a field in an edit, and an edit of a message that opened one', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    const plain = await bot.api.sendMessage(ada.id, 'x')
    const opened = await bot.api.sendMessage(ada.id, 'x', { reply_markup: { force_reply: true } })
    const edit = { chat_id: ada.id, message_id: plain.message_id, text: 'y', reply_markup: { force_reply: true } }
    expect((await raw(tg, 'editMessageText', JSON.stringify(edit))).body.description).toMatch(/does not exist|expected/)
    expect(tg.takeViolations().length).toBeGreaterThan(0)
    expect((await refusal(bot.api.editMessageText(ada.id, opened.message_id, 'y'))).description).toContain(
      "can't be edited",
    )
    expect(tg.takeViolations()).toHaveLength(1)
  })

  it('editing what somebody else wrote, answering a press twice', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    const hers = ada.start()
    expect((await refusal(bot.api.editMessageText(ada.id, hers.message_id, 'x'))).description).toContain(
      "can't be edited",
    )
    const sent = await bot.api.sendMessage(ada.id, 'x', { reply_markup: keyboard({ callback_data: 'go' }) })
    const press = ada.press(sent, 'go')
    const id = tg.pending.at(-1)?.callback_query?.id ?? ''
    await bot.api.answerCallbackQuery(id)
    await press
    expect((await refusal(bot.api.answerCallbackQuery(id))).description).toContain('query is too old')
    expect(tg.takeViolations()).toHaveLength(2)
  })
})
