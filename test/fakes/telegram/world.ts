import { randomBytes } from 'node:crypto'
import type { Chat, ChatMember, Markup, Message, Reaction, User } from './model.ts'

export interface StoredMessage {
  message: Message
  /** The markup as sent: a force_reply or custom keyboard never comes back in a Message. */
  markup: Markup | undefined
  file: FileContent | undefined
  edited: boolean
  deleted: boolean
  reactions: Map<number, Reaction[]>
}

export interface FileContent {
  readonly fileId: string
  readonly path: string
  readonly name: string
  readonly bytes: Buffer
}

export interface ChatState {
  chat: Chat
  members: Map<number, ChatMember>
  messages: Map<number, StoredMessage>
  topics: Map<number, { name: string; closed: boolean }>
  /** Which bot spoke last: a plain `/cmd` goes to it alone. */
  lastBotToSpeak: number | undefined
  migratedTo: number | undefined
  /** Private chats: whether the person pressed Start, and whether they have blocked the bot since. */
  started: boolean
  blocked: boolean
  pinned: number | undefined
  instance: string
}

export interface World {
  readonly now: () => number
  readonly bot: User
  readonly users: Map<number, User>
  readonly chats: Map<number, ChatState>
  readonly files: Map<string, FileContent>
  /** Until when (ms) a file can be downloaded, by its path: getFile opens it for an hour. */
  readonly downloads: Map<string, number>
  readonly deactivated: Set<number>
  /** Called after anything a person can see has changed. */
  changed: () => void
  nextUserId: number
  nextGroupId: number
  nextSupergroupId: number
  nextMessageId: number
}

/** Fixed accounts of the platform that are not people. */
export const anonymousAdmin: User = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }
export const channelBot: User = { id: 136817688, is_bot: true, first_name: 'Channel', username: 'Channel_Bot' }
export const telegramItself: User = { id: 777000, is_bot: false, first_name: 'Telegram' }

export function createWorld(token: string, username: string, now: () => number): World {
  const bot = { id: Number(token.split(':')[0]), is_bot: true, first_name: 'Muster', username }
  return {
    now,
    bot,
    users: new Map([[bot.id, bot]]),
    chats: new Map(),
    files: new Map(),
    downloads: new Map(),
    deactivated: new Set(),
    changed: () => {},
    // Beyond 32 bits, as real ids are.
    nextUserId: 5_100_000_001,
    nextGroupId: -4_200_000_001,
    nextSupergroupId: -1_002_100_000_001,
    nextMessageId: 101,
  }
}

export const seconds = (world: World): number => Math.floor(world.now() / 1000)

export function addChat(world: World, chat: Chat): ChatState {
  const state: ChatState = {
    chat,
    members: new Map(),
    messages: new Map(),
    topics: new Map(),
    lastBotToSpeak: undefined,
    migratedTo: undefined,
    started: false,
    blocked: false,
    pinned: undefined,
    instance: randomBytes(8).readBigInt64BE().toString(),
  }
  world.chats.set(chat.id, state)
  return state
}

/** The one chat with this id; a test that names another is wrong. */
export function chatState(world: World, id: number): ChatState {
  const state = world.chats.get(id)
  if (!state) throw new Error(`no chat ${id} in this world`)
  return state
}

export function messageIn(world: World, ref: { chat: { id: number }; message_id: number }): StoredMessage {
  const stored = chatState(world, ref.chat.id).messages.get(ref.message_id)
  if (!stored) throw new Error(`no message ${ref.message_id} in chat ${ref.chat.id}`)
  return stored
}

/** Supergroups and channels number their own messages; private chats and basic groups share one sequence. */
function messageIdFor(world: World, state: ChatState): number {
  if (state.chat.type === 'private' || state.chat.type === 'group') return world.nextMessageId++
  return Math.max(0, ...state.messages.keys()) + 1
}

/** What a message looks like inside another one: without the message it answers itself. */
export function asReplied(stored: StoredMessage): Message {
  const { reply_to_message: _, ...message } = stored.message
  return message
}

/** Puts a message into a chat: id and date are given here, and replies and topics are filled in as the platform does. */
export function postMessage(
  world: World,
  state: ChatState,
  content: Partial<Message>,
  extra: { markup?: Markup | undefined; file?: FileContent | undefined; replyTo?: number | undefined } = {},
): StoredMessage {
  const { from, sender_chat, message_thread_id, ...rest } = content
  const message: Message = {
    message_id: messageIdFor(world, state),
    ...(from && { from }),
    ...(sender_chat && { sender_chat }),
    chat: state.chat,
    date: seconds(world),
  }
  const topic = message_thread_id ?? (extra.replyTo && state.messages.get(extra.replyTo)?.message.message_thread_id)
  if (topic) {
    message.message_thread_id = topic
    if (state.topics.has(topic)) message.is_topic_message = true
  }
  // Inside a topic every message that answers nothing else answers the service message that opened the topic.
  const replied = state.messages.get(extra.replyTo ?? (topic && state.topics.has(topic) ? topic : 0))
  if (replied && !replied.deleted) message.reply_to_message = asReplied(replied)
  Object.assign(message, rest)
  if (extra.markup?.inline_keyboard?.length) message.reply_markup = { inline_keyboard: extra.markup.inline_keyboard }
  const stored: StoredMessage = {
    message,
    markup: extra.markup,
    file: extra.file,
    edited: false,
    deleted: false,
    reactions: new Map(),
  }
  state.messages.set(message.message_id, stored)
  if (from?.is_bot && !sender_chat) state.lastBotToSpeak = from.id
  world.changed()
  return stored
}

export type FileKind = 'photo' | 'document' | 'voice' | 'sticker'
const extensions: Record<FileKind, string> = { photo: 'jpg', document: 'bin', voice: 'oga', sticker: 'webp' }

/** Keeps the bytes of a file under a new file id. */
export function keepFile(world: World, kind: FileKind, name: string, bytes: Buffer): FileContent {
  const number = world.files.size
  const fileId = `${kind === 'photo' ? 'AgACAgIAAx' : 'BQACAgIAAx'}${randomBytes(24).toString('base64url')}`
  const file = {
    fileId,
    path: `${kind}s/file_${number}.${/\.(\w+)$/.exec(name)?.[1] ?? extensions[kind]}`,
    name,
    bytes,
  }
  world.files.set(fileId, file)
  return file
}
