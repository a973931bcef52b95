/** What exists on the fake server: people, guilds, channels, messages, and the ids they get. */

export type UserState = {
  id: string
  username: string
  globalName: string | null
  /** The language of the person's client, sent with every interaction. */
  locale: string
  bot: boolean
  /** False: "allow direct messages from server members" is off, or the person blocked the bot. */
  acceptsDms: boolean
  /** The account is no more. */
  deleted: boolean
}

export type RoleState = {
  id: string
  name: string
  permissions: bigint
  position: number
  /** Belongs to an integration and cannot be given by anyone. */
  managed: boolean
  botId: string | null
}

export type MemberState = { userId: string; nick: string | null; roles: Set<string>; joinedAt: number }

export type Overwrite = { id: string; kind: 'role' | 'member'; allow: bigint; deny: bigint }

export type ChannelState = {
  id: string
  guildId: string | null
  name: string
  position: number
  /** Only for a direct channel: the person on the other side. */
  recipientId: string | null
  overwrites: Overwrite[]
  lastMessageId: string | null
}

export type GuildState = {
  id: string
  name: string
  ownerId: string
  locale: string
  roles: Map<string, RoleState>
  members: Map<string, MemberState>
  /** Ids of those who are kept out. */
  bans: Set<string>
  channelIds: string[]
  systemChannelId: string | null
  botIn: boolean
  available: boolean
}

export type FileState = { id: string; name: string; contentType: string; bytes: Uint8Array; description: string | null }

/** Who is notified by a message once allowed_mentions is applied. */
export type Pings = { users: string[]; roles: string[]; everyone: boolean }

export type MessageState = {
  id: string
  channelId: string
  authorId: string
  content: string
  /** As the bot sent them. */
  embeds: EmbedJson[]
  components: ComponentJson[]
  files: FileState[]
  flags: number
  pings: Pings
  /** Set when only this person sees it. */
  onlyFor: string | null
  nonce: string | number | null
  createdAt: number
  editedAt: number | null
  deleted: boolean
  replyTo: string | null
  /** The interaction this message answers. */
  interactionId: string | null
  reactions: Map<string, Set<string>>
}

export type EmbedJson = {
  title?: string
  description?: string
  url?: string
  color?: number
  fields?: { name: string; value: string; inline?: boolean }[]
  footer?: { text: string }
  author?: { name: string }
  image?: { url: string }
  thumbnail?: { url: string }
}

export type ComponentJson = {
  type: number
  custom_id?: string
  label?: string
  style?: number
  disabled?: boolean
  url?: string
  required?: boolean
  placeholder?: string
  value?: string
  min_length?: number
  max_length?: number
  min_values?: number
  max_values?: number
  options?: { label: string; value: string; description?: string; default?: boolean }[]
  default_values?: { id: string; type: string }[]
  components?: ComponentJson[]
  component?: ComponentJson
  description?: string
  content?: string
}

export type State = {
  now: () => number
  nextId: () => string
  bot: UserState
  users: Map<string, UserState>
  guilds: Map<string, GuildState>
  channels: Map<string, ChannelState>
  messages: Map<string, MessageState>
  /** Files people attach to a command, by id. */
  uploads: Map<string, FileState>
}

const DISCORD_EPOCH = 1420070400000n

/** Snowflakes of the given clock: unique and rising even while the clock stands still. */
export function snowflakes(now: () => number): () => string {
  let last = 0n
  return () => {
    const id = (BigInt(now()) - DISCORD_EPOCH) << 22n
    last = id > last ? id : last + 1n
    return last.toString()
  }
}

/** The direct channel between the bot and that person, opened if need be. */
export function directChannel(state: State, userId: string): ChannelState {
  for (const channel of state.channels.values()) if (channel.recipientId === userId) return channel
  const channel: ChannelState = {
    id: state.nextId(),
    guildId: null,
    name: '',
    position: 0,
    recipientId: userId,
    overwrites: [],
    lastMessageId: null,
  }
  state.channels.set(channel.id, channel)
  return channel
}

/** All components of a message or a form, rows and labels opened. */
export function flatten(components: ComponentJson[]): ComponentJson[] {
  return components.flatMap(one => [
    one,
    ...flatten(one.components ?? []),
    ...(one.component ? flatten([one.component]) : []),
  ])
}
