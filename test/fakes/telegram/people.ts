import { randomBytes } from 'node:crypto'
import { deliver } from './deliver.ts'
import { mediaContent, type SentMedia } from './media.ts'
import { isPresent, memberOf } from './members.ts'
import type { Context } from './methods/context.ts'
import type { Chat, Entity, Message, Reaction, Update, User } from './model.ts'
import type { Waiting } from './observe.ts'
import { checkStartPayload } from './rules.ts'
import type { RecordedCall } from './server.ts'
import { detectEntities } from './text/detect.ts'
import { sorted } from './text/formatted.ts'
import {
  anonymousAdmin,
  type ChatState,
  channelBot,
  chatState,
  messageIn,
  postMessage,
  seconds,
  type World,
} from './world.ts'

export interface ChatRef {
  readonly id: number
}

/** Any message a test holds on to: what the bot sent, what a person said, what `messages()` shows. */
export interface MessageRef {
  readonly chat: { readonly id: number }
  readonly message_id: number
}

export interface SayOptions {
  replyTo?: MessageRef
  /** The topic's id: `message_thread_id`. */
  topic?: number
  /** Speak as the group (an anonymous administrator). */
  anonymous?: boolean
  /** Speak as a channel of one's own. */
  as?: ChatRef
  /** Names in the text that mention a person who has no username. */
  mentions?: Record<string, Person>
}

export interface Person {
  readonly id: number
  readonly user: User
  /** The private chat with the bot. */
  readonly chat: ChatRef
  /** Presses Start, with the payload of a deep link if given. */
  start(payload?: string): Message
  say(chat: ChatRef, text: string, options?: SayOptions): Message
  reply(message: MessageRef, text: string, options?: SayOptions): Message
  edit(message: MessageRef, text: string): Message
  /** Presses an inline button by its text or data; resolves with the parameters of the bot's answer to the press. */
  press(message: MessageRef, button: string, options?: { withinMs?: number }): Promise<Record<string, unknown>>
  react(message: MessageRef, emoji: string): void
  sendPhoto(chat: ChatRef, bytes: Buffer, options?: SayOptions & { caption?: string }): Message
  sendDocument(chat: ChatRef, bytes: Buffer, options?: SayOptions & { caption?: string; name?: string }): Message
  /** Several photos at once: a message each, which belong together; the first carries the words. */
  sendAlbum(chat: ChatRef, photos: readonly Buffer[], options?: SayOptions & { caption?: string }): Message[]
  sendVoice(chat: ChatRef, options?: SayOptions): Message
  sendSticker(chat: ChatRef, options?: SayOptions): Message
  /** Changes the profile: later updates carry it, nothing announces it. */
  rename(profile: Partial<Pick<User, 'first_name' | 'last_name' | 'username' | 'language_code'>>): void
  block(): void
  unblock(): void
  /** Deletes the account: it has no name any more, and cannot be written to. */
  deactivate(): void
}

/** What people need of the fake. */
export interface Stage {
  readonly context: Context
  readonly calls: RecordedCall[]
  readonly waiting: Waiting
}

function entitiesOf(text: string, mentions: Record<string, Person> = {}): Entity[] {
  const named = Object.entries(mentions).map(([name, person]): Entity => {
    const offset = text.indexOf(name)
    if (offset < 0) throw new Error(`"${text}" does not mention ${name}`)
    return { type: 'text_mention', offset, length: name.length, user: person.user }
  })
  return sorted([...named, ...detectEntities(text, named)])
}

function senderOf(world: World, user: User, state: ChatState, options: SayOptions): Partial<Message> {
  if (options.anonymous) return { from: anonymousAdmin, sender_chat: state.chat }
  if (options.as) return { from: channelBot, sender_chat: chatState(world, options.as.id).chat }
  return { from: { ...user } }
}

/** Nobody speaks where they are not: such a test would prove nothing. */
function enter(world: World, user: User, chat: ChatRef): ChatState {
  const state = chatState(world, chat.id)
  if (world.deactivated.has(user.id)) throw new Error(`${user.first_name} is deactivated`)
  if (state.migratedTo !== undefined) throw new Error(`chat ${chat.id} was upgraded to ${state.migratedTo}`)
  if (state.chat.type === 'private') {
    if (state.chat.id !== user.id) throw new Error(`${user.first_name} cannot write in another person's chat`)
    if (state.blocked) throw new Error(`${user.first_name} has blocked the bot`)
    state.started = true
  } else if (!isPresent(state.members.get(user.id))) throw new Error(`${user.first_name} is not in ${state.chat.title}`)
  return state
}

function setBlocked({ context: { world, updates } }: Stage, user: User, blocked: boolean): void {
  const state = chatState(world, user.id)
  if (state.blocked === blocked) return
  state.blocked = blocked
  const states = [memberOf(world.bot, 'member'), memberOf(world.bot, 'kicked')]
  const [before, after] = blocked ? states : states.reverse()
  const change = { chat: state.chat, from: user, date: seconds(world), old_chat_member: before, new_chat_member: after }
  updates.push('my_chat_member', change)
}

function pressButton(
  { context, calls, waiting }: Stage,
  user: User,
  ref: MessageRef,
  wanted: string,
  withinMs?: number,
) {
  const { world, updates, presses } = context
  const state = enter(world, user, ref.chat)
  const { message, deleted } = messageIn(world, ref)
  const buttons = message.reply_markup?.inline_keyboard.flat() ?? []
  const button = buttons.find(({ callback_data }) => callback_data === wanted) ?? buttons.find(b => b.text === wanted)
  if (deleted || button?.callback_data === undefined)
    throw new Error(`no button "${wanted}"; the message shows ${JSON.stringify(buttons.map(({ text }) => text))}`)
  const id = randomBytes(8).readBigUInt64BE().toString()
  presses.set(id, { from: user, at: world.now(), answered: false })
  const query = { id, from: { ...user }, message, chat_instance: state.instance, data: button.callback_data }
  updates.push('callback_query', query)
  const isAnswer = ({ method, params, response }: RecordedCall) =>
    method === 'answerCallbackQuery' && params.callback_query_id === id && response !== undefined
  return waiting.until(
    () => calls.find(isAnswer)?.params,
    () => `an answer to ${user.first_name}'s press on "${wanted}"`,
    withinMs,
  )
}

function sayAs(
  stage: Stage,
  user: User,
  chat: ChatRef,
  content: Partial<Message>,
  options: SayOptions,
  file?: SentMedia,
): Message {
  const { world, updates } = stage.context
  const state = enter(world, user, chat)
  const media = file && mediaContent(world, file)
  const stored = postMessage(
    world,
    state,
    {
      ...senderOf(world, user, state, options),
      ...media?.content,
      ...content,
      ...(options.topic && { message_thread_id: options.topic }),
    },
    { file: media?.kept, replyTo: options.replyTo?.message_id },
  )
  deliver(world, updates, stored)
  return structuredClone(stored.message)
}

function textContent(text: string, mentions: SayOptions['mentions']): Partial<Message> {
  const entities = entitiesOf(text, mentions)
  return { text, ...(entities.length > 0 && { entities }) }
}

function captionContent(caption: string | undefined, mentions: SayOptions['mentions']): Partial<Message> {
  if (!caption) return {}
  const entities = entitiesOf(caption, mentions)
  return { caption, ...(entities.length > 0 && { caption_entities: entities }) }
}

function react({ context: { world, updates } }: Stage, user: User, ref: MessageRef, emoji: string): Update | undefined {
  const state = enter(world, user, ref.chat)
  const stored = messageIn(world, ref)
  const before = stored.reactions.get(user.id) ?? []
  const after: Reaction[] = [{ type: 'emoji', emoji }]
  stored.reactions.set(user.id, after)
  const { message_id } = stored.message
  const admin = state.members.get(world.bot.id)?.status === 'administrator'
  if (!admin && state.chat.type !== 'private') return undefined
  const change = { user: { ...user }, date: seconds(world), old_reaction: before, new_reaction: after }
  return updates.push('message_reaction', { chat: state.chat, message_id, ...change })
}

function edit({ context: { world, updates } }: Stage, user: User, ref: MessageRef, text: string): Message {
  const stored = messageIn(world, ref)
  if (stored.message.from?.id !== user.id) throw new Error(`${user.first_name} cannot edit another's message`)
  delete stored.message.entities
  Object.assign(stored.message, textContent(text, undefined), { edit_date: seconds(world) })
  stored.edited = true
  deliver(world, updates, stored, 'edited_message')
  return structuredClone(stored.message)
}

/** Gives a user hands: what a person can do in a Telegram app. */
export function personFor(stage: Stage, user: User): Person {
  const { world } = stage.context
  const chat: ChatRef = { id: user.id }
  const person: Person = {
    id: user.id,
    user,
    chat,
    start(payload) {
      if (payload !== undefined) checkStartPayload(payload)
      setBlocked(stage, user, false)
      return person.say(chat, payload === undefined ? '/start' : `/start ${payload}`)
    },
    say: (where, text, options = {}) => sayAs(stage, user, where, textContent(text, options.mentions), options),
    reply: (message, text, options = {}) => person.say(message.chat, text, { ...options, replyTo: message }),
    edit: (message, text) => edit(stage, user, message, text),
    press: async (message, button, { withinMs } = {}) => pressButton(stage, user, message, button, withinMs),
    react: (message, emoji) => void react(stage, user, message, emoji),
    sendPhoto: (where, bytes, options = {}) =>
      sayAs(stage, user, where, captionContent(options.caption, options.mentions), options, {
        kind: 'photo',
        name: 'photo.jpg',
        bytes,
      }),
    sendDocument: (where, bytes, options = {}) =>
      sayAs(stage, user, where, captionContent(options.caption, options.mentions), options, {
        kind: 'document',
        name: options.name ?? 'file.bin',
        bytes,
      }),
    sendAlbum(where, photos, options = {}) {
      const media_group_id = randomBytes(8).readBigUInt64BE().toString()
      return photos.map((bytes, i) => {
        const words = i === 0 ? captionContent(options.caption, options.mentions) : {}
        const photo: SentMedia = { kind: 'photo', name: 'photo.jpg', bytes }
        return sayAs(stage, user, where, { media_group_id, ...words }, options, photo)
      })
    },
    sendVoice: (where, options = {}) =>
      sayAs(stage, user, where, {}, options, { kind: 'voice', name: 'voice.oga', bytes: Buffer.from('OggS') }),
    sendSticker: (where, options = {}) =>
      sayAs(stage, user, where, {}, options, { kind: 'sticker', name: 'sticker.webp', bytes: Buffer.from('RIFF') }),
    rename(profile) {
      Object.assign(user, profile)
      const { first_name, last_name, username } = user
      const shown: Partial<Chat> = { first_name, ...(last_name && { last_name }), ...(username && { username }) }
      const state = chatState(world, user.id)
      state.chat = { ...state.chat, ...shown }
    },
    block: () => setBlocked(stage, user, true),
    unblock: () => setBlocked(stage, user, false),
    deactivate() {
      world.deactivated.add(user.id)
      delete user.last_name
      delete user.username
      person.rename({ first_name: '' })
    },
  }
  return person
}
