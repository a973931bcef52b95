/** Guilds of the fake world, and what happens to them. */
import { INTENT } from './gateway.ts'
import { announceMember, dropMember, removeBot } from './guild-endpoints.ts'
import { channelJson, guildCreateJson, guildJson, memberJson, userJson } from './payloads.ts'
import type { FakeUser } from './people.ts'
import { bits, EVERYONE_DEFAULT, may, type PermissionName } from './permissions.ts'
import type { Platform } from './platform.ts'
import type { JsonObject } from './schema.ts'
import type { ChannelState, GuildState, MemberState, RoleState } from './state.ts'

export type BotSeat = {
  permissions?: readonly PermissionName[]
  /** Where the bot's own role stands; at the bottom it can give no role, as after a fresh invitation. */
  role?: 'top' | 'bottom'
}

export type GuildOptions = {
  name: string
  /** Names of text channels; the first is the most common one. */
  channels?: string[]
  members?: FakeUser[]
  /** From low to high. */
  roles?: { name: string; permissions?: readonly PermissionName[]; members?: FakeUser[] }[]
  owner?: FakeUser
  locale?: string
  /** Name of the channel where Discord announces who joined; none by default. */
  systemChannel?: string
  /** false: the bot is added later with addBot(). */
  bot?: boolean | BotSeat
}

export type FakeGuild = {
  readonly id: string
  readonly state: GuildState
  channel: (name: string) => ChannelState
  role: (name: string) => RoleState
  /** The bot is invited: GUILD_CREATE. */
  addBot: (seat?: BotSeat) => void
  /** The bot is kicked: GUILD_DELETE. */
  removeBot: () => void
  /** The guild becomes unavailable: GUILD_DELETE with unavailable; restore() brings it back. */
  outage: () => void
  restore: () => void
  rename: (name: string) => void
  join: (user: FakeUser) => void
  leave: (user: FakeUser) => void
  /** Keeps somebody out, member or not: told to bots that may see bans, with the moderation intent. */
  ban: (user: FakeUser) => void
  unban: (user: FakeUser) => void
  give: (user: FakeUser, role: RoleState) => void
  take: (user: FakeUser, role: RoleState) => void
  addChannel: (name: string) => ChannelState
  /** Denies the bot (or allows it again) to see a channel. */
  hideFromBot: (channel: ChannelState, hidden?: boolean) => void
  deleteChannel: (channel: ChannelState) => void
  deleteRole: (role: RoleState) => void
}

const BOT_DEFAULT: readonly PermissionName[] = [
  'ViewChannel',
  'SendMessages',
  'EmbedLinks',
  'AttachFiles',
  'ReadMessageHistory',
  'AddReactions',
  'ManageRoles',
]

const SEE_BANS: readonly PermissionName[] = ['BanMembers', 'ViewAuditLog']

export function createGuild(platform: Platform, options: GuildOptions): FakeGuild {
  const { state, gateway } = platform
  const guild = newGuild(platform, options)
  const tell = (event: string, payload: unknown, intent: number = INTENT.Guilds) => {
    if (guild.botIn) gateway.dispatch({ event, guildId: guild.id, intent, payload: payload as JsonObject })
  }
  /** Without one of these permissions Discord keeps bans to itself. */
  const tellBan = (event: string, user: FakeUser) => {
    if (!SEE_BANS.some(name => may(state, state.bot.id, name, guild.id))) return
    tell(event, { guild_id: guild.id, user: userJson(user.state) }, INTENT.GuildModeration)
  }
  const memberOf = (user: FakeUser): MemberState => {
    const member = guild.members.get(user.id)
    if (!member) throw new Error(`${user.state.username} is not in ${guild.name}`)
    return member
  }
  const appear = () =>
    gateway.dispatch({
      event: 'GUILD_CREATE',
      guildId: guild.id,
      intent: INTENT.Guilds,
      payload: session => guildCreateJson(state, guild, (session.intents & INTENT.GuildMembers) !== 0),
    })
  const changed = (member: MemberState) => guild.botIn && announceMember(platform, guild, member)

  const fake: FakeGuild = {
    id: guild.id,
    state: guild,
    channel(name) {
      for (const id of guild.channelIds) {
        const channel = state.channels.get(id)
        if (channel?.name === name) return channel
      }
      throw new Error(`${guild.name} has no channel ${name}`)
    },
    role(name) {
      const role = [...guild.roles.values()].find(one => one.name === name)
      if (!role) throw new Error(`${guild.name} has no role ${name}`)
      return role
    },
    addBot(seat = {}) {
      if (guild.botIn) throw new Error(`the bot is in ${guild.name} already`)
      seatBot(platform, guild, seat)
      appear()
    },
    removeBot: () => removeBot(platform, guild),
    outage() {
      tell('GUILD_DELETE', { id: guild.id, unavailable: true })
      guild.available = false
    },
    restore() {
      guild.available = true
      appear()
    },
    rename(name) {
      guild.name = name
      tell('GUILD_UPDATE', guildJson(guild))
    },
    join(user) {
      if (guild.bans.has(user.id)) throw new Error(`${user.state.username} is banned from ${guild.name}`)
      const member = { userId: user.id, nick: null, roles: new Set<string>(), joinedAt: state.now() }
      guild.members.set(user.id, member)
      tell('GUILD_MEMBER_ADD', { ...memberJson(state, member), guild_id: guild.id }, INTENT.GuildMembers)
    },
    leave(user) {
      memberOf(user)
      dropMember(platform, guild, user.state)
    },
    ban(user) {
      guild.bans.add(user.id)
      tellBan('GUILD_BAN_ADD', user)
      if (guild.members.has(user.id)) dropMember(platform, guild, user.state)
    },
    unban(user) {
      if (!guild.bans.delete(user.id)) throw new Error(`${user.state.username} is not banned from ${guild.name}`)
      tellBan('GUILD_BAN_REMOVE', user)
    },
    give(user, role) {
      memberOf(user).roles.add(role.id)
      changed(memberOf(user))
    },
    take(user, role) {
      memberOf(user).roles.delete(role.id)
      changed(memberOf(user))
    },
    addChannel(name) {
      const channel = newChannel(platform, guild, name)
      tell('CHANNEL_CREATE', channelJson(state, channel))
      return channel
    },
    hideFromBot(channel, hidden = true) {
      channel.overwrites = channel.overwrites.filter(one => one.id !== state.bot.id)
      if (hidden) channel.overwrites.push({ id: state.bot.id, kind: 'member', allow: 0n, deny: bits(['ViewChannel']) })
      tell('CHANNEL_UPDATE', channelJson(state, channel))
    },
    deleteChannel(channel) {
      state.channels.delete(channel.id)
      guild.channelIds = guild.channelIds.filter(id => id !== channel.id)
      tell('CHANNEL_DELETE', channelJson(state, channel))
    },
    deleteRole(role) {
      guild.roles.delete(role.id)
      for (const member of guild.members.values()) member.roles.delete(role.id)
      tell('GUILD_ROLE_DELETE', { guild_id: guild.id, role_id: role.id })
    },
  }
  if (options.bot !== false) fake.addBot(typeof options.bot === 'object' ? options.bot : {})
  return fake
}

function newGuild(platform: Platform, options: GuildOptions): GuildState {
  const { state } = platform
  const id = state.nextId()
  const role = (name: string, permissions: bigint, position: number, roleId = state.nextId()): RoleState => ({
    id: roleId,
    name,
    permissions,
    position,
    managed: false,
    botId: null,
  })
  const joining = new Set([
    ...(options.owner ? [options.owner] : []),
    ...(options.members ?? []),
    ...(options.roles ?? []).flatMap(one => one.members ?? []),
  ])
  const guild: GuildState = {
    id,
    name: options.name,
    // A guild always has an owner; by default nobody who takes part in the test.
    ownerId: options.owner?.id ?? state.nextId(),
    locale: options.locale ?? 'en-US',
    roles: new Map([[id, role('@everyone', EVERYONE_DEFAULT, 0, id)]]),
    members: new Map(
      [...joining].map(user => [user.id, { userId: user.id, nick: null, roles: new Set(), joinedAt: state.now() }]),
    ),
    bans: new Set(),
    channelIds: [],
    systemChannelId: null,
    botIn: false,
    available: true,
  }
  for (const [index, wanted] of (options.roles ?? []).entries()) {
    const made = role(wanted.name, bits(wanted.permissions ?? []), index + 1)
    guild.roles.set(made.id, made)
    for (const user of wanted.members ?? []) guild.members.get(user.id)?.roles.add(made.id)
  }
  for (const name of options.channels ?? ['general']) {
    const channel = newChannel(platform, guild, name)
    if (name === options.systemChannel) guild.systemChannelId = channel.id
  }
  state.guilds.set(id, guild)
  return guild
}

function newChannel({ state }: Platform, guild: GuildState, name: string): ChannelState {
  const channel: ChannelState = {
    id: state.nextId(),
    guildId: guild.id,
    name,
    position: guild.channelIds.length,
    recipientId: null,
    overwrites: [],
    lastMessageId: null,
  }
  state.channels.set(channel.id, channel)
  guild.channelIds.push(channel.id)
  return channel
}

/** Makes the bot a member with its managed role. */
function seatBot(
  { state }: Platform,
  guild: GuildState,
  { permissions = BOT_DEFAULT, role: place = 'top' }: BotSeat,
): void {
  const highest = Math.max(...[...guild.roles.values()].map(one => one.position))
  if (place === 'bottom') for (const one of guild.roles.values()) if (one.position > 0) one.position += 1
  const own: RoleState = {
    id: state.nextId(),
    name: state.bot.username,
    permissions: bits(permissions),
    position: place === 'top' ? highest + 1 : 1,
    managed: true,
    botId: state.bot.id,
  }
  guild.roles.set(own.id, own)
  guild.members.set(state.bot.id, { userId: state.bot.id, nick: null, roles: new Set([own.id]), joinedAt: state.now() })
  guild.botIn = true
}
