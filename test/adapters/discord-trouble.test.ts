// Discord in disorder: processes that die, servers that fail, connections that break, tokens that are refused.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { APIInteraction } from 'discord.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { botOf, connectDiscord } from '#src/adapters/discord/index.ts'
import { readInteraction } from '#src/adapters/discord/intake.ts'
import type { Responder } from '#src/chat/port.ts'
import { loadCommands } from '#src/commands.ts'
import { toNumber } from '#src/db/index.ts'
import { createDispatch } from '#src/dispatch.ts'
import { Problem } from '#src/lib/problem.ts'
import { call } from '#test/fakes/discord/client.ts'
import type { FakeUser, InteractionHandle } from '#test/fakes/discord/index.ts'
import { engines, forEachEngine } from '#test/support/engines.ts'
import { cannotFetch } from '#test/support/files.ts'
import { type DiscordWorld, openDiscord, TOKEN, type WorldOptions, wordsOf } from './discord-world.ts'
import { gateBefore, gates } from './gate.ts'

const COMMANDS = new URL('./discord-commands/', import.meta.url)
const CALLBACK = '/interactions/{interaction_id}/{interaction_token}/callback'
const ALONE = join(import.meta.dirname, 'discord-alone.ts')
const MINUTE = 60_000
const SQLITE = engines[0]

let world: DiscordWorld
const open = async (options: WorldOptions = {}, engine = SQLITE) => {
  if (!engine) throw new Error('no engine')
  world = await openDiscord(engine, options)
  return world
}
afterEach(async () => {
  gates.clear()
  const { violations } = world.dc
  await world[Symbol.asyncDispose]()
  expect(violations).toEqual([])
})

const words = (seen: Parameters<typeof wordsOf>[1]) => wordsOf(new Map([[world.ada.id, '@ada']]), seen)
const count = async (table: 'checkins' | 'outbox') => {
  const row = await world.test.app.db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirst()
  return toNumber(row?.count)
}
/** The rows of what people asked for: state, and whether the token is still there. */
const asks = async () =>
  (await world.test.app.db.selectFrom('inbox').select(['request', 'state', 'token']).orderBy('id').execute())
    .filter(row => JSON.parse(row.request).kind !== 'happening')
    .map(row => `${row.state}${row.token === null ? '' : ' with token'}`)

/** A process that stored what came in and was killed: before it ran, or after its answer was stored. */
async function killed(handle: InteractionHandle, when: 'received' | 'done'): Promise<void> {
  const { app, clock } = world.test
  const dispatch = createDispatch(app, await loadCommands(world.commands))
  const payload = handle.state.payload as unknown as APIInteraction
  const { guild } = world
  const read = readInteraction(payload, {
    bot: botOf(TOKEN),
    now: clock.now(),
    guild: payload.guild_id === undefined ? null : { name: guild.state.name, ownerId: guild.state.ownerId },
  })
  if (read.kind !== 'ask') throw new Error(`read as ${read.kind}`)
  const received = await dispatch.receive(read.ask, payload.token)
  if (!received || when === 'received') return
  const stuck = Promise.withResolvers<void>()
  const responder: Responder = {
    acknowledge: async () => {},
    fetch: cannotFetch,
    answer: () => {
      stuck.resolve()
      return new Promise(() => {})
    },
  }
  void dispatch.process(received, responder)
  await stuck.promise
}

/** The first response that the killed process had made. */
const respond = (handle: InteractionHandle, type: number, data?: object) =>
  call(world.dc, 'POST', `/interactions/${handle.id}/${handle.state.token}/callback`, { type, ...(data && { data }) })
const deferred = (handle: InteractionHandle, flags = 0) => respond(handle, 5, { flags })

/** Somebody asks while no process of ours runs. */
async function asked(who: FakeUser, line: string): Promise<InteractionHandle> {
  await world.run()
  await world.stop()
  return who.command(world.general, line)
}

forEachEngine('a killed process', engine => {
  test('before it ran anything: the next one runs it once and answers in its place while that is still due', async () => {
    const { ada, general, dc } = await open({}, engine)
    const handle = await asked(ada, 'checkin')
    await killed(handle, 'received')
    await world.run({ sending: true })
    expect(words(await handle.response())).toMatch(/^✓ Day 1, @ada\./)
    await world.stop()
    expect([await count('checkins'), await count('outbox'), await asks(), dc.messages(general).length]).toEqual([
      1,
      0,
      ['answered'],
      1,
    ])
  })

  test('before it ran anything, too long ago: the next one runs it once and says so in the channel', async () => {
    const { ada, general, dc } = await open({}, engine)
    await killed(await asked(ada, 'checkin'), 'received')
    world.test.clock.advance(4000)
    await world.run({ sending: true })
    const late = await dc.waitForMessage(general)
    expect(words(late)).toMatch(/^.*\/checkin.*\n✓ Day 1, @ada\./)
    await world.stop()
    expect([await count('checkins'), await asks(), dc.messages(general).length]).toEqual([1, ['answered'], 1])
  })

  test('after “thinking…”: the next one runs it once and puts the answer in its place', async () => {
    const { ada, general, dc } = await open({}, engine)
    const handle = await asked(ada, 'checkin')
    await killed(handle, 'received')
    await deferred(handle)
    await world.run()
    const seen = await handle.response()
    expect([words(seen).slice(0, 14), seen.visibility]).toEqual(['✓ Day 1, @ada.', 'public'])
    await world.stop()
    expect([await count('checkins'), await count('outbox'), await asks(), dc.messages(general).length]).toEqual([
      1,
      0,
      ['answered'],
      1,
    ])
  })

  test('after its answer was stored: the next one sends it and runs nothing again', async () => {
    const { ada, general, dc } = await open({}, engine)
    const handle = await asked(ada, 'checkin')
    await deferred(handle)
    await killed(handle, 'done')
    expect(await asks()).toEqual(['done with token'])
    world.test.clock.advance(5 * MINUTE)
    await world.run()
    expect(words(await handle.response())).toContain('your day ends in 14 h')
    const again = await ada.command(general, 'checkin').response()
    expect(words(again)).toContain('You are already in')
    await world.stop()
    expect([await count('checkins'), await count('outbox'), dc.messages(general).length]).toEqual([1, 0, 1])
  })

  test('after its answer had arrived: nothing is said twice', async () => {
    const { ada, general, dc } = await open({}, engine)
    const handle = await asked(ada, 'checkin')
    await killed(handle, 'done')
    await respond(handle, 4, { content: 'as it was', allowed_mentions: { parse: [] } })
    await world.run({ sending: true })
    await world.stop()
    expect(words(await handle.response())).toContain('✓ Day 1')
    expect([await count('outbox'), await asks(), dc.messages(general).length]).toEqual([0, ['answered'], 1])
  })

  test('a private answer never takes the place of a public “thinking…”', async () => {
    const { ada, general, dc } = await open({ commands: COMMANDS }, engine)
    const handle = await asked(ada, 'shy')
    await deferred(handle)
    await killed(handle, 'done')
    await world.run()
    const seen = await handle.response()
    expect([words(seen), seen.visibility, handle.deleted]).toEqual(['“shy”', 'private', true])
    expect(dc.messages(general)).toEqual([])
  })

  test('so long ago that the interaction is over: a private answer goes to the private chat', async () => {
    const { ada, general, dc } = await open({ commands: COMMANDS }, engine)
    const handle = await asked(ada, 'hush')
    await deferred(handle, 64)
    await killed(handle, 'done')
    world.test.clock.advance(14 * MINUTE + 1)
    const before = dc.calls.length
    await world.run({ sending: true })
    await dc.until(() => dc.dms(ada)[0], 'a private message')
    expect(dc.dms(ada).map(words)[0]).toMatch(/\/hush[\s\S]*“hush”/)
    await world.stop()
    expect(dc.calls.slice(before).filter(one => one.path.startsWith('/webhooks'))).toEqual([])
    expect([await asks(), dc.messages(general)]).toEqual([['answered'], []])
  })

  test('a press: the message with the button gets its answer', async () => {
    const { ada, general, dc } = await open({ commands: COMMANDS }, engine)
    await world.run()
    const board = await ada.command(general, 'slow').response()
    await world.stop()
    const handle = ada.press(board, 'Check in')
    await killed(handle, 'received')
    await respond(handle, 6)
    await world.run()
    const seen = await handle.response()
    expect([words(seen), seen.kind]).toEqual(['“updated”', 'update'])
    expect(dc.messages(general)).toHaveLength(1)
  })

  test('a press whose answer is not for everyone: it is a private follow-up', async () => {
    const { ada, general, dc } = await open({ commands: COMMANDS }, engine)
    await world.run()
    const board = await ada.command(general, 'slow').response()
    await world.stop()
    const handle = ada.press(board, 'What you can do here')
    await respond(handle, 6)
    await killed(handle, 'done')
    await world.run()
    const seen = await handle.followup()
    expect([words(seen), seen.visibility]).toEqual(['“secret”', 'private'])
    expect(dc.messages(general).map(words)).toEqual(['“slow”'])
  })
})

test('what stays unfinished while the process lives is taken up after half a minute', async () => {
  const { ada, test: held } = await open()
  const handle = await asked(ada, 'checkin')
  const { connection } = await world.run()
  await killed(handle, 'received')
  await deferred(handle)
  held.clock.advance(29_000)
  expect(await connection.recover()).toBe(0)
  held.clock.advance(1000)
  expect(await connection.recover()).toBe(1)
  expect(words(await handle.response())).toContain('✓ Day 1')
  expect(await asks()).toEqual(['answered'])
})

describe('a server in trouble', () => {
  beforeEach(async () => {
    await open()
  })
  const settled = async () => {
    await world.stop()
    return [
      await count('checkins'),
      await count('outbox'),
      (await asks()).join(),
      world.dc.messages(world.general).length,
    ]
  }

  for (const kind of ['500', '502', 'drop-before', 'drop-after'] as const)
    test(`one ${kind} at the answer costs nobody anything`, async () => {
      const { ada, general, dc } = world
      await world.run()
      const fault = dc.fault({ route: CALLBACK, kind })
      const seen = await ada.command(general, 'checkin').response()
      expect(words(seen)).toContain('✓ Day 1')
      expect(await settled()).toEqual([1, 0, 'answered', 1])
      expect(fault.hits).toBe(1)
    })

  test('a short limit is waited for', async () => {
    const { ada, general, dc } = world
    await world.run()
    dc.fault({ route: CALLBACK, kind: '429', retryAfter: 1 })
    expect(words(await ada.command(general, 'checkin').response())).toContain('✓ Day 1')
    expect(await settled()).toEqual([1, 0, 'answered', 1])
  })

  test('a long limit makes a delivery of the answer, which waits for it', async () => {
    const { ada, general, dc, test: held } = world
    await world.run({ sending: true })
    dc.fault({ route: CALLBACK, kind: '429', retryAfter: 60 })
    ada.command(general, 'checkin')
    await expect.poll(() => count('outbox'), { interval: 10 }).toBe(1)
    const row = await held.app.db.selectFrom('outbox').select('not_before').executeTakeFirstOrThrow()
    expect(row.not_before).toBeGreaterThanOrEqual(held.clock.now() + MINUTE)
    held.clock.advance(MINUTE + 1000)
    expect(words(await dc.waitForMessage(general))).toContain('✓ Day 1')
    expect(await settled()).toEqual([1, 1, 'answered', 1])
  })

  test('a limit for the whole bot holds up deliveries, not the answers to people', async () => {
    const { ada, general, dc } = world
    const { connection } = await world.run()
    dc.fault({ route: CALLBACK, kind: '429-global', retryAfter: 60 })
    ada.command(general, 'checkin')
    await expect.poll(() => count('outbox'), { interval: 10 }).toBe(1)
    expect(connection.sender.limiter.pausedFor()).toBeGreaterThan(50_000)
    expect(words(await ada.command(general, 'checkin').response())).toContain('You are already in')
  })

  test('a server that keeps failing makes a delivery of the answer', async () => {
    const { ada, general, dc } = world
    await world.run({ sending: true })
    dc.fault({ route: CALLBACK, kind: '500', times: 2 })
    ada.command(general, 'checkin')
    expect(words(await dc.waitForMessage(general))).toContain('✓ Day 1')
    expect(await settled()).toEqual([1, 1, 'answered', 1])
  })

  test('a delivery whose answer was lost is sent again and shown once', async () => {
    const { ada, general, dc } = world
    await world.run({ sending: true })
    dc.fault({ route: CALLBACK, kind: '500', times: 2 })
    const lost = dc.fault({ route: '/channels/{channel_id}/messages', kind: 'drop-after' })
    ada.command(general, 'checkin')
    const state = async () => {
      world.test.clock.advance(1000)
      return (await world.test.app.db.selectFrom('outbox').select('state').executeTakeFirst())?.state
    }
    await expect.poll(state, { interval: 50, timeout: 10_000 }).toBe('sent')
    expect(lost.hits).toBe(1)
    expect(await settled()).toEqual([1, 1, 'answered', 1])
    expect(dc.calls.filter(one => one.path === `/channels/${general.id}/messages`)).toHaveLength(2)
  })

  test('an answer that comes after the interaction is over becomes a message', async () => {
    const { ada, general, dc, test: held } = world
    await world.run({ sending: true })
    dc.gateway.outOfOrder(() => {
      ada.command(general, 'checkin')
      held.clock.advance(4000)
    })
    expect(words(await dc.waitForMessage(general))).toContain('✓ Day 1')
    expect(await settled()).toEqual([1, 1, 'answered', 1])
  })

  test('a deferral that did not arrive does not stop the answer', async () => {
    await world[Symbol.asyncDispose]()
    const { ada, general, dc } = await open({ commands: COMMANDS })
    await world.run()
    const gate = gateBefore('slow')
    dc.fault({ route: CALLBACK, kind: '500', times: 2 })
    const handle = ada.command(general, 'slow')
    await expect
      .poll(() => dc.calls.filter(one => one.route === CALLBACK).length, { interval: 20, timeout: 5000 })
      .toBe(2)
    gate.open()
    const seen = await handle.response()
    expect([words(seen), seen.deferred]).toEqual(['“slow”', false])
    await world.stop()
    expect(await count('outbox')).toBe(0)
  })

  test('a deferral whose confirmation was lost is taken up', async () => {
    await world[Symbol.asyncDispose]()
    const { ada, general, dc } = await open({ commands: COMMANDS })
    await world.run()
    const gate = gateBefore('shy')
    dc.fault({ route: CALLBACK, kind: 'drop-after' })
    const handle = ada.command(general, 'shy')
    await handle.acknowledged()
    gate.open()
    const seen = await handle.response()
    expect([words(seen), seen.visibility]).toEqual(['“shy”', 'private'])
    expect(dc.messages(general)).toEqual([])
  })

  test('a database that cannot take an interaction in is told in private, and nothing falls over', async () => {
    const { ada, general, test: held } = world
    await world.run()
    const { engine } = held.app
    await engine.transaction(db => db.schema.alterTable('inbox').renameTo('away').execute())
    const seen = await ada.command(general, 'checkin').response()
    await engine.transaction(db => db.schema.alterTable('away').renameTo('inbox').execute())
    expect(seen.visibility).toBe('private')
    const code = /Code ([0-9A-Z]{4})/.exec(words(seen))?.[1]
    expect(held.lines.filter(line => JSON.stringify(line.details).includes(`"${code}"`))).toHaveLength(1)
    expect(words(await ada.command(general, 'checkin').response())).toContain('✓ Day 1')
  })
})

describe('the gateway', () => {
  const settled = async () => {
    await world.stop()
    return [await count('checkins'), await count('outbox'), (await asks()).join()]
  }

  test('what was asked while the connection was broken is answered once it is back', async () => {
    const { ada, lin, general, dc } = await open()
    const { connection } = await world.run()
    await lin.command(general, 'checkin').response()
    dc.gateway.drop()
    const handle = ada.command(general, 'checkin')
    await expect.poll(() => connection.connected(), { interval: 5 }).toBe(false)
    expect(words(await handle.response())).toContain('✓ Day 1')
    await expect.poll(() => connection.connected(), { interval: 5 }).toBe(true)
    expect(await settled()).toEqual([2, 0, 'answered,answered'])
  })

  test('being told to reconnect loses nothing and repeats nothing', async () => {
    const { ada, general, dc } = await open()
    await world.run()
    const first = ada.command(general, 'checkin')
    dc.gateway.reconnect()
    const second = ada.command(general, 'checkin')
    const texts = [words(await first.response()), words(await second.response())]
    expect(texts.filter(text => text.includes('✓ Day 1'))).toHaveLength(1)
    expect(await settled()).toEqual([1, 0, 'answered,answered'])
  })

  test('a session that Discord gave up is begun anew', async () => {
    const { ada, general, dc } = await open()
    const { connection } = await world.run()
    dc.gateway.invalidate(false)
    await expect.poll(() => connection.connected(), { interval: 5 }).toBe(false)
    await expect.poll(() => connection.connected(), { interval: 20, timeout: 12_000 }).toBe(true)
    expect(words(await ada.command(general, 'checkin').response())).toContain('✓ Day 1')
  })

  for (const away of [false, true])
    test(`closing ${away ? 'while Discord is away ' : ''}leaves nothing that keeps the process alive`, async () => {
      const { dc } = await open()
      const child = fork(ALONE, [TOKEN, dc.apiUrl, world.test.url], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      await once(child, 'message')
      if (away) await dc.close()
      child.send(away ? 'close when away' : 'close')
      const ended = once(child, 'exit')
      const late = setTimeout(() => child.kill('SIGKILL'), 9000)
      expect(await ended).toEqual([0, null])
      clearTimeout(late)
    })

  test('what is in hand is finished before the connection is closed', async () => {
    const { ada, general, dc } = await open({ commands: COMMANDS })
    const running = await world.run()
    const gate = gateBefore('slow')
    const handle = ada.command(general, 'slow')
    await gate.reached
    let stopped = false
    const stopping = running.stop().then(() => {
      stopped = true
    })
    await expect.poll(() => dc.gateway.connected().length, { interval: 5 }).toBe(0)
    await call(dc, 'GET', '/gateway/bot')
    expect(stopped).toBe(false)
    gate.open()
    await stopping
    expect(words(await handle.response())).toBe('“slow”')
    expect([await asks(), dc.gateway.connected().length]).toEqual([['answered'], 0])
  })
})

describe('a token or an address that is wrong', () => {
  const connect = async (token: string, apiUrl = world.dc.apiUrl) => {
    const { app } = world.test
    const dispatch = createDispatch(app, await loadCommands())
    return connectDiscord({ app, dispatch, token, apiUrl, draw: async () => null, write: cannotFetch }).then(
      async connection => {
        await connection.close()
        return 'connected'
      },
      (error: unknown) => {
        expect(error).toBeInstanceOf(Problem)
        return (error as Problem).message
      },
    )
  }
  const secretless = (text: string) => {
    for (const part of TOKEN.split('.').slice(1)) expect(text).not.toContain(part)
  }

  test('is named in one sentence before anything is connected', async () => {
    await open()
    expect(botOf(TOKEN)).toBe('discord:100000000000000000')
    for (const token of ['', 'abc', 'a.b.c', `${TOKEN}.more`, 'MTIz.x.y']) {
      expect(() => botOf(token)).toThrow(Problem)
      expect(() => botOf(token)).toThrow('DISCORD_TOKEN')
    }
    const other = `${Buffer.from('100000000000000001').toString('base64')}.other.secret-part-of-it`
    const refused = await connect(other)
    expect(refused).toMatch(/^Discord does not accept DISCORD_TOKEN\..*start again\.$/)
    expect(refused).not.toContain('secret-part')
    expect(await connect(TOKEN, 'http://127.0.0.1:1/api')).toMatch(
      /^Discord cannot be reached at DISCORD_API_URL=http:\/\/127\.0\.0\.1:1\/api \(/,
    )
    world.dc.fault({ route: '/gateway/bot', kind: '500' })
    expect(await connect(TOKEN)).toContain('DISCORD_API_URL')
    world.dc.fault({ route: '/gateway/bot', kind: '401' })
    expect(await connect(TOKEN)).toContain('DISCORD_TOKEN')
    world.dc.fault({ route: '/applications/{application_id}/commands', kind: '403', code: 50001 })
    expect(await connect(TOKEN)).toContain('DISCORD_TOKEN')
    expect(await connect(TOKEN)).toBe('connected')
  })

  for (const [code, part] of [
    [4004, 'Discord does not accept DISCORD_TOKEN.'],
    [4014, 'Discord refuses the intents of the bot behind DISCORD_TOKEN (4014).'],
  ] as const)
    test(`a close with ${code} is final and said plainly`, async () => {
      const { dc, test: held } = await open()
      const { connection } = await world.run()
      dc.gateway.closeWith(code)
      const sentence = await connection.ended
      expect(sentence).toContain(part)
      expect(connection.connected()).toBe(false)
      secretless(sentence + JSON.stringify(held.lines))
    })

  test('a refusal at the door of the gateway is said plainly', async () => {
    await open()
    const http = createServer((request, response) => {
      const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`
      const limits = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 }
      const answers: Record<string, unknown> = {
        '/v10/applications/@me': { id: '1' },
        '/v10/applications/1/commands?with_localizations=true': [],
        '/v10/gateway/bot': { url, shards: 1, session_start_limit: limits },
      }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answers[request.url ?? ''] ?? []))
    })
    const gateway = new WebSocketServer({ server: http })
    gateway.on('connection', socket => {
      socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 45_000 }, s: null, t: null }))
      socket.on('message', () => socket.close(4014, 'Disallowed intent(s).'))
    })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const said = await connect(TOKEN, `http://127.0.0.1:${(http.address() as AddressInfo).port}`)
    expect(said).toMatch(/^Discord refuses the intents of the bot behind DISCORD_TOKEN \(4014\)\./)
    gateway.close()
    http.close()
    http.closeAllConnections()
  })

  test('a token that is refused later ends the connection too', async () => {
    const { dc, general } = await open()
    const { connection } = await world.run()
    dc.fault({ route: '/channels/{channel_id}/messages', kind: '401' })
    const chat = { id: general.id, direct: false, ephemeral: true }
    const reply = { tone: 'plain', lines: [], buttons: [] } as const
    const send = connection.sender.deliver({
      id: 1,
      to: { kind: 'chat', chat },
      reply,
      locale: 'en',
      askerId: '',
      nonce: 'n',
    })
    await expect(send).rejects.toMatchObject({ problem: 'unreachable', maybeSent: false })
    expect(await connection.ended).toContain('DISCORD_TOKEN')
  })

  test('nothing secret reaches a log line or a stored row', async () => {
    const { ada, general, dc, test: held } = await open()
    await world.run({ sending: true })
    dc.fault({ route: CALLBACK, kind: '500', times: 2 })
    dc.fault({ route: '/channels/{channel_id}/messages', kind: '500' })
    const handle = ada.command(general, 'checkin')
    await expect.poll(() => count('outbox'), { interval: 10 }).toBe(1)
    await expect
      .poll(() => held.lines.some(line => line.message.includes('did not go through')), { interval: 10 })
      .toBe(true)
    await world.stop()
    const deep = JSON.stringify(held.lines, (_, value) =>
      value instanceof Error ? { ...value, message: value.message, stack: value.stack, cause: value.cause } : value,
    )
    secretless(deep)
    expect(deep).not.toContain(handle.state.token)
    expect(JSON.stringify(await held.app.db.selectFrom('outbox').selectAll().execute())).not.toContain(
      handle.state.token,
    )
  })
})

describe('a list of commands that Discord will not take now', () => {
  test('does not stop the start, and is written as soon as it will', async () => {
    const { dc, test } = await open()
    const fault = dc.fault({
      kind: '429',
      route: '/applications/{application_id}/commands',
      times: 100,
      retryAfter: 20,
    })
    const { connection } = await world.run()
    expect(fault.hits).toBeGreaterThan(0)
    expect(test.lines.map(line => line.message)).toContain(
      'the list of commands could not be written; it is tried again within a minute',
    )
    expect(dc.registeredCommands(null)).toEqual([])
    fault.remove()
    await connection.recover()
    expect(dc.registeredCommands(null).length).toBeGreaterThan(0)
  })
})
