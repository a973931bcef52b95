/** Channels, direct channels, messages and reactions. */
import { invalidForm, refuse } from './errors.ts'
import { blank, checkMessage, edit, fill, post, remove } from './messages.ts'
import { channelJson, messageJson } from './payloads.ts'
import { may, type PermissionName } from './permissions.ts'
import type { Endpoint, Platform, Request } from './platform.ts'
import { isObject } from './schema.ts'
import { type ChannelState, directChannel, type MessageState } from './state.ts'

/** For how long a repeated nonce returns the first message. */
const NONCE_MS = 5 * 60_000

/** The channel, if the bot can see it and holds these permissions there. */
function channelFor(platform: Platform, request: Request, ...needed: PermissionName[]): ChannelState {
  const { state } = platform
  const channel = state.channels.get(request.params.channel_id ?? '')
  if (!channel) throw refuse(10003)
  if (channel.guildId === null) return channel
  const has = (name: PermissionName) => may(state, state.bot.id, name, channel.guildId ?? '', channel)
  if (!has('ViewChannel')) throw refuse(50001)
  for (const name of needed) if (!has(name)) throw refuse(50013)
  return channel
}

function messageFor(platform: Platform, request: Request, channel: ChannelState): MessageState {
  const message = platform.state.messages.get(request.params.message_id ?? '')
  if (!message || message.deleted || message.channelId !== channel.id || message.onlyFor !== null) throw refuse(10008)
  return message
}

const show = (platform: Platform, message: MessageState) => messageJson(platform.state, platform.baseUrl, message)

/** A bot can write to a person who shares a guild with it and takes direct messages. */
function checkReachable(platform: Platform, channel: ChannelState): void {
  if (channel.recipientId === null) return
  const person = platform.state.users.get(channel.recipientId)
  const shared = [...platform.state.guilds.values()].some(
    guild => guild.botIn && guild.members.has(channel.recipientId ?? ''),
  )
  if (!person || person.bot || person.deleted || !person.acceptsDms || !shared) throw refuse(50007)
}

const createMessage: Endpoint = (platform, request) => {
  const { body, files, call } = request
  const { state } = platform
  const needed: PermissionName[] = ['SendMessages']
  if (files.length > 0) needed.push('AttachFiles')
  if (Array.isArray(body.embeds) && body.embeds.length > 0) needed.push('EmbedLinks')
  const channel = channelFor(platform, request, ...needed)
  checkReachable(platform, channel)
  const nonce = typeof body.nonce === 'string' || typeof body.nonce === 'number' ? body.nonce : null
  if (body.enforce_nonce === true && nonce !== null) {
    const first = [...state.messages.values()].find(
      one =>
        one.nonce === nonce &&
        one.channelId === channel.id &&
        one.authorId === state.bot.id &&
        state.now() - one.createdAt < NONCE_MS,
    )
    if (first) return show(platform, first)
  }
  const input = { channel, authorId: state.bot.id, body, files, call }
  checkMessage(platform, input)
  const message = blank(platform, input)
  message.nonce = nonce
  message.replyTo = repliedTo(platform, request, channel)
  fill(platform, message, input)
  post(platform, message)
  return show(platform, message)
}

function repliedTo(platform: Platform, { body }: Request, channel: ChannelState): string | null {
  const reference = isObject(body.message_reference) ? body.message_reference : null
  if (!reference || reference.type === 1) return null
  const target = platform.state.messages.get(String(reference.message_id))
  if (target && !target.deleted && target.channelId === channel.id) return target.id
  if (reference.fail_if_not_exists === false) return null
  throw invalidForm([
    { path: ['message_reference'], code: 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', message: 'Unknown message' },
  ])
}

const editMessage: Endpoint = (platform, request) => {
  const channel = channelFor(platform, request)
  const message = messageFor(platform, request, channel)
  if (message.authorId !== platform.state.bot.id) throw refuse(50005)
  edit(platform, message, request)
  return show(platform, message)
}

const deleteMessage: Endpoint = (platform, request) => {
  const channel = channelFor(platform, request)
  const message = messageFor(platform, request, channel)
  if (message.authorId !== platform.state.bot.id) {
    if (channel.guildId === null) throw refuse(50021)
    if (!may(platform.state, platform.state.bot.id, 'ManageMessages', channel.guildId, channel)) throw refuse(50013)
  }
  remove(platform, message)
}

const readMessages: Endpoint = (platform, request) => {
  const channel = channelFor(platform, request, 'ReadMessageHistory')
  const limit = Number(request.query.limit ?? 50)
  if (!(limit >= 1 && limit <= 100))
    throw invalidForm([{ path: ['limit'], code: 'NUMBER_TYPE_MAX', message: 'int value should be between 1 and 100.' }])
  const visible = [...platform.state.messages.values()].filter(
    one =>
      one.channelId === channel.id &&
      !one.deleted &&
      one.onlyFor === null &&
      (request.query.before === undefined || BigInt(one.id) < BigInt(request.query.before)) &&
      (request.query.after === undefined || BigInt(one.id) > BigInt(request.query.after)),
  )
  return visible
    .toReversed()
    .slice(0, limit)
    .map(one => show(platform, one))
}

const openDirect: Endpoint = (platform, { body }) => {
  const person = platform.state.users.get(String(body.recipient_id ?? ''))
  if (!person)
    throw invalidForm([
      { path: ['recipient_id'], code: 'USER_NOT_FOUND', message: `Unknown user ${String(body.recipient_id)}` },
    ])
  if (person.deleted) throw refuse(10013)
  if (person.id === platform.state.bot.id) throw refuse(50007)
  return channelJson(platform.state, directChannel(platform.state, person.id))
}

const react =
  (add: boolean): Endpoint =>
  (platform, request) => {
    const channel = channelFor(platform, request, 'ReadMessageHistory', ...(add ? (['AddReactions'] as const) : []))
    const message = messageFor(platform, request, channel)
    const emoji = request.params.emoji_name ?? ''
    const who = message.reactions.get(emoji) ?? new Set()
    if (add) who.add(platform.state.bot.id)
    else who.delete(platform.state.bot.id)
    if (who.size > 0) message.reactions.set(emoji, who)
    else message.reactions.delete(emoji)
  }

const MESSAGES = '/channels/{channel_id}/messages'
const MESSAGE = `${MESSAGES}/{message_id}`
const REACTION = `${MESSAGE}/reactions/{emoji_name}/@me`

export const channelEndpoints: Record<string, Endpoint> = {
  'GET /channels/{channel_id}': (platform, request) => channelJson(platform.state, channelFor(platform, request)),
  'POST /channels/{channel_id}/typing': (platform, request) => void channelFor(platform, request, 'SendMessages'),
  [`GET ${MESSAGES}`]: readMessages,
  [`POST ${MESSAGES}`]: createMessage,
  [`GET ${MESSAGE}`]: (platform, request) =>
    show(platform, messageFor(platform, request, channelFor(platform, request, 'ReadMessageHistory'))),
  [`PATCH ${MESSAGE}`]: editMessage,
  [`DELETE ${MESSAGE}`]: deleteMessage,
  [`PUT ${REACTION}`]: react(true),
  [`DELETE ${REACTION}`]: react(false),
  'POST /users/@me/channels': openDirect,
}
