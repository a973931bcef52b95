/** The world as Discord's JSON. Objects are complete: discord.js throws on half ones. */
import { permissionsOf } from './permissions.ts'
import type { Json, JsonObject } from './schema.ts'
import type {
  ChannelState,
  ComponentJson,
  FileState,
  GuildState,
  MemberState,
  MessageState,
  RoleState,
  State,
  UserState,
} from './state.ts'

const iso = (at: number) => new Date(at).toISOString()

export function userJson(user: UserState): JsonObject {
  return {
    id: user.id,
    username: user.username,
    discriminator: user.bot ? '0001' : '0',
    global_name: user.globalName,
    avatar: null,
    bot: user.bot,
    system: false,
    banner: null,
    accent_color: null,
    public_flags: 0,
    flags: 0,
    avatar_decoration_data: null,
    collectibles: null,
    primary_guild: null,
  }
}

export function roleJson(role: RoleState): JsonObject {
  return {
    id: role.id,
    name: role.name,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    position: role.position,
    permissions: role.permissions.toString(),
    managed: role.managed,
    mentionable: false,
    flags: 0,
    ...(role.botId && { tags: { bot_id: role.botId } }),
  }
}

export function memberJson(state: State, member: MemberState): JsonObject {
  const user = state.users.get(member.userId)
  if (!user) throw new Error(`no user ${member.userId}`)
  return {
    user: userJson(user),
    nick: member.nick,
    avatar: null,
    banner: null,
    roles: [...member.roles],
    joined_at: iso(member.joinedAt),
    premium_since: null,
    deaf: false,
    mute: false,
    pending: false,
    communication_disabled_until: null,
    flags: 0,
    avatar_decoration_data: null,
    collectibles: null,
  }
}

export function channelJson(state: State, channel: ChannelState): JsonObject {
  const recipient = channel.recipientId ? state.users.get(channel.recipientId) : undefined
  if (recipient)
    return {
      id: channel.id,
      type: 1,
      last_message_id: channel.lastMessageId,
      last_pin_timestamp: null,
      flags: 0,
      recipients: [userJson(recipient)],
      name: null,
    }
  return {
    id: channel.id,
    type: 0,
    guild_id: channel.guildId,
    name: channel.name,
    position: channel.position,
    topic: null,
    nsfw: false,
    parent_id: null,
    last_message_id: channel.lastMessageId,
    last_pin_timestamp: null,
    rate_limit_per_user: 0,
    flags: 0,
    permission_overwrites: channel.overwrites.map(one => ({
      id: one.id,
      type: one.kind === 'role' ? 0 : 1,
      allow: one.allow.toString(),
      deny: one.deny.toString(),
    })),
  }
}

export function guildJson(guild: GuildState): JsonObject {
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    splash: null,
    discovery_splash: null,
    owner_id: guild.ownerId,
    region: '',
    afk_channel_id: null,
    afk_timeout: 300,
    widget_enabled: false,
    widget_channel_id: null,
    verification_level: 0,
    default_message_notifications: 1,
    explicit_content_filter: 0,
    roles: [...guild.roles.values()].map(roleJson),
    emojis: [],
    features: guild.locale === 'en-US' ? [] : ['COMMUNITY'],
    mfa_level: 0,
    application_id: null,
    system_channel_id: guild.systemChannelId,
    system_channel_flags: 0,
    rules_channel_id: null,
    max_presences: null,
    max_members: 500_000,
    vanity_url_code: null,
    description: null,
    banner: null,
    premium_tier: 0,
    premium_subscription_count: 0,
    preferred_locale: guild.locale,
    public_updates_channel_id: null,
    max_video_channel_users: 25,
    max_stage_video_channel_users: 50,
    nsfw_level: 0,
    stickers: [],
    premium_progress_bar_enabled: false,
    safety_alerts_channel_id: null,
    incidents_data: null,
  }
}

/** GUILD_CREATE. Without the members intent Discord sends only the bot's own member. */
export function guildCreateJson(state: State, guild: GuildState, membersIntent: boolean): JsonObject {
  const bot = guild.members.get(state.bot.id)
  const members = membersIntent ? [...guild.members.values()] : bot ? [bot] : []
  return {
    ...guildJson(guild),
    joined_at: iso(bot?.joinedAt ?? state.now()),
    large: guild.members.size > 50,
    unavailable: false,
    member_count: guild.members.size,
    voice_states: [],
    members: members.map(member => memberJson(state, member)),
    channels: guild.channelIds.flatMap(id => {
      const channel = state.channels.get(id)
      return channel ? [channelJson(state, channel)] : []
    }),
    threads: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  }
}

/** Components come back with numeric ids in the order of the tree. */
function numbered(components: ComponentJson[], counter = { next: 1 }): ComponentJson[] {
  return components.map(one => ({
    id: counter.next++,
    ...one,
    ...(one.components && { components: numbered(one.components, counter) }),
  }))
}

export function attachmentJson(baseUrl: string, channelId: string, file: FileState) {
  const url = `${baseUrl}/attachments/${channelId}/${file.id}/${encodeURIComponent(file.name)}`
  return {
    id: file.id,
    filename: file.name,
    size: file.bytes.byteLength,
    url,
    proxy_url: url,
    content_type: file.contentType,
    ...(file.description !== null && { description: file.description }),
  }
}

export function messageJson(state: State, baseUrl: string, message: MessageState): JsonObject {
  const author = state.users.get(message.authorId)
  if (!author) throw new Error(`no user ${message.authorId}`)
  const replied = message.replyTo ? state.messages.get(message.replyTo) : undefined
  return {
    id: message.id,
    channel_id: message.channelId,
    author: userJson(author),
    content: message.content,
    timestamp: iso(message.createdAt),
    edited_timestamp: message.editedAt === null ? null : iso(message.editedAt),
    tts: false,
    mention_everyone: message.pings.everyone,
    mentions: message.pings.users.flatMap(id => {
      const user = state.users.get(id)
      return user ? [userJson(user)] : []
    }),
    mention_roles: message.pings.roles,
    attachments: message.files.map(file => attachmentJson(baseUrl, message.channelId, file)),
    embeds: message.embeds.map(embed => ({ type: 'rich', ...embed })),
    components: numbered(message.components) as unknown as Json[],
    pinned: false,
    type: message.interactionId ? 20 : replied ? 19 : 0,
    flags: message.flags,
    ...(message.nonce !== null && { nonce: message.nonce }),
    ...(replied && {
      message_reference: { type: 0, message_id: replied.id, channel_id: replied.channelId },
      referenced_message: messageJson(state, baseUrl, { ...replied, replyTo: null }),
    }),
    ...(author.bot && { application_id: state.bot.id }),
    ...(message.interactionId && author.bot && { webhook_id: state.bot.id }),
    ...(message.reactions.size > 0 && {
      reactions: [...message.reactions].map(([name, who]) => ({
        count: who.size,
        count_details: { burst: 0, normal: who.size },
        me: who.has(state.bot.id),
        me_burst: false,
        burst_colors: [],
        emoji: { id: null, name },
      })),
    }),
  }
}

/** The member object of an interaction: with the person's computed permissions in that channel. */
export function actingMemberJson(state: State, guild: GuildState, member: MemberState, channel: ChannelState) {
  return { ...memberJson(state, member), permissions: permissionsOf(guild, member, channel).toString() }
}
