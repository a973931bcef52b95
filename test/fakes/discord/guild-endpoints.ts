/** The bot itself, guilds, members and roles. */
import { refuse } from './errors.ts'
import { INTENT } from './gateway.ts'
import { channelJson, guildJson, memberJson, roleJson, userJson } from './payloads.ts'
import { may, permissionsOf, topRole } from './permissions.ts'
import type { Endpoint, Platform, Request } from './platform.ts'
import type { GuildState, MemberState, RoleState, UserState } from './state.ts'

/** The guild, if the bot is in it. To a bot outside, a guild does not exist. */
function guildFor(platform: Platform, request: Request): GuildState {
  const guild = platform.state.guilds.get(request.params.guild_id ?? '')
  if (!guild?.botIn) throw refuse(10004)
  return guild
}

function memberFor(platform: Platform, request: Request, guild: GuildState): MemberState {
  const id = request.params.user_id ?? ''
  const member = guild.members.get(id)
  if (member) return member
  throw refuse(platform.state.users.has(id) ? 10007 : 10013)
}

function roleFor(request: Request, guild: GuildState): RoleState {
  const role = guild.roles.get(request.params.role_id ?? '')
  if (!role) throw refuse(10011)
  return role
}

/** 50013 unless the bot manages roles and stands above this one. */
function checkHierarchy(platform: Platform, guild: GuildState, role: RoleState): void {
  const bot = guild.members.get(platform.state.bot.id)
  if (!bot || !may(platform.state, platform.state.bot.id, 'ManageRoles', guild.id)) throw refuse(50013)
  if (role.managed || role.id === guild.id || topRole(guild, bot) <= role.position) throw refuse(50013)
}

/** GUILD_MEMBER_UPDATE: for the bot's own member to everyone, else with the members intent only. */
export function announceMember(platform: Platform, guild: GuildState, member: MemberState): void {
  platform.gateway.dispatch({
    event: 'GUILD_MEMBER_UPDATE',
    guildId: guild.id,
    intent: member.userId === platform.state.bot.id ? INTENT.Guilds : INTENT.GuildMembers,
    payload: { ...memberJson(platform.state, member), guild_id: guild.id },
  })
}

/** Somebody is out of a guild; told with the members intent only. */
export function dropMember({ gateway }: Platform, guild: GuildState, user: UserState): void {
  guild.members.delete(user.id)
  if (!guild.botIn) return
  gateway.dispatch({
    event: 'GUILD_MEMBER_REMOVE',
    guildId: guild.id,
    intent: INTENT.GuildMembers,
    payload: { guild_id: guild.id, user: userJson(user) },
  })
}

const changeRole =
  (give: boolean): Endpoint =>
  (platform, request) => {
    const guild = guildFor(platform, request)
    const member = memberFor(platform, request, guild)
    const role = roleFor(request, guild)
    checkHierarchy(platform, guild, role)
    if (member.roles.has(role.id) === give) return
    if (give) member.roles.add(role.id)
    else member.roles.delete(role.id)
    announceMember(platform, guild, member)
  }

const createRole: Endpoint = (platform, request) => {
  const guild = guildFor(platform, request)
  if (!may(platform.state, platform.state.bot.id, 'ManageRoles', guild.id)) throw refuse(50013)
  const role: RoleState = {
    id: platform.state.nextId(),
    name: typeof request.body.name === 'string' ? request.body.name : 'new role',
    permissions: BigInt(String(request.body.permissions ?? 0)),
    position: 1,
    managed: false,
    botId: null,
  }
  // A new role goes to the bottom; the others move up.
  for (const other of guild.roles.values()) if (other.position >= 1) other.position += 1
  guild.roles.set(role.id, role)
  platform.gateway.dispatch({
    event: 'GUILD_ROLE_CREATE',
    guildId: guild.id,
    intent: INTENT.Guilds,
    payload: { guild_id: guild.id, role: roleJson(role) },
  })
  return roleJson(role)
}

const leaveGuild: Endpoint = (platform, request) => {
  const guild = guildFor(platform, request)
  removeBot(platform, guild)
}

/** The bot is out: kicked, banned or gone by itself. */
export function removeBot(platform: Platform, guild: GuildState): void {
  guild.botIn = false
  guild.members.delete(platform.state.bot.id)
  for (const role of [...guild.roles.values()]) if (role.botId === platform.state.bot.id) guild.roles.delete(role.id)
  platform.gateway.dispatch({
    event: 'GUILD_DELETE',
    guildId: guild.id,
    intent: INTENT.Guilds,
    payload: { id: guild.id },
  })
}

/** The bot's application, as /applications/@me answers. */
export function applicationJson(platform: Platform) {
  return {
    id: platform.state.bot.id,
    name: platform.state.bot.username,
    icon: null,
    description: '',
    rpc_origins: [],
    bot_public: true,
    bot_require_code_grant: false,
    bot: userJson(platform.state.bot),
    owner: userJson(platform.state.bot),
    verify_key: '0'.repeat(64),
    team: null,
    type: null,
    flags: 0,
    flags_new: '0',
    tags: [],
    redirect_uris: [],
    interactions_endpoint_url: null,
    role_connections_verification_url: null,
    explicit_content_filter: 0,
    eligible_oauth2_scopes: [],
    approximate_guild_count: [...platform.state.guilds.values()].filter(guild => guild.botIn).length,
    approximate_user_install_count: 0,
    approximate_user_authorization_count: 0,
    integration_types_config: { 0: {} },
  }
}

const gatewayBot: Endpoint = platform => ({
  url: platform.baseUrl.replace('http', 'ws'),
  shards: 1,
  session_start_limit: {
    total: 1000,
    remaining: platform.gateway.identifies.remaining,
    reset_after: 86_400_000,
    max_concurrency: 1,
  },
})

const listMembers: Endpoint = (platform, request) => {
  const guild = guildFor(platform, request)
  if (!platform.gateway.privileged.includes('GuildMembers')) throw refuse(50001)
  const limit = Number(request.query.limit ?? 1)
  const after = BigInt(request.query.after ?? '0')
  return [...guild.members.values()]
    .filter(one => BigInt(one.userId) > after)
    .toSorted((a, b) => (BigInt(a.userId) < BigInt(b.userId) ? -1 : 1))
    .slice(0, limit)
    .map(one => memberJson(platform.state, one))
}

const listGuilds: Endpoint = platform =>
  [...platform.state.guilds.values()]
    .filter(guild => guild.botIn)
    .map(guild => {
      const bot = guild.members.get(platform.state.bot.id)
      const permissions = bot ? permissionsOf(guild, bot).toString() : '0'
      return { id: guild.id, name: guild.name, icon: null, banner: null, owner: false, permissions, features: [] }
    })

export const guildEndpoints: Record<string, Endpoint> = {
  'GET /gateway': platform => ({ url: platform.baseUrl.replace('http', 'ws') }),
  'GET /gateway/bot': gatewayBot,
  'GET /applications/@me': applicationJson,
  'GET /oauth2/applications/@me': applicationJson,
  'GET /users/@me': platform => userJson(platform.state.bot),
  'GET /users/@me/guilds': listGuilds,
  'DELETE /users/@me/guilds/{guild_id}': leaveGuild,
  'GET /users/{user_id}': (platform, request) => {
    const user = platform.state.users.get(request.params.user_id ?? '')
    if (!user) throw refuse(10013)
    return userJson(user)
  },
  'GET /guilds/{guild_id}': (platform, request) => {
    const guild = guildFor(platform, request)
    const counts = { approximate_member_count: guild.members.size, approximate_presence_count: guild.members.size }
    return { ...guildJson(guild), ...(request.query.with_counts === 'true' && counts) }
  },
  'GET /guilds/{guild_id}/channels': (platform, request) =>
    guildFor(platform, request).channelIds.flatMap(id => {
      const channel = platform.state.channels.get(id)
      return channel ? [channelJson(platform.state, channel)] : []
    }),
  'GET /guilds/{guild_id}/roles': (platform, request) => [...guildFor(platform, request).roles.values()].map(roleJson),
  'POST /guilds/{guild_id}/roles': createRole,
  'GET /guilds/{guild_id}/roles/{role_id}': (platform, request) =>
    roleJson(roleFor(request, guildFor(platform, request))),
  'GET /guilds/{guild_id}/members': listMembers,
  'GET /guilds/{guild_id}/members/{user_id}': (platform, request) =>
    memberJson(platform.state, memberFor(platform, request, guildFor(platform, request))),
  'PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}': changeRole(true),
  'DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}': changeRole(false),
}
