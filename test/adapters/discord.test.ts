// Discord in order: what people send and see when nothing goes wrong.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Delivery } from '#src/chat/port.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { toNumber } from '#src/db/index.ts'
import { ClientRefusal, type InteractionHandle } from '#test/fakes/discord/index.ts'
import { engines, forEachEngine } from '#test/support/engines.ts'
import { type DiscordWorld, openDiscord, type WorldOptions, wordsOf } from './discord-world.ts'
import { gateBefore, gates } from './gate.ts'

const COMMANDS = new URL('./discord-commands/', import.meta.url)
const SQLITE = engines[0]
const DEFER = 5
const DEFER_UPDATE = 6

let world: DiscordWorld
const open = async (engine = SQLITE, options: WorldOptions = {}) => {
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

const rows = async (table: 'checkins' | 'ledger' | 'outbox' | 'members') => {
  const row = await world.test.app.db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirst()
  return toNumber(row?.count)
}
/** What people asked for, without what happened to the guild. */
const asks = async () =>
  (await world.test.app.db.selectFrom('inbox').select('request').execute())
    .map(row => JSON.parse(row.request))
    .filter(({ kind }) => kind !== 'happening')
const words = (seen: Parameters<typeof wordsOf>[1]) => {
  const { ada, lin, mo } = world
  return wordsOf(new Map([ada, lin, mo].map(one => [one.id, `@${one.state.username}`])), seen)
}
const inboxStates = async () =>
  (await world.test.app.db.selectFrom('inbox').select(['state', 'token']).execute()).map(
    row => `${row.state}${row.token === null ? '' : ' with token'}`,
  )

forEachEngine('the first check-in', engine => {
  test('is answered at once, publicly, in the language of the app, and leaves no token behind', async () => {
    const { ada, lin, general, dc } = await open(engine)
    await world.run()
    const first = await ada.command(general, 'checkin', { options: { note: 'Kapitel 3' } }).response()
    expect(first).toMatchObject({ visibility: 'public', deferred: false, embeds: [], pings: { users: [] } })
    expect(words(first)).toBe(
      '✓ Day 1, @ada. Welcome! +10 points. Counts for 4 March (UTC); your day ends in 14 h.\n“Kapitel 3”',
    )
    const chinese = await lin.command(general, 'checkin').response()
    expect(words(chinese)).toContain('✓ 第 1 天，@lin，欢迎！')
    const again = await ada.command(general, 'checkin').response()
    expect(again).toMatchObject({ visibility: 'private', deferred: false })
    expect(dc.messages(general)).toHaveLength(2)
    expect([await rows('checkins'), await rows('ledger'), await rows('outbox')]).toEqual([2, 2, 0])
    await world.stop()
    expect((await inboxStates()).filter(state => state !== 'answered')).toEqual([])
  })

  test('a duplicated interaction makes one check-in and one answer', async () => {
    const { ada, general, dc } = await open(engine)
    await world.run()
    const handle = ada.command(general, 'checkin')
    dc.redeliver(handle)
    dc.redeliver(handle)
    await handle.response()
    dc.redeliver(handle)
    await ada.command(general, 'streak').response()
    await world.stop()
    expect([await rows('checkins'), dc.messages(general).length]).toEqual([1, 1])
    expect(dc.calls.filter(call => call.path.endsWith('/callback'))).toHaveLength(2)
  })

  test('interactions out of order are each answered as what they are', async () => {
    const { ada, lin, general, dc } = await open(engine)
    await world.run()
    const handles: InteractionHandle[] = []
    dc.gateway.outOfOrder(() => {
      handles.push(ada.command(general, 'checkin'), lin.command(general, 'checkin'), ada.command(general, 'checkin'))
    })
    const texts = (await Promise.all(handles.map(handle => handle.response()))).map(words)
    expect(texts.filter(text => text.includes('Day 1') || text.includes('第 1 天'))).toHaveLength(2)
    expect(texts.filter(text => text.includes('already in'))).toHaveLength(1)
    expect(await rows('checkins')).toBe(2)
  })
})

describe('commands', () => {
  beforeEach(async () => {
    await open(SQLITE, { commands: COMMANDS })
    await world.run()
  })

  test('every kind of argument arrives as it was meant, a file stored as what it is', async () => {
    const { ada, lin, general, dc } = world
    await lin.command(general, 'slow').response()
    const proof = { name: 'beweis.txt', bytes: Buffer.from('%PDF-1.7 and so on'), contentType: 'text/plain' }
    const seen = await ada
      .command(general, 'files', {
        options: { proof, who: lin, size: -1, board: 'Hide me', when: '2026-03-01', place: 'alpha', note: 'a  b' },
      })
      .response()
    expect(words(seen)).toBe('“beweis.txt pdf 18 | 林 | -1 | hidden | 2026-03-01 | alpha | a  b”')
    const kept = await world.test.app.db.selectFrom('files').select(['path', 'name', 'kind', 'bytes']).execute()
    expect(kept).toMatchObject([{ name: 'beweis.txt', kind: 'pdf', bytes: 18 }])
    expect(Buffer.from((await world.test.app.files.get(kept[0]?.path ?? '')) ?? []).toString()).toBe(
      '%PDF-1.7 and so on',
    )
    expect(dc.violations).toEqual([])
  })

  test('a file that is too big, and a day that is none, are refused in private', async () => {
    const { ada, lin, general } = world
    await lin.command(general, 'slow').response()
    const file = (size: number) => ({ name: 'a.png', bytes: new Uint8Array(size), contentType: 'image/png' })
    const big = await ada
      .command(general, 'files', { options: { proof: file(3 * 1024 * 1024), who: lin, size: 1 } })
      .response()
    expect(big.visibility).toBe('private')
    expect(words(big)).toContain('proof')
    const day = await ada
      .command(general, 'files', { options: { proof: file(1), who: lin, size: 1, when: '4 March' } })
      .response()
    expect(words(day)).toBe('“when” must be a day such as 2026-03-04, not “4 March”.')
  })

  test('completions are offered as they are found, without what Discord could not send back', async () => {
    const { ada, general } = world
    await ada.command(general, 'slow').response()
    const typed = (value: string) => ada.autocomplete(general, 'files', 'place', value).response()
    expect((await typed('')).choices).toEqual([
      { name: 'α for Ada', value: 'alpha' },
      { name: 'beta', value: 'beta' },
    ])
    expect((await typed('be')).choices).toEqual([{ name: 'beta', value: 'beta' }])
    expect((await typed('broken')).choices).toEqual([])
    expect(await asks()).toHaveLength(1)
  })

  test('a completion that takes too long leaves the list empty, within the three seconds', async () => {
    const { ada, general } = world
    const started = performance.now()
    const seen = await ada.autocomplete(general, 'files', 'place', 'never').response()
    expect(seen.choices).toEqual([])
    expect(performance.now() - started).toBeLessThan(3000)
  })

  test('the role is what Discord says at that moment: member, manager, owner', async () => {
    const { dc, ada, lin, mo } = world
    const guild = dc.guild({
      name: 'Early Birds',
      members: [ada],
      owner: lin,
      roles: [
        { name: 'Manager', permissions: ['ManageGuild'], members: [mo] },
        { name: 'Admin', permissions: ['Administrator'] },
      ],
    })
    const general = guild.channel('general')
    const role = async (who: typeof ada) => words(await who.command(general, 'staff role').response())
    expect(() => ada.command(general, 'staff role')).toThrow(ClientRefusal)
    expect([await role(lin), await role(mo)]).toEqual(['“owner”', '“manager”'])
    guild.give(ada, guild.role('Admin'))
    expect(await role(ada)).toBe('“manager”')
    // Shown to everyone by the guild's admins, and refused all the same.
    for (const command of dc.registeredCommands(null)) command.default_member_permissions = null
    guild.take(ada, guild.role('Admin'))
    expect(await role(ada)).toBe('Only managers can use /staff role. Ask one of them.')
  })

  test('a private chat with the bot is answered with messages that stay', async () => {
    const { ada, general, dc } = world
    await ada.command(general, 'slow').response()
    const direct = await ada.command(ada.dm, 'hush').response()
    expect([words(direct), direct.visibility, dc.dms(ada).length]).toEqual(['“hush”', 'public', 1])
    const pressed = await ada.press(direct, 'Check in').response()
    expect([words(pressed), pressed.kind, dc.dms(ada).length]).toEqual(['“updated”', 'update', 1])
  })

  test('an interaction from where the bot is not is refused politely and does nothing', async () => {
    const { ada, general, dc } = world
    let handle: InteractionHandle | undefined
    dc.gateway.outOfOrder(() => {
      handle = ada.command(general, 'slow')
      handle.state.payload.guild_id = '999999999999999999'
    })
    const seen = await handle?.response()
    expect(seen && [words(seen).split('!')[0], seen.visibility]).toEqual(['Hello Ada', 'private'])
    dc.gateway.outOfOrder(() => {
      // A group chat of people, through an app that one of them installed for themselves.
      handle = ada.command(ada.dm, 'slow')
      handle.state.payload.context = 2
    })
    expect(words((await handle?.response()) ?? { content: '', embeds: [] })).toContain('Hello Ada')
    expect([await asks(), await rows('members')]).toEqual([[], 0])
  })

  test('an interaction in a thread is answered there', async () => {
    const { ada, general, dc } = world
    let handle: InteractionHandle | undefined
    dc.gateway.outOfOrder(() => {
      handle = ada.command(general, 'slow')
      const channel = handle.state.payload.channel as Record<string, unknown>
      Object.assign(channel, {
        type: 11,
        parent_id: general.id,
        thread_metadata: {
          archived: false,
          auto_archive_duration: 60,
          archive_timestamp: new Date(0).toISOString(),
          locked: false,
        },
      })
    })
    expect(words((await handle?.response()) ?? { content: '', embeds: [] })).toBe('“slow”')
    expect((await asks())[0]?.chat).toEqual({
      id: general.id,
      direct: false,
      ephemeral: true,
      forms: 'whole',
      title: '#general',
    })
  })
})

describe('three seconds', () => {
  beforeEach(async () => {
    await open(SQLITE, { commands: COMMANDS })
    await world.run()
  })

  test('a slow command says that it thinks, and then answers in its place', async () => {
    const { ada, general, dc } = world
    const gate = gateBefore('slow')
    const handle = ada.command(general, 'slow')
    expect((await handle.acknowledged()).type).toBe(DEFER)
    gate.open()
    const seen = await handle.response()
    expect([words(seen), seen.visibility, seen.deferred]).toEqual(['“slow”', 'public', true])
    expect(dc.messages(general)).toHaveLength(1)
  })

  test('a slow private command thinks in private', async () => {
    const { ada, general, dc } = world
    const gate = gateBefore('hush')
    const handle = ada.command(general, 'hush')
    await handle.acknowledged()
    gate.open()
    const seen = await handle.response()
    expect([words(seen), seen.visibility, seen.deferred]).toEqual(['“hush”', 'private', true])
    expect(dc.messages(general)).toEqual([])
  })

  test('a private outcome after a public deferral takes back the deferral and is shown in private', async () => {
    const { ada, general, dc } = world
    const gate = gateBefore('shy')
    const handle = ada.command(general, 'shy')
    await handle.acknowledged()
    gate.open()
    const seen = await handle.response()
    expect([words(seen), seen.visibility, handle.deleted]).toEqual(['“shy”', 'private', true])
    expect(dc.messages(general)).toEqual([])
  })

  test('a slow press leaves its message until the answer takes its place', async () => {
    const { ada, general, dc } = world
    const board = await ada.command(general, 'slow').response()
    const gate = gateBefore('slow')
    const handle = ada.press(board, 'Check in')
    expect((await handle.acknowledged()).type).toBe(DEFER_UPDATE)
    expect(words(dc.messages(general)[0] ?? board)).toBe('“slow”')
    gate.open()
    const seen = await handle.response()
    expect([words(seen), seen.kind]).toEqual(['“updated”', 'update'])
    expect(dc.messages(general)).toHaveLength(1)
  })
})

describe('presses', () => {
  beforeEach(async () => {
    await open(SQLITE, { commands: COMMANDS })
    await world.run()
  })

  test('an answer takes the place of the message, or is a message of its own, as the button says', async () => {
    const { ada, lin, general, dc } = world
    const board = await ada.command(general, 'slow').response()
    const updated = await ada.press(board, 'Check in').response()
    expect([words(updated), updated.kind, updated.deferred]).toEqual(['“updated”', 'update', false])
    const own = await lin.press(updated, 'Leaderboard').response()
    expect([words(own), own.kind, own.visibility]).toEqual(['“new”', 'message', 'public'])
    expect(dc.messages(general)).toHaveLength(2)
  })

  test('what is for one person never takes the place of what everyone reads', async () => {
    const { ada, general, dc } = world
    const board = await ada.command(general, 'slow').response()
    const seen = await ada.press(board, 'What you can do here').response()
    expect([words(seen), seen.visibility]).toEqual(['“secret”', 'private'])
    expect(dc.messages(general).map(words)).toEqual(['“slow”'])
    // In a private message it does.
    const inside = await ada.press(seen, 'Check in').response()
    expect([words(inside), inside.kind, inside.visibility]).toEqual(['“updated”', 'update', 'private'])
  })

  test('a slow private answer to a public button is a private follow-up', async () => {
    const { ada, general, dc } = world
    const board = await ada.command(general, 'slow').response()
    const gate = gateBefore('hush')
    const handle = ada.press(board, 'What you can do here')
    await handle.acknowledged()
    gate.open()
    const seen = await handle.followup()
    expect([words(seen), seen.visibility]).toEqual(['“secret”', 'private'])
    expect(dc.messages(general).map(words)).toEqual(['“slow”'])
  })

  test("somebody else's button and a button of another version are refused in private", async () => {
    const { ada, lin, general, dc } = world
    const board = await ada.command(general, 'slow').response()
    const others = await lin.press(board, 'Check in').response()
    expect([others.visibility, words(others).startsWith('这是别人的按钮')]).toEqual(['private', true])
    const [message] = dc.messages(general)
    const one = message?.components[0]?.components?.[0]
    if (!message || !one) throw new Error('no button')
    one.custom_id = 'v0:something else'
    const old = await ada.press(message, 'v0:something else').response()
    expect(words(old)).toContain('This button is old.')
    expect(dc.messages(general).map(words)).toEqual(['“slow”'])
  })
})

describe('looks', () => {
  beforeEach(async () => {
    await open(SQLITE, { commands: COMMANDS })
  })

  test('a titled list is one embed with the own row bold, its picture inside, every control with an id of its own', async () => {
    await world.run()
    const { ada, general } = world
    const seen = await ada.command(general, 'list').response()
    expect(seen.content).toBe('')
    expect(seen.embeds).toEqual([
      {
        color: 0x0b7a5e,
        title: 'Ada: 3 in a row',
        description:
          'You are number 2 with 20 points\\.\n\n1\\. \\*Lin\\* · 30 points\n**2\\. Ada · 20 points**'.replace(
            'points\\.',
            'points.',
          ),
        footer: { text: 'Change one by adding it, such as /settings zone:Europe/London' },
        image: { url: 'attachment://picture.png' },
      },
    ])
    expect(seen.files.map(file => [file.name, file.contentType])).toEqual([['picture.png', 'image/png']])
    const [call] = world.dc.calls.filter(one => one.path.endsWith('/callback'))
    expect(JSON.stringify(call?.body)).toContain('Ada: check-ins of the last 14 days')
    const [menu, buttons] = seen.components
    expect(menu?.components?.[0]?.options?.map(({ label, value }) => [label, value.startsWith('v1:')])).toEqual([
      ['*Week*', true],
      ['Month', true],
    ])
    const ids = buttons?.components?.map(one => one.custom_id) ?? []
    expect([ids.length, new Set(ids).size]).toEqual([2, 2])
    for (const id of ids) {
      const again = await ada.press(seen, String(id)).response()
      expect(again.embeds[0]?.title).toBe('Ada: 3 in a row')
      expect(again.files).toHaveLength(1)
    }
    const chosen = await ada
      .select(seen, String(menu?.components?.[0]?.custom_id), [String(menu?.components?.[0]?.options?.[1]?.value)])
      .response()
    // The picture and the embed go with the answer that takes their place.
    expect([words(chosen), chosen.embeds, chosen.files]).toEqual(['“slow”', [], []])
  })

  test('where no picture can be drawn its words stand for it', async () => {
    for (const draw of [async () => null, async () => Promise.reject(new Error('no fonts'))]) {
      const running = await world.run({ draw })
      const seen = await world.ada.command(world.general, 'list').response()
      expect(seen.files).toEqual([])
      expect(words(seen)).toContain('@ada: check-ins of the last 14 days, 50% done')
      await running.stop()
    }
  })

  test('what people write shows to the letter, mentions nobody, and previews nothing', async () => {
    await world.run()
    const { ada, lin, general, dc } = world
    const notes = [
      '# big',
      '> quoted',
      '- item',
      '-# small',
      '1. one',
      '```js\ncode\n```',
      '||spoiler||',
      '~~gone~~ __under__ *it* **bo**',
      `<@${lin.id}> <@&1> <#${general.id}> <t:1700000000:R> </checkin:1> <:x:123> <a:x:123> <id:guide>`,
      '@everyone @here',
      '[here](https://evil.example)',
      'https://example.org/a_b_c?x=1&y=*2*. Ok',
      ':smile: 12:30:45 \\o/ C:\\tmp\\',
      '你好，https://例子.中国/路径 和 http://a.example/路',
      'steam://run/1 <https://a.example>',
      '{count} `',
      '~!@$%^&()+={};"\',.?/',
    ]
    for (const note of notes) {
      const seen = await ada.command(general, 'slow', { options: { note } }).response()
      expect(words(seen)).toBe(`“${note}”`)
      expect(seen.pings).toEqual({ users: [], roles: [], everyone: false })
      expect((seen.message?.flags ?? 0) & 4).toBe(4)
    }
    expect(dc.violations).toEqual([])
  })

  test('more words than a message holds go into an embed, complete', async () => {
    await world.run()
    const note = '长*'.repeat(999)
    const seen = await world.ada.command(world.general, 'slow', { options: { note } }).response()
    expect(seen.content).toBe('')
    expect(words(seen)).toBe(`“${note}”`)
  })
})

describe('registration', () => {
  test('is made once, in both languages, and not again when nothing changed', async () => {
    const { dc } = await open(SQLITE, { commands: COMMANDS })
    await world.run()
    expect(dc.registrationCalls.map(call => call.method)).toEqual(['PUT'])
    await world.stop()
    await world.run()
    expect(dc.registrationCalls).toHaveLength(1)
    const registered = new Map(dc.registeredCommands(null).map(command => [command.name, command]))
    expect([...registered.keys()]).toEqual(['hush', 'shy', 'slow', 'files', 'list', 'apply', 'desk', 'enrol', 'staff'])
    const files = registered.get('files')
    expect(files).toMatchObject({
      description: 'What you can do here',
      description_localizations: { 'zh-CN': '这里能做什么', 'zh-TW': '这里能做什么' },
      contexts: [0, 1],
      integration_types: [0],
      default_member_permissions: null,
    })
    expect(files?.options?.map(option => [option.name, option.type, option.required])).toEqual([
      ['proof', 11, true],
      ['who', 6, true],
      ['size', 4, true],
      ['board', 3, false],
      ['when', 3, false],
      ['place', 3, false],
      ['note', 3, false],
    ])
    expect(files?.options?.[3]?.choices?.[0]).toMatchObject({ name: 'Show me', value: 'shown' })
    const staff = registered.get('staff')
    expect([staff?.default_member_permissions, staff?.options?.map(option => [option.type, option.name])]).toEqual([
      '32',
      [[1, 'role']],
    ])
  })

  test('writes only what differs: one changed, one missing, one too many', async () => {
    const { dc } = await open(SQLITE, { commands: COMMANDS })
    await world.run()
    await world.stop()
    const before = dc.registrationCalls.length
    const commands = new Map(dc.registeredCommands(null).map(command => [command.name, command]))
    const [slow, shy, hush] = [commands.get('slow'), commands.get('shy'), commands.get('hush')]
    if (!slow || !shy || !hush) throw new Error('not registered')
    slow.description_localizations = { ...slow.description_localizations, 'zh-TW': '別的' }
    shy.name = 'former'
    await world.run()
    const calls = dc.registrationCalls.slice(before)
    expect(calls.map(call => call.method)).toEqual(['DELETE', 'PATCH', 'POST'])
    expect(
      dc
        .registeredCommands(null)
        .map(command => command.name)
        .sort(),
    ).toEqual(['apply', 'desk', 'enrol', 'files', 'hush', 'list', 'shy', 'slow', 'staff'])
    expect(dc.registeredCommands(null).find(one => one.name === 'hush')?.id).toBe(hush.id)
  })
})

describe('deliveries', () => {
  const delivery = (to: Delivery['to'], nonce = 'nonce-1'): Delivery => ({
    id: 1,
    to,
    reply: plain(t('checkin.note', { note: 'later @everyone' })),
    locale: 'en',
    askerId: '',
    nonce,
  })
  const failure = async (work: Promise<unknown>) =>
    work.then(
      () => 'delivered',
      error => ({ problem: error.problem, maybeSent: error.maybeSent, retryAfterMs: error.retryAfterMs }),
    )

  test('go to a channel or to a private channel, once per nonce', async () => {
    const { ada, general, dc } = await open()
    const { connection } = await world.run()
    const chat = { kind: 'chat', chat: { id: general.id, direct: false, ephemeral: true } } as const
    const first = await connection.sender.deliver(delivery(chat))
    const second = await connection.sender.deliver(delivery(chat))
    expect(second.messageId).toBe(first.messageId)
    expect(dc.messages(general).map(words)).toEqual(['“later @everyone”'])
    const person = { kind: 'person', platformId: ada.id } as const
    await connection.sender.deliver(delivery(person, 'nonce-2'))
    await connection.sender.deliver(delivery(person, 'nonce-3'))
    expect(dc.dms(ada)).toHaveLength(2)
    expect(dc.calls.filter(call => call.path === '/users/@me/channels')).toHaveLength(1)
    expect(connection.sender.dedupesByNonce).toBe(true)
  })

  test('failures are told apart', async () => {
    const { ada, guild, general, dc } = await open()
    const { connection } = await world.run()
    const to = (id: string) => ({ kind: 'chat', chat: { id, direct: false, ephemeral: true } }) as const
    const here = () => failure(connection.sender.deliver(delivery(to(general.id), `n${dc.calls.length}`)))
    const quiet = guild.channel('quiet')
    const none = { maybeSent: false, retryAfterMs: 0 }
    ada.acceptDms(false)
    expect(await failure(connection.sender.deliver(delivery({ kind: 'person', platformId: ada.id })))).toEqual({
      problem: 'blocked',
      ...none,
    })
    guild.hideFromBot(general)
    expect(await here()).toEqual({ problem: 'forbidden', ...none })
    guild.hideFromBot(general, false)
    guild.deleteChannel(quiet)
    expect(await failure(connection.sender.deliver(delivery(to(quiet.id))))).toEqual({ problem: 'gone', ...none })
    const route = '/channels/{channel_id}/messages'
    dc.fault({ route, kind: '403', code: 50013 })
    expect(await here()).toEqual({ problem: 'forbidden', ...none })
    dc.fault({ route, kind: '500' })
    expect(await here()).toEqual({ problem: 'unreachable', maybeSent: true, retryAfterMs: 0 })
    dc.fault({ route, kind: 'drop-before' })
    expect(await here()).toEqual({ problem: 'unreachable', maybeSent: true, retryAfterMs: 0 })
    dc.fault({ route: '/users/@me/channels', kind: 'drop-after' })
    ada.acceptDms(true)
    const another = { kind: 'person', platformId: world.lin.id } as const
    expect(await failure(connection.sender.deliver(delivery(another)))).toEqual({ problem: 'unreachable', ...none })
    dc.fault({ route, kind: '429', retryAfter: 30 })
    expect(await here()).toMatchObject({ problem: 'rate-limited', maybeSent: false })
    const nobody = { kind: 'person', platformId: world.mo.id } as const
    dc.fault({ route: '/users/@me/channels', kind: '403', code: 50033 })
    expect(await failure(connection.sender.deliver(delivery(nobody)))).toEqual({ problem: 'gone', ...none })
    world.mo.deleteAccount()
    expect(await failure(connection.sender.deliver(delivery(nobody)))).toEqual({ problem: 'gone', ...none })
  })

  test('a payload that Discord refuses is our mistake, and is not tried again', async () => {
    const { general, dc } = await open()
    const { connection } = await world.run()
    const chat = { kind: 'chat', chat: { id: general.id, direct: false, ephemeral: true } } as const
    expect(await failure(connection.sender.deliver(delivery(chat, 'a nonce that is longer than 25')))).toMatchObject({
      problem: 'rejected',
    })
    expect(dc.violations.splice(0).map(one => one.rule)).toEqual(['invalid-form'])
    const reply = plain(t('checkin.note', { note: 'x' }), button(t('help.title'), 'a command '.repeat(8)))
    expect(await failure(connection.sender.deliver({ ...delivery(chat), reply }))).toMatchObject({
      problem: 'rejected',
    })
  })
})
