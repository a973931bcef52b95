/** Making, changing and announcing messages, whichever route asks. */
import { invalidForm, refuse } from './errors.ts'
import { INTENT } from './gateway.ts'
import type { Call } from './log.ts'
import { FLAG_COMPONENTS_V2, FLAG_EPHEMERAL, list, mentionProblems, messageProblems, pingsOf } from './message-rules.ts'
import { memberJson, messageJson } from './payloads.ts'
import type { Platform } from './platform.ts'
import { isObject, type Json, type JsonObject } from './schema.ts'
import type { ChannelState, ComponentJson, EmbedJson, FileState, MessageState } from './state.ts'

export type MessageInput = {
  channel: ChannelState
  authorId: string
  body: JsonObject
  files: FileState[]
  call: Call | null
  /** Where the body sits in the request, for error paths. */
  path?: string[]
  onlyFor?: string | null
  interactionId?: string | null
}

const NO_PINGS = { users: [], roles: [], everyone: false }

/** An empty message that is not stored yet. */
export function blank(
  platform: Platform,
  input: Pick<MessageInput, 'channel' | 'authorId' | 'onlyFor' | 'interactionId'>,
): MessageState {
  return {
    id: platform.state.nextId(),
    channelId: input.channel.id,
    authorId: input.authorId,
    content: '',
    embeds: [],
    components: [],
    files: [],
    flags: input.onlyFor ? FLAG_EPHEMERAL : 0,
    pings: NO_PINGS,
    onlyFor: input.onlyFor ?? null,
    nonce: null,
    createdAt: platform.state.now(),
    editedAt: null,
    deleted: false,
    replyTo: null,
    interactionId: input.interactionId ?? null,
    reactions: new Map(),
  }
}

/** Throws 50035 for a body that breaks a message rule, and records pings nobody listed. */
export function checkMessage(platform: Platform, { body, files, call, path = [] }: MessageInput): void {
  const problems = [...messageProblems(body, path), ...mentionProblems(body.allowed_mentions, path)]
  if (problems.length > 0) throw invalidForm(problems)
  if (typeof body.content === 'string') {
    const { parsed } = pingsOf(body.content, body.allowed_mentions)
    if (parsed.length > 0)
      platform.log.violate(
        'unlisted-mention',
        `${isObject(body.allowed_mentions) ? 'allowed_mentions.parse' : 'missing allowed_mentions'} pings ${parsed.join(', ')}: ${JSON.stringify(body.content)}`,
        call,
      )
  }
  for (const entry of list<Json>(body.attachments).filter(isObject))
    if (Number(entry.id) < 10 && !files.some(file => file.id === String(entry.id)))
      platform.log.violate(
        'attachment',
        `attachments lists ${String(entry.id)} but no files[${String(entry.id)}] came`,
        call,
      )
}

/** Puts the fields of a body into a message; fields that are absent stay. */
export function fill(platform: Platform, message: MessageState, { body, files, call }: MessageInput): void {
  if (body.content !== undefined) message.content = typeof body.content === 'string' ? body.content : ''
  if (body.embeds !== undefined) message.embeds = list<EmbedJson>(body.embeds)
  if (body.components !== undefined) message.components = list<ComponentJson>(body.components)
  if (body.flags !== undefined) message.flags |= Number(body.flags ?? 0) & (FLAG_COMPONENTS_V2 | (1 << 2) | (1 << 12))
  if (Array.isArray(body.attachments)) {
    const kept = new Set(body.attachments.filter(isObject).map(one => String(one.id)))
    message.files = message.files.filter(file => kept.has(file.id))
  }
  message.files = [...message.files, ...files.map(file => ({ ...file, id: platform.state.nextId() }))]
  if (body.content !== undefined) message.pings = pingsOf(message.content, body.allowed_mentions).pings
  for (const embed of message.embeds)
    for (const url of [embed.image?.url, embed.thumbnail?.url])
      if (url?.startsWith('attachment://') && !message.files.some(file => `attachment://${file.name}` === url))
        platform.log.violate('attachment', `an embed shows ${url}, which is not attached`, call)
  if (isEmpty(message)) throw refuse(50006, 'an empty message')
}

const isEmpty = (message: MessageState) =>
  message.content.trim() === '' &&
  message.embeds.length === 0 &&
  message.files.length === 0 &&
  !((message.flags & FLAG_COMPONENTS_V2) !== 0 && message.components.length > 0)

/** Stores a message and tells the gateway. */
export function post(platform: Platform, message: MessageState): void {
  platform.state.messages.set(message.id, message)
  const channel = platform.state.channels.get(message.channelId)
  if (channel && message.onlyFor === null) channel.lastMessageId = message.id
  announce(platform, 'MESSAGE_CREATE', message)
}

/** Makes a message of a body, checks it, stores it, announces it. */
export function create(platform: Platform, input: MessageInput): MessageState {
  checkMessage(platform, input)
  const message = blank(platform, input)
  fill(platform, message, input)
  post(platform, message)
  return message
}

/** Applies an edit and announces it. Nothing changes when the edit is refused. */
export function edit(
  platform: Platform,
  message: MessageState,
  input: Omit<MessageInput, 'channel' | 'authorId'>,
): void {
  const channel = platform.state.channels.get(message.channelId)
  if (!channel) throw refuse(10003)
  const whole = { ...input, channel, authorId: message.authorId }
  // Components are judged by the layout the message already has.
  checkMessage(platform, { ...whole, body: { ...input.body, flags: Number(input.body.flags ?? 0) | message.flags } })
  const draft = { ...message }
  fill(platform, draft, whole)
  Object.assign(message, draft, { editedAt: platform.state.now() })
  announce(platform, 'MESSAGE_UPDATE', message)
}

export function remove(platform: Platform, message: MessageState): void {
  message.deleted = true
  announce(platform, 'MESSAGE_DELETE', message)
}

/** Private messages are never on the gateway; the text of people's messages needs the content intent. */
export function announce(
  platform: Platform,
  event: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE' | 'MESSAGE_DELETE',
  message: MessageState,
): void {
  const { state, gateway, baseUrl } = platform
  const channel = state.channels.get(message.channelId)
  if (!channel || message.onlyFor !== null) return
  const guild = channel.guildId ? state.guilds.get(channel.guildId) : undefined
  const where: JsonObject = guild ? { guild_id: guild.id } : {}
  const author = guild?.members.get(message.authorId)
  gateway.dispatch({
    event,
    guildId: channel.guildId,
    intent: guild ? INTENT.GuildMessages : INTENT.DirectMessages,
    payload: session => {
      if (event === 'MESSAGE_DELETE') return { id: message.id, channel_id: channel.id, ...where }
      const whole = messageJson(state, baseUrl, message)
      const hidden =
        guild !== undefined &&
        message.authorId !== state.bot.id &&
        !message.pings.users.includes(state.bot.id) &&
        (session.intents & INTENT.MessageContent) === 0
      return {
        ...whole,
        ...(hidden && { content: '', embeds: [], attachments: [], components: [] }),
        ...where,
        ...(author && { member: memberJson(state, author) }),
      }
    },
  })
}
