import { deliver, deliverMembership } from './deliver.ts'
import { isPresent, memberOf } from './members.ts'
import type { Chat, ChatMember, Message, User } from './model.ts'
import type { ChatRef, Person, Stage } from './people.ts'
import { addChat, anonymousAdmin, type ChatState, chatState, postMessage, seconds, telegramItself } from './world.ts'

export interface GroupOptions {
  title: string
  /** `supergroup` unless said otherwise; only a basic `group` can be upgraded. */
  type?: 'group' | 'supergroup'
  forum?: boolean
  username?: string
  members?: Person[]
  /** The first is the owner. */
  admins?: Person[]
}

export interface Group extends ChatRef {
  /** Follows an upgrade. */
  readonly id: number
  readonly title: string
  addBot(options?: { by?: Person; admin?: boolean }): void
  /** An administrator removes the bot. */
  removeBot(options?: { by?: Person }): void
  /** Makes the bot an administrator, or an ordinary member again. */
  promoteBot(rights?: Record<string, unknown>): void
  demoteBot(): void
  /** Takes from the bot the right to write. */
  restrictBot(): void
  /** Becomes a supergroup: a new id, service messages on both sides, the old id answers 400 from now on. */
  upgrade(): void
  join(person: Person, options?: { by?: Person }): void
  leave(person: Person): void
  /** Removes somebody and keeps them out, until they are let in again. */
  kick(person: Person, options?: { by?: Person }): void
  /** Lets somebody in again who was kept out; they are not back by that. */
  unban(person: Person, options?: { by?: Person }): void
  /** Takes from somebody the right to write, whether they are in the group or not. */
  restrict(person: Person, options?: { isMember?: boolean }): void
  promote(person: Person, rights?: Record<string, unknown>): void
  demote(person: Person): void
  setTitle(title: string, options?: { by?: Person }): void
  /** Opens a forum topic and returns its `message_thread_id`. */
  openTopic(name: string, options?: { by?: Person }): number
  closeTopic(topic: number, options?: { by?: Person }): void
  /** A post of the linked channel, as it appears in the discussion group. */
  forwardFromLinked(channel: Channel, text: string): Message
}

export interface Channel extends ChatRef {
  readonly title: string
  addBot(): void
  post(text: string): Message
}

function firstAdmin(state: ChatState): User {
  const owner = [...state.members.values()].find(({ status }) => status === 'creator')
  if (!owner) throw new Error(`${state.chat.title} has no owner: pass admins or by`)
  return owner.user
}

function service({ context: { world, updates } }: Stage, state: ChatState, content: Partial<Message>): Message {
  const stored = postMessage(world, state, content)
  deliver(world, updates, stored)
  return stored.message
}

function setMember(stage: Stage, state: ChatState, by: User, after: ChatMember): void {
  const { world, updates } = stage.context
  const before = state.members.get(after.user.id) ?? memberOf(after.user, 'left')
  state.members.set(after.user.id, after)
  deliverMembership(world, updates, { chat: state.chat, by: { ...by }, before, after })
}

function upgrade(stage: Stage, old: ChatState): number {
  const { world, updates } = stage.context
  if (old.chat.type !== 'group') throw new Error(`${old.chat.title} is a ${old.chat.type} already`)
  const by = firstAdmin(old)
  const id = world.nextSupergroupId--
  const state = addChat(world, { id, type: 'supergroup', title: old.chat.title })
  for (const [userId, member] of old.members) if (userId !== world.bot.id) state.members.set(userId, member)
  const bot = old.members.get(world.bot.id)
  const present = isPresent(bot)
  if (bot && present) setMember(stage, state, by, bot)
  const farewell = postMessage(world, old, { from: by, migrate_to_chat_id: id })
  deliver(world, updates, farewell)
  old.migratedTo = id
  service(stage, state, { from: anonymousAdmin, sender_chat: state.chat, migrate_from_chat_id: old.chat.id })
  if (bot && present) setMember(stage, old, by, memberOf(world.bot, 'left'))
  return id
}

function botActions(stage: Stage, state: () => ChatState) {
  const { bot } = stage.context.world
  const by = (person: Person | undefined) => person?.user ?? firstAdmin(state())
  return {
    addBot(options: { by?: Person; admin?: boolean } = {}) {
      const who = by(options.by)
      setMember(stage, state(), who, memberOf(bot, 'member'))
      service(stage, state(), { from: { ...who }, new_chat_members: [bot] })
      if (options.admin) setMember(stage, state(), who, memberOf(bot, 'administrator'))
    },
    removeBot(options: { by?: Person } = {}) {
      const who = by(options.by)
      const { chat } = state()
      // A basic group still tells the bot in a service message; a supergroup it can no longer see.
      if (chat.type === 'group') service(stage, state(), { from: { ...who }, left_chat_member: bot })
      setMember(stage, state(), who, memberOf(bot, chat.type === 'group' ? 'left' : 'kicked'))
    },
    promoteBot: (rights?: Record<string, unknown>) =>
      setMember(stage, state(), by(undefined), memberOf(bot, 'administrator', rights)),
    demoteBot: () => setMember(stage, state(), by(undefined), memberOf(bot, 'member')),
    restrictBot: () => setMember(stage, state(), by(undefined), memberOf(bot, 'restricted')),
  }
}

function memberActions(stage: Stage, state: () => ChatState) {
  const by = (person: Person | undefined) => person?.user ?? firstAdmin(state())
  return {
    join(person: Person, options: { by?: Person } = {}) {
      if (state().members.get(person.id)?.status === 'kicked' && !options.by)
        throw new Error(`${person.user.first_name} is kept out of ${state().chat.title}`)
      const who = options.by?.user ?? person.user
      setMember(stage, state(), who, memberOf(person.user, 'member'))
      service(stage, state(), { from: { ...who }, new_chat_members: [{ ...person.user }] })
    },
    leave(person: Person) {
      service(stage, state(), { from: { ...person.user }, left_chat_member: { ...person.user } })
      setMember(stage, state(), person.user, memberOf(person.user, 'left'))
    },
    kick(person: Person, options: { by?: Person } = {}) {
      service(stage, state(), { from: { ...by(options.by) }, left_chat_member: { ...person.user } })
      setMember(stage, state(), by(options.by), memberOf(person.user, 'kicked'))
    },
    unban: (person: Person, options: { by?: Person } = {}) =>
      setMember(stage, state(), by(options.by), memberOf(person.user, 'left')),
    restrict: (person: Person, { isMember = true }: { isMember?: boolean } = {}) =>
      setMember(stage, state(), by(undefined), memberOf(person.user, 'restricted', { is_member: isMember })),
    promote: (person: Person, rights?: Record<string, unknown>) =>
      setMember(stage, state(), by(undefined), memberOf(person.user, 'administrator', rights)),
    demote: (person: Person) => setMember(stage, state(), by(undefined), memberOf(person.user, 'member')),
  }
}

export function groupFor(stage: Stage, options: GroupOptions): Group {
  const { world } = stage.context
  const { title, type = 'supergroup', forum, username, members = [], admins = [] } = options
  if (forum && type !== 'supergroup') throw new Error('only a supergroup can be a forum')
  const chat: Chat = {
    id: type === 'group' ? world.nextGroupId-- : world.nextSupergroupId--,
    type,
    title,
    ...(username && { username }),
    ...(forum && { is_forum: true as const }),
  }
  let current = addChat(world, chat)
  for (const { user } of members) current.members.set(user.id, memberOf(user, 'member'))
  admins.forEach(({ user }, index) => {
    current.members.set(user.id, memberOf(user, index === 0 ? 'creator' : 'administrator'))
  })
  const state = () => current
  const by = (person: Person | undefined) => ({ ...(person?.user ?? firstAdmin(current)) })
  return {
    get id() {
      return current.chat.id
    },
    get title() {
      return current.chat.title ?? ''
    },
    ...botActions(stage, state),
    ...memberActions(stage, state),
    upgrade() {
      current = chatState(world, upgrade(stage, current))
    },
    setTitle(name, { by: person } = {}) {
      current.chat = { ...current.chat, title: name }
      service(stage, current, { from: by(person), new_chat_title: name })
    },
    openTopic(name, { by: person } = {}) {
      if (!current.chat.is_forum) throw new Error(`${title} is not a forum`)
      const opened = postMessage(world, current, {
        from: by(person),
        is_topic_message: true,
        forum_topic_created: { name, icon_color: 7322096 },
      })
      opened.message.message_thread_id = opened.message.message_id
      current.topics.set(opened.message.message_id, { name, closed: false })
      deliver(world, stage.context.updates, opened)
      return opened.message.message_id
    },
    closeTopic(topic, { by: person } = {}) {
      const known = current.topics.get(topic)
      if (!known) throw new Error(`${title} has no topic ${topic}`)
      known.closed = true
      service(stage, current, { from: by(person), message_thread_id: topic, forum_topic_closed: {} })
    },
    forwardFromLinked(channel, text) {
      const origin = chatState(world, channel.id).chat
      return service(stage, current, {
        from: telegramItself,
        sender_chat: origin,
        is_automatic_forward: true,
        forward_origin: { type: 'channel', chat: origin, message_id: 1, date: seconds(world) },
        text,
      })
    },
  }
}

export function channelFor(stage: Stage, title: string): Channel {
  const { world, updates } = stage.context
  const state = addChat(world, { id: world.nextSupergroupId--, type: 'channel', title })
  return {
    id: state.chat.id,
    title,
    addBot() {
      const owner: User = { id: world.nextUserId++, is_bot: false, first_name: 'Owner' }
      setMember(stage, state, owner, memberOf(world.bot, 'administrator', { can_post_messages: true }))
    },
    post(text) {
      const stored = postMessage(world, state, { sender_chat: state.chat, text })
      deliver(world, updates, stored, 'channel_post')
      return stored.message
    },
  }
}
