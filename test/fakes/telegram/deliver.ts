import { isAdmin, isPresent } from './members.ts'
import type { Chat, ChatMember, ChatMemberUpdated, Entity, Message, Update, User } from './model.ts'
import type { UpdateQueue } from './updates.ts'
import { type ChatState, type StoredMessage, seconds, type World } from './world.ts'

const serviceFields = [
  'new_chat_members',
  'left_chat_member',
  'new_chat_title',
  'group_chat_created',
  'migrate_to_chat_id',
  'migrate_from_chat_id',
  'pinned_message',
  'forum_topic_created',
  'forum_topic_closed',
]

export const isService = (message: Message): boolean => serviceFields.some(field => field in message)

type Addressee = 'this bot' | 'another bot' | 'whoever spoke last' | 'nobody'

/** To whom the first command of a message is addressed. */
function addressee(world: World, text: string, entities: readonly Entity[]): Addressee {
  const command = entities.find(({ type, offset }) => type === 'bot_command' && offset === 0)
  if (!command) return 'nobody'
  const name = text.slice(0, command.length).split('@')[1]
  if (name === undefined) return 'whoever spoke last'
  return name.toLowerCase() === world.bot.username?.toLowerCase() ? 'this bot' : 'another bot'
}

/**
 * Privacy mode: in a group the bot sees `/cmd@bot`, a plain `/cmd` if it spoke last among bots, replies to its messages
 * and service messages. As an administrator it sees everything.
 */
function botReceives(world: World, state: ChatState, message: Message): boolean {
  if (message.from?.id === world.bot.id) return false
  if (state.chat.type === 'private') return true
  const member = state.members.get(world.bot.id)
  if (!isPresent(member)) return false
  if (state.chat.type === 'channel' || isService(message)) return true
  // Bots do not see each other's messages; anonymous admins and channels only look like bots.
  if (message.from?.is_bot && !message.sender_chat) return false
  if (isAdmin(member)) return true
  if (message.reply_to_message?.from?.id === world.bot.id) return true
  const text = message.text ?? message.caption ?? ''
  switch (addressee(world, text, message.entities ?? message.caption_entities ?? [])) {
    case 'this bot':
      return true
    case 'whoever spoke last':
      return state.lastBotToSpeak === world.bot.id
    case 'another bot':
    case 'nobody':
      return false
  }
}

/** Sends a new or edited message to the bot if it may see it. */
export function deliver(
  world: World,
  updates: UpdateQueue,
  { message }: StoredMessage,
  kind: 'message' | 'edited_message' | 'channel_post' = 'message',
): Update | undefined {
  const state = world.chats.get(message.chat.id)
  return state && botReceives(world, state, message) ? updates.push(kind, message) : undefined
}

/** A change of somebody's membership, as `my_chat_member` or (administrators only) `chat_member`. */
export function deliverMembership(
  world: World,
  updates: UpdateQueue,
  change: { chat: Chat; by: User; before: ChatMember; after: ChatMember },
): Update | undefined {
  const { chat, by, before, after } = change
  const payload: ChatMemberUpdated = {
    chat,
    from: by,
    date: seconds(world),
    old_chat_member: before,
    new_chat_member: after,
  }
  if (after.user.id === world.bot.id) return updates.push('my_chat_member', payload)
  const admin = isAdmin(world.chats.get(chat.id)?.members.get(world.bot.id))
  return admin ? updates.push('chat_member', payload) : undefined
}
