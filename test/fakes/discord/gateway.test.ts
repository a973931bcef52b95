import { GatewayIntentBits } from 'discord.js'
import { describe, expect, it } from 'vitest'
import { call, connect, startWorld, TOKEN } from './client.ts'
import { startFakeDiscord } from './index.ts'

const PING = [{ name: 'ping', description: 'Ping' }]

/** A world whose bot answers /ping with "pong <number of times asked>". */
async function pinging(options: Parameters<typeof startWorld>[0] = {}) {
  const world = await startWorld(options)
  await world.bot.application.commands.set(PING)
  let asked = 0
  world.bot.on('interactionCreate', interaction => {
    asked += 1
    if (interaction.isChatInputCommand()) interaction.reply(`pong ${asked}`).catch(() => {})
  })
  return { ...world, times: () => asked }
}

describe('signing in', () => {
  it('a wrong token closes with 4004, a privileged intent that is off with 4014', async () => {
    await using dc = await startFakeDiscord({ token: TOKEN })
    const intents = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers]
    await expect(connect(dc, { intents })).rejects.toThrow(/intents/)
    await expect(connect({ ...dc, token: 'MTAw.wrong.token' })).rejects.toThrow(/token/)
    expect(dc.gateway.connected()).toEqual([])
  })

  it('with the members intent granted the bot hears of joins and leaves', async () => {
    const intents = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers]
    await using world = await startWorld({ privilegedIntents: ['GuildMembers'] }, { intents })
    const { bot, guild, dc, ada } = world
    const heard: string[] = []
    bot.on('guildMemberAdd', member => void heard.push(`+${member.user.username}`))
    bot.on('guildMemberRemove', member => void heard.push(`-${member.user.username}`))
    const zoe = dc.user({ username: 'zoe' })
    guild.join(zoe)
    guild.leave(ada)
    await expect.poll(() => heard).toEqual(['+zoe', '-ada'])
    expect((await bot.guilds.cache.get(guild.id)?.members.fetch())?.map(one => one.user.username).sort()).toEqual([
      'lin',
      'mo',
      'muster',
      'zoe',
    ])
  })
})

describe('connections that break', () => {
  it('a cut socket resumes and replays the interaction it missed, once', async () => {
    await using world = await pinging()
    const { dc, ada, general, bot } = world
    const resumed = new Promise(resolve => bot.once('shardResume', (_, replayed) => resolve(replayed)))
    dc.gateway.drop()
    const missed = ada.command(general, 'ping')
    expect((await missed.response()).content).toBe('pong 1')
    expect(await resumed).toBeGreaterThan(0)
    expect(world.times()).toBe(1)
    expect(dc.gateway.sessions()).toHaveLength(1)
    expect(dc.violations).toEqual([])
  })

  it('op 7 makes the client reconnect and resume', async () => {
    await using world = await pinging()
    const { dc, ada, general, bot } = world
    const resumed = new Promise<void>(resolve => bot.once('shardResume', () => resolve()))
    dc.gateway.reconnect()
    await resumed
    expect((await ada.command(general, 'ping').response()).content).toBe('pong 1')
    expect(dc.gateway.identifies.remaining).toBe(999)
  })

  it('an invalidated session signs in again, and what was missed is lost', async () => {
    await using world = await pinging()
    const { dc, ada, general } = world
    dc.gateway.invalidate(false)
    const lost = ada.command(general, 'ping')
    await dc.until(() => dc.gateway.identifies.remaining === 998, 'a second IDENTIFY', 15_000)
    expect((await ada.command(general, 'ping').response()).content).toBe('pong 1')
    expect(lost.state.firstResponse).toBeNull()
  }, 30_000)

  it('unanswered heartbeats make the client give the connection up', async () => {
    await using world = await pinging({ heartbeatMs: 150 })
    const { dc, bot } = world
    const resumed = new Promise<void>(resolve => bot.once('shardResume', () => resolve()))
    dc.gateway.muteHeartbeats()
    await dc.until(() => dc.gateway.connected().length === 0, 'the client to leave')
    dc.gateway.muteHeartbeats(false)
    await resumed
  })
})

describe('deliveries', () => {
  it('a redelivered interaction arrives twice, and a second answer is 40060', async () => {
    await using world = await pinging()
    const { dc, ada, general } = world
    const ping = ada.command(general, 'ping')
    await ping.response()
    dc.redeliver(ping)
    const second = await dc.waitForCall(
      'POST',
      '/interactions/{interaction_id}/{interaction_token}/callback',
      one => one.status === 400,
    )
    expect(second.answer).toMatchObject({ code: 40060 })
    expect(dc.violations.map(one => one.rule)).toEqual(['code 40060'])
    expect(dc.messages(general)).toHaveLength(1)
  })

  it('an answer that was cut off may be tried again without blame', async () => {
    await using world = await startWorld()
    const { dc, ada, general, bot } = world
    await bot.application.commands.set(PING)
    bot.on('interactionCreate', async interaction => {
      if (!interaction.isChatInputCommand()) return
      await interaction.reply('first').catch(() => {})
      await interaction.reply('second').catch(() => {})
    })
    dc.fault({ kind: 'drop-after', route: '/interactions/{interaction_id}/{interaction_token}/callback' })
    const ping = ada.command(general, 'ping')
    expect((await ping.response()).content).toBe('first')
    await dc.until(() => dc.calls.find(one => one.status === 400), 'the retry')
    expect(dc.violations).toEqual([])
  })

  it('events can arrive in another order than they happened', async () => {
    await using world = await startWorld()
    const { dc, ada, lin, general, bot } = world
    await bot.application.commands.set(PING)
    const heard: string[] = []
    bot.on('interactionCreate', interaction => void heard.push(interaction.user.username))
    dc.gateway.outOfOrder(() => {
      ada.command(general, 'ping')
      lin.command(general, 'ping')
    })
    await expect.poll(() => heard).toEqual(['lin', 'ada'])
  })
})

describe('guilds that come, change and go', () => {
  it('are told apart: invited, renamed, unavailable, back, kicked', async () => {
    await using world = await startWorld()
    const { bot, guild, dc } = world
    const heard: string[] = []
    bot.on('guildCreate', one => void heard.push(`invited to ${one.name}`))
    bot.on('guildUpdate', (_, one) => void heard.push(`renamed ${one.name}`))
    bot.on('guildUnavailable', one => void heard.push(`outage of ${one.name}`))
    bot.on('guildAvailable', one => void heard.push(`back: ${one.name}`))
    bot.on('guildDelete', one => void heard.push(`kicked from ${one.name}`))
    const other = dc.guild({ name: 'Other', bot: false })
    other.addBot({ role: 'bottom' })
    guild.rename('Camp 2')
    guild.outage()
    guild.restore()
    guild.removeBot()
    await expect
      .poll(() => heard)
      .toEqual(['invited to Other', 'renamed Camp 2', 'outage of Camp 2', 'back: Camp 2', 'kicked from Camp 2'])
    expect([...bot.guilds.cache.values()].map(one => one.name)).toEqual(['Other'])
  })
})

describe('the age of an interaction', () => {
  async function aged() {
    let now = Date.UTC(2026, 2, 1)
    const world = await startWorld({ now: () => now })
    await world.bot.application.commands.set(PING)
    const ping = world.ada.command(world.general, 'ping')
    const answer = (type: number, flags = 0) =>
      call(world.dc, 'POST', `/interactions/${ping.id}/${ping.state.token}/callback`, {
        type,
        data: { content: 'x', flags },
      })
    const edit = (body: object) =>
      call(world.dc, 'PATCH', `/webhooks/${world.dc.bot.id}/${ping.state.token}/messages/@original`, body)
    return { ...world, ping, answer, edit, pass: (ms: number) => (now += ms) }
  }

  it('after 3 seconds the first answer is 10062', async () => {
    await using world = await aged()
    world.pass(3001)
    expect((await world.answer(4)).code).toBe(10062)
    expect(world.ping.failed).toBe(true)
  })

  it('nothing can be edited before the first answer, and nothing after 15 minutes', async () => {
    await using world = await aged()
    expect((await world.edit({ content: 'x' })).code).toBe(10015)
    expect((await world.answer(5)).status).toBe(204)
    world.pass(14 * 60_000)
    expect((await world.edit({ content: 'late' })).status).toBe(200)
    world.pass(60_001)
    expect(await world.edit({ content: 'too late' })).toMatchObject({ status: 401, code: 50027 })
    expect(await world.ping.response()).toMatchObject({ content: 'late', afterMs: 0 })
  })

  it('a command cannot be answered as a press, and a form cannot follow a deferral', async () => {
    await using world = await aged()
    expect((await world.answer(6)).code).toBe(50035)
    expect((await world.answer(8)).code).toBe(50035)
    await world.answer(5)
    const form = {
      custom_id: 'f',
      title: 't',
      components: [{ type: 1, components: [{ type: 4, custom_id: 'a', label: 'a', style: 1 }] }],
    }
    const path = `/interactions/${world.ping.id}/${world.ping.state.token}/callback`
    expect((await call(world.dc, 'POST', path, { type: 9, data: form })).code).toBe(40060)
    expect(world.dc.violations.at(-1)?.detail).toContain('a modal cannot follow')
  })

  it('a form is refused for a long title, a long label, and a text input over 4000', async () => {
    await using world = await aged()
    const path = `/interactions/${world.ping.id}/${world.ping.state.token}/callback`
    const form = (title: string, input: object) => ({
      type: 9,
      data: {
        custom_id: 'f',
        title,
        components: [{ type: 1, components: [{ type: 4, custom_id: 'a', label: 'a', style: 1, ...input }] }],
      },
    })
    expect((await call(world.dc, 'POST', path, form('t'.repeat(46), {}))).code).toBe(50035)
    expect((await call(world.dc, 'POST', path, form('t', { label: 'l'.repeat(46) }))).code).toBe(50035)
    expect((await call(world.dc, 'POST', path, form('t', { max_length: 4001 }))).code).toBe(50035)
    expect((await call(world.dc, 'POST', path, form('t', {}))).status).toBe(204)
  })
})
