// How updates come in: nothing lost, nothing twice, whatever stops or fails in between.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { botOf, connectTelegram } from '#src/adapters/telegram/index.ts'
import { loadCommands } from '#src/commands.ts'
import { createDispatch, type Dispatch } from '#src/dispatch.ts'
import { createDocuments } from '#src/documents.ts'
import { Problem } from '#src/lib/problem.ts'
import { raw } from '#test/fakes/telegram/calling.ts'
import { startFakeTelegram } from '#test/fakes/telegram/index.ts'
import { testApp } from '#test/support/app.ts'
import { engines, forEachEngine } from '#test/support/engines.ts'
import { until } from '#test/support/until.ts'
import { openTelegram, type TelegramWorld, type TelegramWorldOptions } from '../telegram-harness.ts'
import { createGate } from './gate.ts'
import { serveRoutes } from './webhook-server.ts'

let world: TelegramWorld
const [sqlite] = engines
if (!sqlite) throw new Error('there is no engine')
const open = async (engine = sqlite, options: TelegramWorldOptions = {}) => {
  world = await openTelegram(engine, options)
  return world
}
afterEach(async () => {
  if (!world) return
  const violations = [...world.violations()]
  await world[Symbol.asyncDispose]()
  expect(violations).toEqual([])
})

const inbox = (state?: 'received' | 'done' | 'answered') => {
  const rows = world.test.app.db.selectFrom('inbox').select(['event_id', 'state', 'request'])
  return (state ? rows.where('state', '=', state) : rows).execute()
}
const texts = (chat: { id: number }) =>
  world.tg
    .messages(chat)
    .filter(({ from }) => from?.id === world.tg.bot.id)
    .map(({ text }) => text)
const checkins = () => world.test.app.db.selectFrom('checkins').select('id').execute()

/** Somebody with an open private chat who belongs to the group. */
async function learner(name = 'Ada') {
  await world.person({ name, locale: 'en' })
  const person = world.tg.user({ first_name: `${name} too`, language_code: 'en' })
  world.group.join(person)
  person.start()
  await world.finished(world.newestEvent())
  return person
}

forEachEngine('updates are rows before they are confirmed', engine => {
  test('an update is confirmed by a poll after its row is committed', async () => {
    const gate = createGate()
    let held = false
    await open(engine, {
      around: dispatch => ({
        ...dispatch,
        receive: async (request, token) => {
          if (held) await gate.passed
          return dispatch.receive(request, token)
        },
      }),
    })
    const ada = await learner()
    held = true
    const polls = world.tg.callsOf('getUpdates').length
    ada.say(ada.chat, '/checkin')
    const event = world.newestEvent()
    await world.tg.waitForCall('getUpdates', call => JSON.stringify(call.response).includes(`"update_id":${event}`))
    // A poll too early would have overtaken these.
    for (let i = 0; i < 5; i++) await raw(world.tg, 'getMe', '{}')
    expect([world.tg.pending.length, world.tg.callsOf('getUpdates').length]).toEqual([1, polls])
    gate.open()
    await world.tg.waitForQuiet()
    expect((await world.finished(event)).visibility).toBe('public')
  })

  test('what cannot be stored stays with the platform, comes again, and counts once', async () => {
    let failing = 0
    await open(engine, {
      around: dispatch => ({
        ...dispatch,
        receive: async (request, token) => {
          if (failing-- > 0) throw new Error('the database is away')
          return dispatch.receive(request, token)
        },
      }),
    })
    const ada = await learner()
    failing = 1
    ada.say(ada.chat, '/checkin')
    const event = world.newestEvent()
    await world.finished(event)
    await world.tg.waitForQuiet()
    expect(await checkins()).toHaveLength(1)
    expect(world.test.lines.filter(({ message }) => message.includes('could not be stored'))).toHaveLength(1)
  })

  test('a process that dies after COMMIT and before running leaves a command that runs once at the next start', async () => {
    let dead = false
    const dying = (dispatch: Dispatch): Dispatch => ({
      ...dispatch,
      process: (received, responder) => (dead ? Promise.resolve('dropped') : dispatch.process(received, responder)),
    })
    await open(engine, { around: dying })
    const ada = await learner()
    dead = true
    const said = ada.say(world.group, '/checkin@muster_bot before the end')
    const event = world.newestEvent()
    await world.tg.waitForQuiet()
    expect((await inbox('received')).map(row => row.event_id)).toEqual([event])
    expect(texts(world.group).filter(text => text.includes('Day 1'))).toEqual([])
    await world.restartWith({})
    await world.finished(event)
    const answers = world.tg.messages(world.group).filter(({ replyTo }) => replyTo === said.message_id)
    expect(answers.map(({ text }) => text)).toEqual([expect.stringContaining('Day 1, Ada too')])
    expect(await checkins()).toHaveLength(1)
  })

  test('a process that dies between effect and answer leaves an answer that is sent and never made again', async () => {
    let dead = false
    const dying = (dispatch: Dispatch): Dispatch => ({
      ...dispatch,
      process: (received, responder) =>
        dispatch.process(
          received,
          responder && {
            ...responder,
            answer: answer => (dead ? Promise.reject(new Error('killed')) : responder.answer(answer)),
          },
        ),
    })
    await open(engine, { around: dying })
    const ada = await learner()
    dead = true
    ada.say(ada.chat, '/checkin')
    const event = world.newestEvent()
    await until('the answer is stored', async () => (await inbox('done')).some(row => row.event_id === event))
    // A day later the same command would say something else: what was stored is what is sent.
    world.test.clock.advance(24 * 3600_000)
    await world.restartWith({})
    await world.finished(event)
    expect(texts(ada.chat).filter(text => text.includes('Day 1'))).toHaveLength(1)
    expect(await checkins()).toHaveLength(1)
  })

  test('an update that comes twice is answered once', async () => {
    await open(engine)
    const ada = await learner()
    ada.say(ada.chat, '/checkin')
    const [update] = world.tg.pending.slice(-1)
    if (!update) throw new Error('nothing waits')
    await world.finished(String(update.update_id))
    const rows = (await inbox()).length
    world.tg.redeliver(update)
    await world.tg.waitForQuiet()
    ada.say(ada.chat, '/streak')
    await world.finished(world.newestEvent())
    expect(await inbox()).toHaveLength(rows + 1)
    expect(texts(ada.chat).filter(text => text.includes('Day 1') || text.includes('already'))).toHaveLength(1)
  })
})

describe('the polling loop', () => {
  test('an update that can never be stored is given up once others were stored, and holds up nobody', async () => {
    let poisoned = ''
    await open(sqlite, {
      around: dispatch => ({
        ...dispatch,
        receive: (request, token) =>
          request.eventId === poisoned ? Promise.reject(new Error('poison')) : dispatch.receive(request, token),
      }),
    })
    const ada = await learner()
    ada.say(ada.chat, '/help')
    poisoned = world.newestEvent()
    ada.say(ada.chat, '/checkin')
    await world.finished(world.newestEvent())
    await world.tg.waitForQuiet({ withinMs: 8000 })
    expect(world.test.lines.filter(({ message }) => message.includes('it is given up'))).toHaveLength(1)
    expect(await checkins()).toHaveLength(1)
  })

  test.each(['500', '502', 'drop-before', 'drop-after'] as const)(
    'a poll that ends with %s is tried again after a pause, and every update arrives once',
    async kind => {
      await open()
      const ada = await learner()
      world.tg.fault({ method: 'getUpdates', kind })
      // The open poll ends with this one; the next fails.
      ada.say(ada.chat, '/checkin')
      await until('a poll fails', () => world.tg.callsOf('getUpdates').some(({ fault }) => fault === kind))
      ada.say(ada.chat, '/streak')
      const event = world.newestEvent()
      await until('the connection is lost', () => !world.connection().connected())
      await world.finished(event)
      await world.tg.waitForQuiet()
      expect(world.connection().connected()).toBe(true)
      expect(texts(ada.chat).filter(text => /Day 1|1 in a row/.test(text))).toHaveLength(2)
      expect(JSON.stringify(world.test.lines)).not.toContain(world.tg.token.split(':')[1])
    },
  )

  test('asked to wait, it waits at least that long', async () => {
    await open()
    const ada = await learner()
    world.tg.fault({ method: 'getUpdates', kind: '429', retryAfter: 2 })
    ada.say(ada.chat, '/streak')
    const after = world.tg.calls.length
    await world.tg.waitForCall('getUpdates', ({ fault }) => fault === '429', { after })
    const told = performance.now()
    const polls = world.tg.callsOf('getUpdates').length
    await until('it polls again', () => world.tg.callsOf('getUpdates').length > polls)
    expect(performance.now() - told).toBeGreaterThan(1900)
  })

  test('one slow answer holds up neither the loop nor anybody else; one person’s commands keep their order', async () => {
    const gate = createGate()
    let slowFor = 0
    await open(sqlite, {
      around: dispatch => ({
        ...dispatch,
        process: (received, responder) =>
          dispatch.process(
            received,
            responder && {
              ...responder,
              answer: async answer => {
                if (Number(answer.askerId) === slowFor) await gate.passed
                return responder.answer(answer)
              },
            },
          ),
      }),
    })
    const [ada, lin] = [await learner('Ada'), await learner('Lin')]
    slowFor = ada.id
    ada.say(ada.chat, '/checkin')
    ada.say(ada.chat, '/points show')
    const second = world.newestEvent()
    lin.say(lin.chat, '/checkin')
    await world.finished(world.newestEvent())
    expect(texts(ada.chat).filter(text => text.includes('Day 1') || text.includes('points.'))).toEqual([])
    gate.open()
    await world.finished(second)
    expect(texts(ada.chat).slice(-2)).toEqual([expect.stringContaining('Day 1'), expect.stringContaining('10 points')])
  })

  test('with 500 in hand it polls no more, and loses nothing', async () => {
    const gate = createGate()
    let held = false
    let ran = 0
    await open(sqlite, {
      around: dispatch => ({
        ...dispatch,
        process: async (received, responder) => {
          if (!held) return dispatch.process(received, responder)
          await gate.passed
          ran++
          return 'dropped'
        },
      }),
    })
    const ada = await learner()
    held = true
    for (let i = 0; i < 720; i++) ada.say(ada.chat, '/streak')
    await until('500 are in hand', async () => (await inbox('received')).length === 500)
    // The last hundred are stored, and confirmed by the next poll.
    await until('the loop rests', () => world.tg.pending.length === 320)
    const polls = world.tg.callsOf('getUpdates').length
    ada.say(ada.chat, '/streak')
    await until('the newest is seen by nobody', () => world.tg.pending.length === 321)
    expect(world.tg.callsOf('getUpdates')).toHaveLength(polls)
    gate.open()
    await world.tg.waitForQuiet()
    await until('all have run', () => ran === 721)
  })

  test('closing ends a poll at once, and what was said meanwhile is answered by the next', async () => {
    await open()
    const ada = await learner()
    const asked = performance.now()
    await world.stop()
    expect(performance.now() - asked).toBeLessThan(2000)
    expect(world.connection().connected()).toBe(false)
    ada.say(ada.chat, '/checkin')
    const event = world.newestEvent()
    await world.restartWith({})
    await world.finished(event)
    expect(await checkins()).toHaveLength(1)
  })

  test('always lists the updates it wants and never drops those that wait', async () => {
    await open()
    for (const { params } of world.tg.callsOf('getUpdates'))
      expect(params.allowed_updates).toEqual(['message', 'callback_query', 'my_chat_member', 'chat_member'])
    expect(world.tg.callsOf('deleteWebhook').map(({ params }) => params)).toEqual([{}])
  })

  test('a second poller ends it with one sentence', async () => {
    await open()
    const other = raw(world.tg, 'getUpdates', JSON.stringify({ timeout: 1 }))
    const sentence = await world.connection().ended
    expect(sentence).toMatch(/Another program receives the updates of the bot of TELEGRAM_TOKEN.*Stop that one/)
    expect(world.connection().connected()).toBe(false)
    await other
  })
})

describe('the token', () => {
  test('tells the bot, and is never repeated when it is wrong', () => {
    expect(botOf('7000000001:AAFakeTokenForTests-0123456789abcdefg')).toBe('telegram:7000000001')
    for (const wrong of ['', 'secretsecret', '123:short', 'x:AAFakeTokenForTests-0123456789abcdefg']) {
      const call = () => botOf(wrong)
      expect(call).toThrow(Problem)
      expect(call).toThrow(/^TELEGRAM_TOKEN does not look like/)
      if (wrong) expect(call).not.toThrow(wrong)
    }
  })

  test('that the platform refuses stops the start with a sentence', async () => {
    await using tg = await startFakeTelegram()
    await using owned = await testApp(sqlite)
    const connecting = connectTelegram({
      app: owned.app,
      dispatch: createDispatch(owned.app, await loadCommands()),
      token: '7000000001:AARevokedTokenForTests-0123456789abcde',
      apiRoot: tg.apiRoot,
      draw: async () => null,
      write: createDocuments(owned.app),
    })
    await expect(connecting).rejects.toThrow(Problem)
    await expect(connecting).rejects.toThrow(/TELEGRAM_TOKEN: it was mistyped or revoked.*@BotFather/)
  })

  test.each(['getUpdates', 'getMyCommands'])(
    'that is revoked later, told to %s, ends it with the same sentence',
    async told => {
      await using tg = await startFakeTelegram()
      await using owned = await testApp(sqlite)
      let revoked = false
      const front = createServer(async (incoming, outgoing) => {
        if (revoked && incoming.url?.endsWith(`/${told}`)) {
          outgoing.writeHead(401, { 'content-type': 'application/json' })
          return void outgoing.end(JSON.stringify({ ok: false, error_code: 401, description: 'Unauthorized' }))
        }
        const chunks: Buffer[] = []
        for await (const chunk of incoming) chunks.push(chunk)
        revoked ||= incoming.url?.endsWith('/deleteWebhook') ?? false
        const { method, headers } = incoming
        const type = headers['content-type'] ?? 'application/json'
        const body = Buffer.concat(chunks)
        const answer = await fetch(tg.apiRoot + incoming.url, { method, headers: { 'content-type': type }, body })
        outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
      })
      await new Promise<void>(resolve => front.listen(0, '127.0.0.1', resolve))
      const connection = await connectTelegram({
        app: owned.app,
        dispatch: createDispatch(owned.app, await loadCommands()),
        token: tg.token,
        apiRoot: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
        draw: async () => null,
        write: createDocuments(owned.app),
      })
      expect(await connection.ended).toContain('mistyped or revoked')
      expect(connection.connected()).toBe(false)
      await connection.close()
      front.closeAllConnections()
      front.close()
    },
  )

  test('of a platform that cannot be reached yet: the start goes on, and the bot connects as soon as it can', async () => {
    await using tg = await startFakeTelegram()
    await using owned = await testApp(sqlite)
    tg.fault({ method: 'getMe', kind: '502', times: 1 })
    const connection = await connectTelegram({
      app: owned.app,
      dispatch: createDispatch(owned.app, await loadCommands()),
      token: tg.token,
      apiRoot: tg.apiRoot,
      draw: async () => null,
      write: createDocuments(owned.app),
    })
    expect(connection.connected()).toBe(false)
    await until('it is connected', () => connection.connected())
    await connection.close()
    expect(tg.violations).toEqual([])
  })
})

const SECRET = 'a-secret-of-the-webhook'

describe('the webhook', () => {
  /** A world that receives by webhook on loopback. */
  async function openHook(options: TelegramWorldOptions = {}) {
    await using stack = new AsyncDisposableStack()
    const server = stack.use(await serveRoutes(() => world?.connection().routes ?? []))
    const url = `${server.origin}/telegram/webhook`
    const fake = { allowLoopbackWebhook: true, ...options.fake }
    await open(sqlite, { ...options, fake, webhook: undefined })
    await world.restartWith({ around: options.around, webhook: { url, secret: SECRET } })
    const owned = stack.move()
    return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  }
  const post = (url: string, body: string, secret?: string) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(secret && { 'x-telegram-bot-api-secret-token': secret }) },
      body,
    })

  test('is set with its secret and the listed updates, and answers commands', async () => {
    await using _hook = await openHook()
    const { params } = world.tg.callsOf('setWebhook').at(-1) ?? {}
    expect(params).toMatchObject({
      secret_token: SECRET,
      allowed_updates: ['message', 'callback_query', 'my_chat_member', 'chat_member'],
    })
    expect(params).not.toHaveProperty('drop_pending_updates')
    const ada = await learner()
    ada.say(ada.chat, '/checkin')
    await world.finished(world.newestEvent())
    expect(texts(ada.chat).at(-1)).toContain('Day 1')
    await world.stop()
  })

  test('refuses a wrong secret with 401, nothing else and no row', async () => {
    await using hook = await openHook()
    const before = (await inbox()).length
    const body = JSON.stringify({ update_id: 1, message: {} })
    for (const secret of [undefined, 'wrong', `${SECRET}x`]) {
      const answer = await post(hook.url, body, secret)
      expect([answer.status, await answer.text()]).toEqual([401, ''])
    }
    expect(await inbox()).toHaveLength(before)
  })

  test('refuses what is too big or no update', async () => {
    await using hook = await openHook()
    const tooBig = 'x'.repeat(1024 * 1024 + 1)
    expect((await post(hook.url, tooBig, SECRET)).status).toBe(413)
    // Without a length that could be looked at first.
    const streamed = await fetch(hook.url, {
      method: 'POST',
      headers: { 'x-telegram-bot-api-secret-token': SECRET },
      body: new Blob([tooBig]).stream(),
      duplex: 'half',
    })
    expect(streamed.status).toBe(413)
    for (const body of ['', '{', '[]', '{"update_id":"1"}'])
      expect((await post(hook.url, body, SECRET)).status).toBe(400)
  })

  test('what cannot even be read is logged and not asked for again', async () => {
    await using hook = await openHook()
    const before = (await inbox()).length
    expect((await post(hook.url, '{"update_id":1,"message":{"message_id":1}}', SECRET)).status).toBe(200)
    expect(world.test.lines.filter(({ message }) => message.includes('could not be read'))).toHaveLength(1)
    expect(await inbox()).toHaveLength(before)
  })

  test('says 200 only after COMMIT; what cannot be stored is sent again and counts once', async () => {
    let failing = 0
    await using _hook = await openHook({
      around: dispatch => ({
        ...dispatch,
        receive: async (request, token) => {
          if (failing-- > 0) throw new Error('the database is away')
          return dispatch.receive(request, token)
        },
      }),
    })
    const ada = await learner()
    failing = 2
    ada.say(ada.chat, '/checkin')
    const event = world.newestEvent()
    await world.finished(event)
    await world.tg.waitForQuiet()
    expect(await checkins()).toHaveLength(1)
  })

  test('changing between webhook and polling loses nothing that was said in between', async () => {
    await using hook = await openHook()
    const ada = await learner()
    await world.stop()
    ada.say(ada.chat, '/checkin while nobody listens')
    const first = world.newestEvent()
    await world.restartWith({})
    await world.finished(first)
    expect(texts(ada.chat).at(-1)).toContain('Day 1')
    await world.stop()
    ada.say(ada.chat, '/streak')
    const second = world.newestEvent()
    await world.restartWith({ webhook: { url: hook.url, secret: SECRET } })
    await world.finished(second)
    await world.tg.waitForQuiet()
    expect(await checkins()).toHaveLength(1)
    await world.stop()
  })

  test('an address that the platform does not accept is a sentence about PUBLIC_URL', async () => {
    await using tg = await startFakeTelegram()
    await using owned = await testApp(sqlite)
    const connecting = connectTelegram({
      app: owned.app,
      dispatch: createDispatch(owned.app, await loadCommands()),
      token: tg.token,
      apiRoot: tg.apiRoot,
      draw: async () => null,
      write: createDocuments(owned.app),
      webhook: { url: 'http://muster.example/telegram/webhook', secret: SECRET },
    })
    await expect(connecting).rejects.toThrow(
      /does not accept http:\/\/muster\.example.*An HTTPS URL must be provided.*Correct PUBLIC_URL/,
    )
    expect(tg.takeViolations()).toHaveLength(1)
  })
})
