// Guilds come and go, also while nobody is listening: the state follows.
import { afterEach, expect, test } from 'vitest'
import { forEachEngine } from '#test/support/engines.ts'
import { type DiscordWorld, openDiscord, wordsOf } from './discord-world.ts'

let world: DiscordWorld
afterEach(async () => {
  const { violations } = world.dc
  await world[Symbol.asyncDispose]()
  expect(violations).toEqual([])
})

/** Titles of the places, those that were left marked. */
const places = async () =>
  (await world.test.app.db.selectFrom('places').select(['title', 'left_at']).orderBy('title').execute()).map(
    ({ title, left_at }) => `${title}${left_at === null ? '' : ' (left)'}`,
  )
/** What happened to places, in order. */
const facts = async () =>
  (
    await world.test.app.db
      .selectFrom('activity')
      .select('kind')
      .where('kind', 'like', 'place.%')
      .orderBy('id')
      .execute()
  ).map(row => row.kind)
const untilPlaces = (...wanted: string[]) =>
  expect.poll(places, { interval: 10, timeout: 10_000 }).toEqual([...wanted].sort())

forEachEngine('guilds', engine => {
  test('every guild is known once the bot is connected, however often it starts', async () => {
    world = await openDiscord(engine)
    world.dc.guild({ name: 'Early Birds' })
    await world.run()
    expect(await places()).toEqual(['Early Birds', 'Night Owls'])
    await world.stop()
    await world.run()
    expect(await facts()).toEqual(['place.joined', 'place.joined'])
    const told = await world.test.app.db.selectFrom('inbox').select('event_id').execute()
    expect(told).toHaveLength(2)
  })

  test('joining, renaming, an outage, leaving and coming back are followed', async () => {
    world = await openDiscord(engine)
    const { dc, guild, test: held } = world
    await world.run()
    const camp = dc.guild({ name: 'Camp', bot: false })
    camp.addBot()
    await untilPlaces('Night Owls', 'Camp')
    camp.rename('Summer Camp')
    await untilPlaces('Night Owls', 'Summer Camp')
    held.clock.advance(1000)
    camp.rename('Camp')
    await untilPlaces('Night Owls', 'Camp')
    guild.outage()
    guild.restore()
    guild.rename('Owls')
    await untilPlaces('Owls', 'Camp')
    camp.removeBot()
    await untilPlaces('Owls', 'Camp (left)')
    held.clock.advance(1000)
    camp.addBot()
    await untilPlaces('Owls', 'Camp')
    expect(await facts()).toEqual([
      'place.joined',
      'place.joined',
      'place.renamed',
      'place.renamed',
      'place.renamed',
      'place.left',
      'place.joined',
    ])
  })

  test('what happened while the process was away is caught up with at the start', async () => {
    world = await openDiscord(engine)
    const { dc, guild } = world
    const camp = dc.guild({ name: 'Camp' })
    await world.run()
    await world.stop()
    camp.removeBot()
    guild.rename('Owls')
    dc.guild({ name: 'New here' })
    await world.run()
    expect(await places()).toEqual(['Camp (left)', 'New here', 'Owls'])
  })

  test('what happened while the session was lost is caught up with when it is renewed', async () => {
    world = await openDiscord(engine)
    const { dc, guild, ada } = world
    const camp = dc.guild({ name: 'Camp', members: [ada] })
    const { connection } = await world.run()
    // Discord lets a bot identify once in five seconds.
    dc.gateway.drop()
    dc.gateway.forget()
    camp.removeBot()
    guild.rename('Owls')
    dc.guild({ name: 'New here' })
    await untilPlaces('Camp (left)', 'New here', 'Owls')
    expect(connection.connected()).toBe(true)
    // A guild that was left unnoticed can be joined again.
    world.test.clock.advance(1000)
    camp.addBot()
    await untilPlaces('Camp', 'New here', 'Owls')
  })

  test('a guild in an outage at the start is neither left nor in the way', async () => {
    world = await openDiscord(engine)
    const { dc, ada, general } = world
    const camp = dc.guild({ name: 'Camp' })
    await world.run()
    await world.stop()
    camp.outage()
    await world.run()
    expect(await places()).toEqual(['Camp', 'Night Owls'])
    await ada.command(general, 'checkin').response()
    camp.restore()
    camp.rename('Camp again')
    await untilPlaces('Camp again', 'Night Owls')
    expect(await facts()).not.toContain('place.left')
  })

  test('what is asked before a guild has been described waits for its description', async () => {
    world = await openDiscord(engine)
    const { dc, ada } = world
    const camp = dc.guild({ name: 'Camp', owner: ada })
    camp.outage()
    const running = world.run()
    await dc.until(() => dc.gateway.connected().length > 0, 'the gateway')
    const handle = ada.command(camp.channel('general'), 'checkin')
    camp.restore()
    await running
    expect((await handle.response()).content).toContain('Day 1')
    const stored = await world.test.app.db.selectFrom('inbox').select('request').execute()
    const [ask] = stored.map(row => JSON.parse(row.request)).filter(({ kind }) => kind === 'command')
    expect([ask.place.title, ask.from.role]).toEqual(['Camp', 'owner'])
  })

  test('a hello is said once, in the language of the guild, where the bot may write and nowhere else', async () => {
    world = await openDiscord(engine)
    const { dc, ada, lin } = world
    await world.run({ sending: true })
    const loud = dc.guild({ name: '夜猫', locale: 'zh-CN', systemChannel: 'general', members: [ada], bot: false })
    const mute = dc.guild({ name: 'Mute', systemChannel: 'general', members: [lin], bot: false })
    mute.hideFromBot(mute.channel('general'))
    mute.addBot()
    loud.addBot()
    const hello = await dc.waitForMessage(loud.channel('general'))
    expect(wordsOf(new Map(), hello)).toContain('大家好！我是 Muster。')
    const button = hello.components[0]?.components?.[0]
    expect(button?.label).toBe('打卡')
    const pressed = await ada.press(hello, String(button?.label)).response()
    expect(pressed).toMatchObject({ visibility: 'public', kind: 'message' })
    await untilPlaces('Mute', 'Night Owls', '夜猫')
    await world.stop()
    const community = await world.test.app.db
      .selectFrom('communities')
      .select('locale')
      .where('name', '=', '夜猫')
      .executeTakeFirstOrThrow()
    expect(community.locale).toBe('zh-CN')
    expect(await world.test.app.db.selectFrom('outbox').select('state').execute()).toEqual([{ state: 'sent' }])
    expect(dc.messages(loud.channel('general'))).toHaveLength(2)
  })

  test('a ban is followed where the bot may see it, and undone again', async () => {
    world = await openDiscord(engine)
    const { dc, ada, lin } = world
    const camp = dc.guild({ name: 'Camp', members: [ada, lin], bot: { permissions: ['ViewChannel', 'BanMembers'] } })
    const blind = dc.guild({ name: 'Blind', members: [ada, lin] })
    await world.run()
    for (const guild of [camp, blind]) {
      await ada.command(guild.channel('general'), 'checkin').response()
      guild.ban(ada)
      guild.unban(ada)
    }
    // What comes after is told after.
    camp.rename('Summer Camp')
    blind.rename('Still blind')
    await untilPlaces('Night Owls', 'Summer Camp', 'Still blind')
    const told = (await world.test.app.db.selectFrom('inbox').select(['request', 'state']).orderBy('id').execute())
      .map(({ request, state }) => ({ ...JSON.parse(request), state }))
      .filter(({ what }) => what?.startsWith('member-'))
    const who = { platformId: ada.id, name: 'Ada', username: 'ada' }
    const place = { platformId: camp.id, kind: 'guild', title: 'Camp' }
    expect(told).toMatchObject([
      { what: 'member-banned', place, who, state: 'answered' },
      { what: 'member-unbanned', place, who, state: 'answered' },
    ])
  })

  test('a member who is named by a command without privileged intents is found by what people did', async () => {
    world = await openDiscord(engine)
    const { dc, ada, lin, general } = world
    await world.run()
    await lin.command(general, 'checkin').response()
    const seen = await ada.command(general, 'streak', { options: { member: lin } }).response()
    expect(wordsOf(new Map([[lin.id, '@lin']]), seen)).toContain('林: 1 in a row')
    expect(dc.gateway.sessions().map(session => session.intents)).toEqual([1 | 4])
  })
})
