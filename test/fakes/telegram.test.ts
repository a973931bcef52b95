import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Bot, HttpError, InputFile, webhookCallback } from 'grammy'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { png, raw, refusal } from './telegram/calling.ts'
import { type FakeTelegram, type FakeTelegramOptions, startFakeTelegram, type Update } from './telegram/index.ts'
import { methods, types } from './telegram/spec.ts'

let tg: FakeTelegram
let bot: Bot
const running: (() => Promise<unknown>)[] = []

function botFor(fake: FakeTelegram): Bot {
  return new Bot(fake.token, { client: { apiRoot: fake.apiRoot, timeoutSeconds: 2 } })
}

async function restart(options: FakeTelegramOptions): Promise<void> {
  await tg.close()
  tg = await startFakeTelegram(options)
  bot = botFor(tg)
}

/** Runs the bot by long polling until the test ends. */
async function poll(allowed?: 'chat_member'[]): Promise<void> {
  const started = Promise.withResolvers<void>()
  const done = bot.start({
    timeout: 2,
    onStart: () => started.resolve(),
    ...(allowed && { allowed_updates: ['message', 'my_chat_member', 'callback_query', ...allowed] }),
  })
  running.push(async () => {
    await bot.stop()
    await done
  })
  await started.promise
}

beforeEach(async () => {
  tg = await startFakeTelegram()
  bot = botFor(tg)
})

afterEach(async () => {
  for (const stop of running.splice(0)) await stop()
  const left = tg.takeViolations()
  await tg.close()
  expect(left).toEqual([])
})

async function updatesSoFar(extra: Record<string, unknown> = {}): Promise<Update[]> {
  const { body } = await raw(tg, 'getUpdates', JSON.stringify(extra))
  return body.result as Update[]
}

describe('a bot made with grammY', () => {
  it('gets a command by long polling and its answer is seen in the chat', async () => {
    bot.command('checkin', ctx =>
      ctx.reply(`<b>Day 1</b>, ${ctx.from?.first_name}: ${ctx.match}`, { parse_mode: 'HTML' }),
    )
    await poll()
    const ada = tg.user({ first_name: 'Ada', language_code: 'en' })
    ada.start()
    ada.say(ada.chat, '/checkin hello')
    const answer = await tg.waitForMessage(ada.chat, message => message.text.startsWith('Day 1'))
    expect(answer.text).toBe('Day 1, Ada: hello')
    expect(answer.entities).toEqual([{ type: 'bold', text: 'Day 1' }])
    await tg.waitForQuiet()
  })

  it('gets updates by webhook with the secret header, again until it says 2xx, those of one chat in order', async () => {
    await restart({ allowLoopbackWebhook: true })
    await bot.init()
    const texts: (string | undefined)[] = []
    bot.on('message', ctx => void texts.push(ctx.message.text))
    let failures = 2
    const listen = webhookCallback(bot, 'http', { secretToken: 's3cret' })
    const server = http.createServer((request, response) => {
      if (failures-- > 0) response.writeHead(500).end()
      else void listen(request, response)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    running.push(() => new Promise(resolve => server.close(resolve)))
    const ada = tg.user({ first_name: 'Ada' })
    await bot.api.setWebhook(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, {
      secret_token: 's3cret',
    })
    for (const text of ['one', 'two', 'three']) ada.say(ada.chat, text)
    await tg.waitForQuiet()
    expect(texts).toEqual(['one', 'two', 'three'])
    expect((await bot.api.getWebhookInfo()).last_error_message).toContain('500')
    expect((await refusal(bot.api.getUpdates())).error_code).toBe(409)
    await bot.api.deleteWebhook()
    expect(await bot.api.getUpdates()).toEqual([])
  })

  it('may answer a webhook delivery with the method to call', async () => {
    await restart({ routeWebhook: url => url.replace('https://bot.example', loopback) })
    await bot.init()
    const replying = new Bot(tg.token, {
      botInfo: bot.botInfo,
      client: { apiRoot: tg.apiRoot, canUseWebhookReply: method => method === 'sendMessage' },
    })
    replying.on('message', async ctx => void (await ctx.reply('in the answer')))
    const listen = webhookCallback(replying, 'http')
    const server = http.createServer((request, response) => void listen(request, response))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    running.push(() => new Promise(resolve => server.close(resolve)))
    const loopback = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await bot.api.setWebhook('https://bot.example/hook')
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    await tg.waitForMessage(ada.chat, ({ text }) => text === 'in the answer')
  })

  it('uploads a picture whose bytes the test can read, and downloads what a person sent', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    await bot.api.sendPhoto(ada.id, new InputFile(png, 'board.png'), { caption: 'Board' })
    expect(tg.messages(ada.chat).at(-1)).toMatchObject({ text: 'Board', photo: png })
    const sent = ada.sendDocument(ada.chat, Buffer.from('homework'), { name: 'work.txt', caption: '/submit' })
    const { file_path } = await bot.api.getFile(sent.document?.file_id ?? '')
    const download = await fetch(`${tg.apiRoot}/file/bot${tg.token}/${file_path}`)
    expect(await download.text()).toBe('homework')
  })

  it('shows what people send as the platform does: photos in sizes, an album as messages, an account that is no more without a name', async () => {
    const ada = tg.user({ first_name: 'Ada', last_name: 'L.', username: 'ada_l' })
    const mo = tg.user({ first_name: 'Mo' })
    const group = tg.group({ title: 'Camp', admins: [mo], members: [ada] })
    group.addBot({ admin: true })
    const album = ada.sendAlbum(ada.chat, [png, png], { caption: 'two' })
    expect(new Set(album.map(message => message.media_group_id)).size).toBe(1)
    expect(album.map(({ caption }) => caption)).toEqual(['two', undefined])
    const [small, large] = album[0]?.photo ?? []
    expect(small?.file_size).toBeLessThan(large?.file_size ?? 0)
    expect(small?.file_id).not.toBe(large?.file_id)
    expect(ada.sendVoice(ada.chat)).toMatchObject({ voice: { duration: 3 } })
    expect(ada.sendSticker(ada.chat)).toMatchObject({ sticker: { type: 'regular' } })
    ada.deactivate()
    group.kick(ada)
    const { user } = await bot.api.getChatMember(group.id, ada.id)
    expect(user).toEqual({ id: ada.id, is_bot: false, first_name: '' })
  })

  it('puts a picture in the place of words, and another in the place of a picture', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    const { message_id } = await bot.api.sendMessage(ada.id, 'words')
    const other = Buffer.concat([png, Buffer.from('x')])
    for (const bytes of [png, other]) {
      const media = { type: 'photo' as const, media: new InputFile(bytes, 'a.png'), caption: 'Board' }
      await bot.api.editMessageMedia(ada.id, message_id, media)
      expect(tg.messages(ada.chat).at(-1)).toMatchObject({ message_id, text: 'Board', photo: bytes, edited: true })
    }
    const [photo] = tg.messages(ada.chat).slice(-1)
    const video = { type: 'video' as const, media: 'BAACAg' }
    expect((await refusal(bot.api.editMessageMedia(ada.id, photo?.message_id ?? 0, video))).error_code).toBe(501)
    expect(tg.takeViolations()).toEqual(['editMessageMedia: editing to video is not simulated'])
  })

  it('answers a press once and the press resolves with that answer', async () => {
    bot.on('callback_query', ctx => ctx.answerCallbackQuery({ text: `you chose ${ctx.callbackQuery.data}` }))
    await poll()
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    const reply_markup = { inline_keyboard: [[{ text: 'Week', callback_data: 'v1:week' }]] }
    const question = await bot.api.sendMessage(ada.id, 'Which?', { reply_markup })
    expect((await ada.press(question, 'Week')).text).toBe('you chose v1:week')
    await expect(ada.press(question, 'Month')).rejects.toThrow('no button "Month"')
  })

  it('learns of an upgrade on both sides and the old id says where the chat went', async () => {
    const mo = tg.user({ first_name: 'Mo' })
    const group = tg.group({ title: 'Camp', type: 'group', admins: [mo] })
    group.addBot()
    const old = group.id
    group.upgrade()
    const error = await refusal(bot.api.sendMessage(old, 'hello'))
    expect(error).toMatchObject({ error_code: 400, parameters: { migrate_to_chat_id: group.id } })
    await bot.api.sendMessage(group.id, 'hello')
    const updates = await updatesSoFar()
    expect(updates.some(({ message }) => message?.migrate_to_chat_id === group.id && message.chat.id === old)).toBe(
      true,
    )
    expect(updates.some(({ message }) => message?.migrate_from_chat_id === old && message.chat.id === group.id)).toBe(
      true,
    )
    const memberships = updates.flatMap(({ my_chat_member: change }) =>
      change
        ? [
            `${change.chat.id === old ? 'old' : 'new'} ${change.old_chat_member.status}>${change.new_chat_member.status}`,
          ]
        : [],
    )
    expect(memberships).toEqual(['old left>member', 'new left>member', 'old member>left'])
  })
})

describe('the description of the API', () => {
  it('covers every method and type of Bot API 10.1', () => {
    expect([methods.size, types.size]).toEqual([180, 359])
  })
})

describe('markup', () => {
  const shown = async (text: string, parse_mode: 'HTML' | 'MarkdownV2') => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    const { message_id } = await bot.api.sendMessage(ada.id, text, { parse_mode })
    const seen = tg.messages(ada.chat).find(message => message.message_id === message_id)
    return [
      seen?.text,
      ...(seen?.entities ?? []).map(({ type, text, url }) => `${type}:${text}${url ? `>${url}` : ''}`),
    ]
  }

  it('HTML: nested tags, entities, links and quotes come out as people see them', async () => {
    expect(
      await shown('🔥<b>a<i>b</i></b> &lt;x&gt; <a href="https://a.example/?a=1&amp;b=2">link</a>', 'HTML'),
    ).toEqual(['🔥ab <x> link', 'bold:ab', 'italic:b', 'text_link:link>https://a.example/?a=1&b=2'])
    expect(
      await shown('<pre><code class="language-ts">x</code></pre><blockquote expandable>q</blockquote>', 'HTML'),
    ).toEqual(['xq', 'pre:x', 'expandable_blockquote:q'])
  })

  it('MarkdownV2: the same', async () => {
    expect(await shown('*a _b_* __u__ ~s~ ||p|| `c\\`` [l](https://a.example) 1\\.', 'MarkdownV2')).toEqual([
      'a b u s p c` l 1.',
      'bold:a b',
      'italic:b',
      'underline:u',
      'strikethrough:s',
      'spoiler:p',
      'code:c`',
      'text_link:l>https://a.example',
    ])
    expect(await shown('>q\n>r\nx', 'MarkdownV2')).toEqual(['q\nr\nx', 'blockquote:q\nr'])
  })

  it('4096 characters after parsing are allowed', async () => {
    expect((await shown(`<b>${'x'.repeat(4096)}</b>`, 'HTML'))[0]).toHaveLength(4096)
  })
})

describe('what the bot is told', () => {
  const texts = async () => (await updatesSoFar()).flatMap(({ message }) => message?.text ?? [])

  it('privacy mode: addressed commands, replies, plain commands after speaking last; all of it as administrator', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    const other = tg.user({ first_name: 'Other', username: 'other_bot', is_bot: true })
    const group = tg.group({ title: 'Camp', admins: [ada], members: [other] })
    group.addBot()
    other.say(group, 'I speak last')
    for (const text of ['chat', '/plain early', '/cmd@other_bot']) ada.say(group, text)
    const asked = ada.say(group, '/cmd@MUSTER_bot')
    const question = await bot.api.sendMessage(group.id, 'Why?', {
      reply_markup: { force_reply: true, selective: true },
      reply_parameters: { message_id: asked.message_id },
    })
    ada.reply(question, 'because')
    ada.say(group, '/plain late')
    expect(await texts()).toEqual(['/cmd@MUSTER_bot', 'because', '/plain late'])
    group.promoteBot()
    ada.say(group, 'everything')
    expect((await texts()).at(-1)).toBe('everything')
  })

  it('chat_member only when listed and administrator; a list that is left out keeps the last one', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    const group = tg.group({ title: 'Camp', admins: [ada] })
    group.addBot({ admin: true })
    const join = () => group.join(tg.user({ first_name: 'Lin' }))
    const told = async (extra?: object) =>
      (await updatesSoFar({ ...extra })).filter(update => update.chat_member).length
    join()
    expect(await told({ allowed_updates: ['message', 'chat_member'] })).toBe(0)
    join()
    expect(await told()).toBe(1)
    group.demoteBot()
    join()
    expect(await told()).toBe(1)
    group.promoteBot()
    await told({ allowed_updates: [] })
    join()
    expect(await told()).toBe(1)
  })

  it('forum topics, anonymous administrators and linked channels look like the real ones', async () => {
    const mo = tg.user({ first_name: 'Mo' })
    const forum = tg.group({ title: 'Forum', forum: true, admins: [mo] })
    const channel = tg.channel({ title: 'News' })
    forum.addBot({ admin: true })
    const topic = forum.openTopic('Daily')
    mo.say(forum, '/checkin', { topic })
    mo.say(forum, 'as the group', { anonymous: true })
    forum.forwardFromLinked(channel, 'post')
    const [inTopic, anonymous, forwarded] = (await updatesSoFar()).flatMap(({ message }) =>
      message?.text ? [message] : [],
    )
    expect(inTopic).toMatchObject({
      message_thread_id: topic,
      is_topic_message: true,
      reply_to_message: { message_id: topic },
    })
    expect(anonymous).toMatchObject({ from: { id: 1087968824 }, sender_chat: { id: forum.id } })
    expect(forwarded).toMatchObject({ from: { id: 777000 }, is_automatic_forward: true })
    const answer = await bot.api.sendMessage(forum.id, 'x', { message_thread_id: topic })
    expect(answer).toMatchObject({ message_thread_id: topic, is_topic_message: true })
  })

  it('offsets confirm, at most `limit` come at once, duplicates and disorder on request', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    ada.say(ada.chat, 'two')
    const [first] = await updatesSoFar({ limit: 1 })
    expect((await updatesSoFar()).length).toBe(2)
    expect((await updatesSoFar({ offset: (first?.update_id ?? 0) + 1 })).map(u => u.message?.text)).toEqual(['two'])
    if (first) tg.redeliver(first)
    expect((await updatesSoFar()).map(u => u.message?.text)).toEqual(['two', '/start'])
    expect((await updatesSoFar({ offset: -1 })).map(u => u.message?.text)).toEqual(['two'])
    tg.outOfOrder(() => {
      ada.say(ada.chat, 'three')
      ada.say(ada.chat, 'four')
    })
    expect((await updatesSoFar()).map(u => u.message?.text)).toEqual(['two', 'four', 'three'])
  })

  it('a second poller ends the first with 409', async () => {
    const first = refusal(bot.api.getUpdates({ timeout: 20 }))
    await pollUntilOpen()
    await bot.api.getUpdates({ timeout: 0 })
    expect(await first).toMatchObject({
      error_code: 409,
      description: expect.stringContaining('terminated by other getUpdates'),
    })
  })

  async function pollUntilOpen(): Promise<void> {
    while (tg.callsOf('getUpdates').length === 0) await pause(5)
  }

  it('menus are kept per scope and language', async () => {
    const help = [{ command: 'help', description: 'Help' }]
    const zh = [{ command: 'help', description: '帮助' }]
    await bot.api.setMyCommands(help)
    await bot.api.setMyCommands(zh, { language_code: 'zh', scope: { type: 'all_private_chats' } })
    expect(tg.commands()).toEqual(help)
    expect(await bot.api.getMyCommands({ language_code: 'zh', scope: { type: 'all_private_chats' } })).toEqual(zh)
    expect(tg.commands(undefined, 'zh')).toEqual([])
    await bot.api.deleteMyCommands()
    expect(tg.commands()).toEqual([])
  })
})

describe('faults', () => {
  const greet = (id: number) => bot.api.sendMessage(id, 'x')

  it('500, 502, lost before and lost after', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    const seen = () => tg.messages(ada.chat).filter(({ text }) => text === 'x').length
    tg.fault({ method: 'sendMessage', kind: '500' })
    expect((await refusal(greet(ada.id))).error_code).toBe(500)
    for (const kind of ['502', 'drop-before'] as const) {
      tg.fault({ method: 'sendMessage', kind })
      await expect(greet(ada.id)).rejects.toBeInstanceOf(HttpError)
    }
    expect(seen()).toBe(0)
    tg.fault({ method: 'sendMessage', kind: 'drop-after' })
    await expect(greet(ada.id)).rejects.toBeInstanceOf(HttpError)
    expect(seen()).toBe(1)
    tg.fault({ method: 'sendMessage', kind: 'hang' })
    await expect(bot.api.sendMessage(ada.id, 'x', {}, AbortSignal.timeout(50) as never)).rejects.toBeInstanceOf(
      HttpError,
    )
    expect(seen()).toBe(1)
    await greet(ada.id)
    expect(seen()).toBe(2)
  })

  it('a call during retry_after is a violation, after it is fine', async () => {
    let time = 1_800_000_000_000
    await restart({ now: () => time })
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    tg.fault({ method: 'sendMessage', kind: '429', retryAfter: 5, wholeBot: true })
    expect(await refusal(greet(ada.id))).toMatchObject({ error_code: 429, parameters: { retry_after: 5 } })
    time += 4000
    expect((await refusal(greet(ada.id))).parameters).toEqual({ retry_after: 1 })
    expect(tg.takeViolations()).toEqual(['sendMessage called during retry_after'])
    time += 1000
    await greet(ada.id)
  })

  it('a 429 of one method leaves the others alone, and a call under way when it was said is not to blame', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    const lin = tg.user({ first_name: 'Lin' })
    ada.start()
    lin.start()
    tg.fault({ method: 'sendMessage', kind: '429', retryAfter: 5 })
    const together = await Promise.allSettled([greet(ada.id), greet(lin.id)])
    expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await bot.api.sendChatAction(ada.id, 'typing')
    await pause(30)
    await refusal(greet(lin.id))
    expect(tg.takeViolations()).toEqual(['sendMessage called during retry_after'])
  })

  it('limits: bursts pass, then one message a second per chat, 20 a minute per group, 30 a second in all', async () => {
    let time = 1_800_000_000_000
    await restart({ now: () => time, limits: true })
    const mo = tg.user({ first_name: 'Mo' })
    const group = tg.group({ title: 'Camp', admins: [mo] })
    group.addBot()
    for (let i = 0; i < 20; i++) {
      await greet(group.id)
      if (i >= 2) time += 1000
    }
    expect(await refusal(greet(group.id))).toMatchObject({ error_code: 429, parameters: { retry_after: 42 } })
    time += 42_000
    for (const times of [1, 2, 3]) expect(await greet(group.id), `${times}`).toBeTruthy()
    expect((await refusal(greet(group.id))).parameters).toEqual({ retry_after: 1 })
    time += 2000
    const people = Array.from({ length: 31 }, (_, i) => tg.user({ first_name: `P${i}` }))
    for (const person of people) person.start()
    for (const person of people.slice(0, 30)) await greet(person.id)
    expect((await refusal(greet(people[30]?.id ?? 0))).error_code).toBe(429)
  })
})

describe('waiting', () => {
  it('ends at its deadline and says what was seen', async () => {
    const ada = tg.user({ first_name: 'Ada' })
    ada.start()
    await expect(tg.waitForMessage(ada.chat, ({ text }) => text === 'never', { withinMs: 20 })).rejects.toThrow(
      '/start',
    )
    await expect(tg.waitForCall('sendPhoto', undefined, { withinMs: 20 })).rejects.toThrow('sendPhoto')
  })
})
