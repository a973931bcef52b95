// The playground beyond the contract suite: who is let in, what survives a restart, what a first start finds.
import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { openCards } from '#src/adapters/playground/cards.ts'
import { createFeed } from '#src/adapters/playground/feed.ts'
import { saidBody } from '#src/adapters/playground/formatter.ts'
import { DEMO, refuseMixture } from '#src/adapters/playground/index.ts'
import { lineAsk } from '#src/adapters/playground/intake.ts'
import { createResponder } from '#src/adapters/playground/responder.ts'
import { createRoom } from '#src/adapters/playground/room.ts'
import { transaction } from '#src/app.ts'
import type { Delivery } from '#src/chat/port.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { verifyAll } from '#src/contributions.ts'
import { apply } from '#src/features/communities/index.ts'
import { finish } from '#src/features/inbox/index.ts'
import { Problem } from '#src/lib/problem.ts'
import { DAY_LENGTH, HOUR } from '#src/lib/time.ts'
import { START, type TestApp, testApp } from '#test/support/app.ts'
import { engines, forEachEngine } from '#test/support/engines.ts'
import {
  type Client,
  KEY,
  openClient,
  type Running,
  readEvents,
  type StartOptions,
  startPlayground,
  textOf,
  type WireMessage,
} from './playground-world.ts'

const [sqlite] = engines
if (!sqlite) throw new Error('SQLite is always there')

let disposables: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of disposables.reverse()) await each[Symbol.asyncDispose]()
  disposables = []
})
function until<T extends AsyncDisposable>(made: T): T {
  disposables.push(made)
  return made
}
const start = async (on: TestApp, options?: StartOptions): Promise<Running> => until(await startPlayground(on, options))
async function stop(running: Running): Promise<void> {
  disposables = disposables.filter(each => each !== running)
  await running[Symbol.asyncDispose]()
}
const database = async (engine = sqlite, at?: number): Promise<TestApp> => until(await testApp(engine, { at }))

interface State {
  cursor: string
  now: number
  messages: WireMessage[]
}
const stateOf = async (client: Client): Promise<State> => (await (await client.get('state')).json()) as State
const inGroup = (state: State, author: string) =>
  state.messages.filter(message => message.chat === 'group' && message.author === author)

describe('who is let in', () => {
  const PATHS = ['state', 'events', 'complete?person=ada&where=group&text=/', 'picture/1', 'assets/page.js']

  test('the right key becomes a cookie for this page alone and leaves the address; a wrong one becomes nothing', async () => {
    const { origin, port } = await start(await database())
    const right = await fetch(`${origin}/playground?key=${KEY}`, { redirect: 'manual' })
    expect(right.status).toBe(303)
    expect(right.headers.get('location')).toBe('/playground')
    expect(right.headers.get('cache-control')).toBe('no-store')
    expect(right.headers.get('set-cookie')).toMatch(
      new RegExp(`^muster_playground_${port}=[\\w-]{43}; Path=/playground; HttpOnly; SameSite=Strict$`),
    )
    for (const key of ['', 'wrong', `${KEY}x`, KEY.slice(0, -1)]) {
      const wrong = await fetch(`${origin}/playground?key=${key}`, { redirect: 'manual' })
      expect(wrong.status).toBe(403)
      expect(wrong.headers.get('set-cookie')).toBeNull()
      expect(await wrong.text()).toContain('use the URL that Muster printed in the terminal')
    }
  })

  test('without a session there is one sentence, in the language of the browser, and nothing else', async () => {
    const { origin, port } = await start(await database())
    const chinese = await fetch(`${origin}/playground`, { headers: { 'accept-language': 'zh-TW,en;q=0.5' } })
    expect(chinese.status).toBe(403)
    expect(await chinese.text()).toContain('请使用 Muster 启动时在终端里显示的网址')
    for (const cookie of ['', `muster_playground_${port}=forged`]) {
      for (const path of PATHS) {
        const response = await fetch(`${origin}/playground/${path}`, { headers: { cookie } })
        expect([path, response.status]).toEqual([path, 401])
        expect(response.headers.get('content-type')).toBe('application/problem+json')
      }
    }
  })

  test('every answer forbids foreign script, framing and sniffing', async () => {
    const { origin } = await start(await database())
    const client = await openClient(origin)
    const headers = { cookie: client.cookie }
    for (const path of ['', '?key=wrong', '/state', '/assets/page.css', '/nothing']) {
      const response = await fetch(`${origin}/playground${path}`, { headers })
      expect(response.headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    }
  })

  test('a name that was made to point here (DNS rebinding) is refused, whatever names this machine has', async () => {
    const { origin, playground, port } = await start(await database())
    const token = (await openClient(origin)).cookie.split('=')[1]
    const ask = async (host: string) => {
      const cookie = `muster_playground_${/:(\d+)$/.exec(host)?.[1] ?? '80'}=${token}`
      const response = await playground.fetch(new Request(`${origin}/playground/state`, { headers: { host, cookie } }))
      return response.status
    }
    for (const host of [
      'muster.example',
      `muster.example:${port}`,
      'localhost.muster.example',
      '127.0.0.1.muster.example',
      '10.0.0.1',
      '',
    ])
      expect([host, await ask(host)]).toEqual([host, 403])
    for (const host of ['localhost', `localhost:${port}`, '127.0.0.1', `[::1]:${port}`])
      expect([host, await ask(host)]).toEqual([host, 200])
  })

  test('two playgrounds of one machine keep their sessions apart: opening one closes no page of the other', async () => {
    const [one, two] = [await start(await database()), await start(await database())]
    // A browser keeps one cookie per name and host, whatever the port.
    const jar = new Map<string, string>()
    for (const { origin } of [one, two]) {
      const [name = '', token = ''] = (await openClient(origin)).cookie.split('=')
      jar.set(name, token)
    }
    const cookie = [...jar].map(([name, token]) => `${name}=${token}`).join('; ')
    for (const { origin } of [one, two])
      expect((await fetch(`${origin}/playground/state`, { headers: { cookie } })).status).toBe(200)
  })

  test('a write from another page, of another type or of great size changes nothing', async () => {
    const { origin, app } = await start(await database())
    const { cookie } = await openClient(origin)
    const before = await app.db.selectFrom('playground_messages').select('id').execute()
    const json = 'application/json'
    const say = (text: string) => JSON.stringify({ id: randomUUID(), person: 'ada', where: 'group', text })
    const attempts: Array<[status: number, headers: Record<string, string>, body: string]> = [
      [403, { origin: 'http://evil.example', 'content-type': json }, say('/checkin')],
      [403, { origin: 'null', 'content-type': json }, say('/checkin')],
      [403, { 'content-type': json }, say('/checkin')],
      [403, { origin: origin.replace('127.0.0.1', 'localhost'), 'content-type': json }, say('/checkin')],
      [415, { origin, 'content-type': 'text/plain' }, say('/checkin')],
      [413, { origin, 'content-type': json }, say('x'.repeat(30_000))],
      [413, { origin, 'content-type': json }, say('x'.repeat(4_097))],
      [400, { origin, 'content-type': json }, '{"person":'],
      [400, { origin, 'content-type': json }, say('   ')],
      [
        400,
        { origin, 'content-type': json },
        JSON.stringify({ id: randomUUID(), person: 'priya', where: 'group', text: 'x' }),
      ],
    ]
    for (const [status, headers, body] of attempts) {
      const response = await fetch(`${origin}/playground/say`, {
        method: 'POST',
        headers: { ...headers, cookie },
        body,
      })
      expect([body.slice(0, 60), response.status]).toEqual([body.slice(0, 60), status])
      expect(response.headers.get('content-type')).toBe('application/problem+json')
    }
    expect(await app.db.selectFrom('playground_messages').select('id').execute()).toEqual(before)
    const clock = await fetch(`${origin}/playground/clock`, {
      method: 'POST',
      headers: { cookie, origin: 'http://evil.example', 'content-type': json },
      body: '{"step":"day"}',
    })
    expect(clock.status).toBe(403)
    expect(app.clock.now()).toBe(START)
  })

  test('a page that is open stays let in when Muster restarts', async () => {
    const test = await database()
    const first = await start(test)
    const { cookie } = await openClient(first.origin)
    await stop(first)
    const { origin } = await start(test, { port: first.port })
    expect((await fetch(`${origin}/playground/state`, { headers: { cookie } })).status).toBe(200)
  })

  test('files have their types, and are not sent again to who has them', async () => {
    const { origin } = await start(await database())
    const client = await openClient(origin)
    for (const [file, type] of [
      ['page.css', 'text/css'],
      ['page.js', 'text/javascript'],
    ]) {
      const first = await client.get(`assets/${file}`)
      expect(first.headers.get('content-type')).toContain(type)
      const headers = { cookie: client.cookie, 'if-none-match': first.headers.get('etag') ?? '' }
      expect((await fetch(`${origin}/playground/assets/${file}`, { headers })).status).toBe(304)
    }
    expect((await client.get('assets/..%2Findex.ts')).status).toBe(404)
  })
})

describe('a database is a playground or a real community', () => {
  const place = { platformId: '1', kind: 'guild', title: 'Real' } as const
  const joined = { kind: 'happening', what: 'bot-joined', eventId: '1', at: START, bot: 'discord:1', place } as const

  test('the playground keeps out of a real one, with one sentence that says what to do', async () => {
    const { app } = await database()
    await transaction(app, inner => apply(inner, { ...joined, platform: 'discord' }))
    const refused = refuseMixture(app, 'playground', 'postgres://me:secret@db/muster')
    await expect(refused).rejects.toThrow(Problem)
    await expect(refused).rejects.toThrow(/^DATABASE_URL=postgres:\/\/me:\*\*\*@db\/muster .*PLAYGROUND=off/)
  })

  test('a real community keeps out of a playground, even before anyone moved in', async () => {
    const { app } = await database()
    await refuseMixture(app, 'playground')
    await refuseMixture(app, 'playground')
    await expect(refuseMixture(app, 'real')).rejects.toThrow(/DATABASE_URL .*remove DISCORD_TOKEN and TELEGRAM_TOKEN/)
  })

  test('what was a real community once is never a playground', async () => {
    const { app } = await database()
    await refuseMixture(app, 'real')
    await refuseMixture(app, 'real')
    await expect(refuseMixture(app, 'playground')).rejects.toThrow(Problem)
  })
})

forEachEngine('the playground', engine => {
  test('its clock moves forward only, and is where it was after a restart', async () => {
    const test = await database(engine)
    const first = await start(test)
    const client = await openClient(first.origin)
    await Promise.all([client.post('clock', { step: 'day' }), client.post('clock', { step: 'hour' })])
    expect((await stateOf(client)).now).toBe(START + DAY_LENGTH + HOUR)
    expect((await client.post('clock', { step: '-1' })).status).toBe(400)
    await expect(first.clock.forward(first.app, -HOUR)).rejects.toThrow(RangeError)
    await stop(first)
    const second = await start(test)
    expect(second.app.clock.now()).toBe(START + DAY_LENGTH + HOUR)
  })

  test('the first start finds three weeks of history: the same each time, every number provable', async () => {
    const told = []
    for (const _ of [1, 2]) {
      const { app, origin } = await start(await database(engine))
      expect(await verifyAll(app)).toEqual([])
      const checkins = await app.db
        .selectFrom('checkins')
        .innerJoin('accounts', 'accounts.id', 'checkins.account_id')
        .select(['accounts.platform_id as who', 'day', 'at'])
        .orderBy('who')
        .orderBy('day')
        .execute()
      expect(Math.max(...checkins.map(row => row.at))).toBeLessThanOrEqual(START)
      const { messages } = await stateOf(await openClient(origin))
      told.push({ checkins, messages })
    }
    expect(told[0]).toEqual(told[1])
    expect(told[0]?.messages.length).toBeGreaterThan(15)
  })

  test('the second start adds nothing to it', async () => {
    const test = await database(engine)
    const first = await start(test)
    const before = await stateOf(await openClient(first.origin))
    await stop(first)
    const { origin } = await start(test)
    expect((await stateOf(await openClient(origin))).messages).toEqual(before.messages)
  })

  test('a line sent twice under one id is one message and one check-in', async () => {
    const { app, origin } = await start(await database(engine))
    const client = await openClient(origin)
    const body = { id: randomUUID(), person: 'ada', where: 'group', text: '/checkin twice' }
    const before = inGroup(await stateOf(client), 'ada').length
    const answers = await Promise.all([client.post('say', body), client.post('say', body), client.post('say', body)])
    expect(answers.map(answer => answer.status)).toEqual([202, 202, 202])
    expect(new Set(await Promise.all(answers.map(async answer => JSON.stringify(await answer.json())))).size).toBe(1)
    await client.say('ada', '/streak')
    expect(inGroup(await stateOf(client), 'ada')).toHaveLength(before + 2)
    const rows = await app.db.selectFrom('checkins').select('id').where('note', '=', 'twice').execute()
    expect(rows).toHaveLength(1)
  })

  test('what was received or answered when the process died is answered once', async () => {
    const test = await database(engine)
    const first = await start(test)
    const ada = DEMO.people.get('ada')
    if (!ada) throw new Error('Ada lives here')
    const ask = (eventId: string) => lineAsk(DEMO, ada, 'group', { eventId, text: '/checkin', messageId: 0, at: START })
    await first.dispatch.receive(ask('received'))
    const done = await first.dispatch.receive(ask('done'))
    const answer = {
      reply: plain(t('streak.lost')),
      visibility: 'public',
      locale: 'en',
      askerId: 'ada',
      update: false,
    } as const
    await transaction(first.app, inner => finish(inner, done?.id ?? 0, answer))
    // Shown already, but the row does not say so yet.
    const shown = { chat: 'group', author: 'muster', at: START, seen_by: null, nonce: 'answer say done' }
    await transaction(first.app, inner =>
      inner.db
        .insertInto('playground_messages')
        .values({ ...shown, body: JSON.stringify({ ...saidBody('shown before'), answers: 'say done' }) })
        .execute(),
    )
    await stop(first)
    const { origin, app } = await start(test)
    const { messages } = await stateOf(await openClient(origin))
    const answering = (event: string) => messages.filter(message => message.body.answers === event).map(textOf)
    expect(answering('say received')).toEqual([expect.stringContaining('✓ Day 12, Ada.')])
    expect(answering('say done')).toEqual([expect.stringContaining('shown before')])
    expect(await app.db.selectFrom('inbox').select('id').where('state', '<>', 'answered').execute()).toEqual([])
    expect(await app.db.selectFrom('outbox').select('id').execute()).toEqual([])
  })

  test('a delivery under one nonce is shown once, to whom it was meant; nobody else’s is gone', async () => {
    const { playground, origin } = await start(await database(engine))
    const client = await openClient(origin)
    const to = { kind: 'person', platformId: 'lin' } as const
    const delivery: Delivery = {
      id: 1,
      to,
      reply: plain(t('streak.lost')),
      locale: 'zh-CN',
      askerId: 'lin',
      nonce: 'n1',
    }
    const { deliver } = playground.sender
    const [one, two] = await Promise.all([deliver(delivery), deliver(delivery)])
    expect(one).toEqual(two)
    await deliver({ ...delivery, nonce: 'n2' })
    const shown = (await stateOf(client)).messages.filter(message => textOf(message).includes('下一次打卡'))
    expect(shown.map(message => message.chat)).toEqual(['direct:lin', 'direct:lin'])
    await expect(deliver({ ...delivery, to: { kind: 'person', platformId: 'nobody' } })).rejects.toMatchObject({
      problem: 'gone',
    })
  })
})

describe('the conversation', () => {
  test('a first start in the first minutes of a week finds a board too, and nothing from the future', async () => {
    const monday = Date.UTC(2026, 2, 2, 0, 3)
    const { app, origin } = await start(await database(sqlite, monday), { at: monday })
    const board = await (await openClient(origin)).say('ada', '/leaderboard')
    expect(board.body.rows?.length).toBeGreaterThanOrEqual(3)
    const later = await app.db.selectFrom('activity').select('id').where('at', '>', monday).execute()
    expect(later).toEqual([])
    expect(await verifyAll(app)).toEqual([])
  })

  test('an answer that takes its time is announced, to those who will see it', async () => {
    const { app } = await database()
    const registry = await loadCommands()
    const feed = createFeed()
    const room = createRoom(app, feed)
    const ada = DEMO.people.get('ada')
    if (!ada) throw new Error('Ada lives here')
    const ask = lineAsk(DEMO, ada, 'group', { eventId: 'slow', text: '/streak', messageId: 1, at: START })
    const parts = { app, registry, feed, room, pictures: async () => null, cards: await openCards(app, room) }
    const before = feed.cursor()
    await createResponder(parts, ask).acknowledge('private')
    await createResponder(parts, ask).acknowledge('public')
    expect(feed.since(before)?.map(({ type, data }) => [type, JSON.parse(data)])).toEqual([
      ['typing', { chat: 'group', seenBy: 'ada' }],
      ['typing', { chat: 'group', seenBy: null }],
    ])
  })

  test('a private answer in the group is the asker’s alone: nobody else can press its buttons', async () => {
    const { origin } = await start(await database())
    const client = await openClient(origin)
    const streak = await client.say('ada', '/streak')
    expect([streak.chat, streak.seenBy]).toEqual(['group', 'ada'])
    const [button] = streak.body.buttons ?? []
    const press = { id: randomUUID(), where: 'group', message: streak.id, data: button?.data }
    expect((await client.post('press', { ...press, person: 'lin' })).status).toBe(404)
    const checkedIn = await client.press('ada', streak, button?.label ?? '')
    expect([checkedIn.seenBy, textOf(checkedIn)]).toEqual([null, expect.stringContaining('✓ Day 12, Ada.')])
  })

  test('a private answer never takes the place of what everyone reads', async () => {
    const { origin } = await start(await database())
    const client = await openClient(origin)
    const board = await client.say('ada', '/leaderboard')
    const data = `v1:points.history:u*:`
    await client.post('press', { id: randomUUID(), person: 'ada', where: 'group', message: board.id, data })
    await client.say('ada', '/help')
    const { messages } = await stateOf(client)
    expect(messages.find(message => message.id === board.id)).toEqual(board)
    expect(messages.some(message => message.seenBy === 'ada' && textOf(message).includes('Your last entries'))).toBe(
      true,
    )
  })

  test('people talk to each other undisturbed; in private everything is meant for Muster', async () => {
    const { app, origin } = await start(await database())
    const client = await openClient(origin)
    const talk = { id: randomUUID(), person: 'ada', where: 'group', text: 'see you at 8, or 8/9?' }
    expect(await (await client.post('say', talk)).json()).toMatchObject({ event: null })
    expect(await app.db.selectFrom('inbox').select('id').execute()).toEqual([])
    expect(textOf(await client.say('ada', '/chekin', 'direct'))).toContain('Did you mean /checkin?')
    expect(textOf(await client.say('ada', 'hello', 'direct'))).toContain('I understand commands, such as /checkin.')
    expect(textOf(await client.say('lin', '／打卡'))).toContain('没有命令')
  })

  test('who lost the connection gets what was missed, in order; after a restart, everything anew', async () => {
    const { origin } = await start(await database())
    const client = await openClient(origin)
    const { cursor } = await stateOf(client)
    await client.say('ada', '/checkin')
    await client.post('clock', { step: 'hour' })
    await client.say('ada', '/streak')
    const read = async (id: string, count: number) => {
      const headers = { cookie: client.cookie, 'last-event-id': id }
      const events = []
      for await (const event of readEvents(await fetch(`${origin}/playground/events`, { headers }))) {
        events.push(event)
        if (events.length === count) break
      }
      return events
    }
    const all = await read(cursor, 5)
    expect(all.map(event => event.type)).toEqual(['message', 'message', 'clock', 'message', 'message'])
    expect(await read(all[2]?.id ?? '', 2)).toEqual(all.slice(3))
    expect(await read('another-7', 1)).toEqual([expect.objectContaining({ type: 'reset' })])
  })

  test('a picture is a PNG at an address of its own; where none can be drawn, its words stand in', async () => {
    const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])
    const drawing = await start(await database(), { draw: async () => png })
    const client = await openClient(drawing.origin)
    const { picture } = (await client.say('ada', '/streak')).body
    expect(picture?.alt).toContain('check-ins of the last 28 days')
    const served = await client.get(picture?.src.replace('/playground/', '') ?? '')
    expect(served.headers.get('content-type')).toBe('image/png')
    expect(new Uint8Array(await served.arrayBuffer())).toEqual(png)

    const failing = await start(await database(), {
      draw: async () => {
        throw new Error('no canvas')
      },
    })
    const answer = await (await openClient(failing.origin)).say('ada', '/streak')
    expect(answer.body.picture).toBeUndefined()
    expect(textOf(answer)).toContain('check-ins of the last 28 days')
  })
})

describe('completion', () => {
  interface Completed {
    suggestions: Array<{ insert: string; label: string; description: string }>
    usage: string | null
    hint: string | null
  }
  async function completer() {
    const { origin } = await start(await database())
    const client = await openClient(origin)
    return async (person: string, text: string, where = 'group'): Promise<Completed> =>
      (await (await client.get(`complete?${new URLSearchParams({ person, where, text })}`)).json()) as Completed
  }

  test('lists commands with what they do, in the language of who types', async () => {
    const complete = await completer()
    const ada = await complete('ada', '/')
    expect(ada.suggestions).toContainEqual({
      insert: '/checkin ',
      label: '/checkin',
      description: 'Check in for today',
    })
    expect(ada.suggestions.map(({ label }) => label)).not.toContain('/community')
    expect((await complete('ada', '/', 'direct')).suggestions.map(({ label }) => label)).toContain('/community')
    expect((await complete('lin', '/che')).suggestions).toEqual([
      { insert: '/checkin ', label: '/checkin', description: '今日打卡' },
    ])
    expect(await complete('ada', 'hello')).toEqual({ suggestions: [], usage: null, hint: null })
  })

  test('goes on with what is inside a group, then with arguments and their values', async () => {
    const complete = await completer()
    const inserts = async (text: string) => (await complete('ada', text)).suggestions.map(({ insert }) => insert)
    expect(await inserts('/points ')).toEqual(['/points show ', '/points history '])
    expect(await inserts('/leaderboard ')).toEqual(['/leaderboard week ', '/leaderboard month ', '/leaderboard all '])
    expect(await inserts('/leaderboard mo')).toEqual(['/leaderboard month '])
    expect(await inserts('/settings ')).toEqual([
      '/settings zone:',
      '/settings language:',
      '/settings board:',
      '/settings day_start:',
    ])
    expect(await inserts('/settings zone:lond')).toEqual(['/settings zone:Europe/London '])
    expect((await inserts('/settings board:hidden lan'))[0]).toBe('/settings board:hidden language:')
    expect(await inserts('/streak @pri')).toEqual(['/streak @priya '])
    expect(await complete('ada', '/checkin ')).toMatchObject({
      usage: '/checkin [note]',
      hint: 'What you did, in a few words',
    })
  })

  test('what it completes is understood', async () => {
    const { origin } = await start(await database())
    const client = await openClient(origin)
    expect(textOf(await client.say('ada', '/streak @priya'))).toContain('Priya: ')
    expect(textOf(await client.say('ada', '/settings zone:Europe/London '))).toContain('Europe/London')
  })
})
