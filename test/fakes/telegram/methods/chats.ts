import { isAdmin, isPresent, memberOf } from '../members.ts'
import { BotApiError, StrictBreach } from '../model.ts'
import { asReplied, type ChatState, postMessage, type World } from '../world.ts'
import { botMember, type ChatId, visibleChat } from './access.ts'
import { type Method, method } from './context.ts'

const gifts = {
  unlimited_gifts: false,
  limited_gifts: false,
  unique_gifts: false,
  premium_subscription: false,
  gifts_from_channels: false,
}

function fullChat({ chat, messages, pinned }: ChatState) {
  const message = messages.get(pinned ?? 0)
  return {
    ...chat,
    accent_color_id: 3,
    max_reaction_count: 11,
    accepted_gift_types: gifts,
    ...(message && { pinned_message: asReplied(message) }),
  }
}

function groupOnly(world: World, id: ChatId): ChatState {
  const state = visibleChat(world, id)
  if (state.chat.type === 'private')
    throw new StrictBreach('Bad Request: there are no administrators in the private chat')
  return state
}

function pinRight(world: World, id: ChatId): ChatState {
  const state = visibleChat(world, id)
  if (state.chat.type !== 'private' && botMember(world, state)?.can_pin_messages !== true)
    throw new BotApiError(400, 'Bad Request: not enough rights to manage pinned messages in the chat')
  return state
}

export const chats: Record<string, Method> = {
  getChat: method<{ chat_id: ChatId }>(({ context, params }) => fullChat(visibleChat(context.world, params.chat_id))),
  getChatMember: method<{ chat_id: ChatId; user_id: number }>(({ context: { world }, params }) => {
    const state = visibleChat(world, params.chat_id)
    const user = world.users.get(params.user_id)
    if (!user) throw new BotApiError(400, 'Bad Request: invalid user_id specified')
    // Only administrators may look at somebody who never was in the chat.
    return state.members.get(user.id) ?? memberOf(user, state.chat.type === 'private' ? 'member' : 'left')
  }),
  getChatAdministrators: method<{ chat_id: ChatId; return_bots?: boolean }>(({ context: { world }, params }) =>
    [...groupOnly(world, params.chat_id).members.values()].filter(
      member => isAdmin(member) && (params.return_bots || !member.user.is_bot || member.user.id === world.bot.id),
    ),
  ),
  getChatMemberCount: method<{ chat_id: ChatId }>(({ context: { world }, params }) => {
    const state = visibleChat(world, params.chat_id)
    return state.chat.type === 'private' ? 2 : [...state.members.values()].filter(isPresent).length
  }),
  leaveChat: method<{ chat_id: ChatId }>(({ context, params }) => {
    const { world, updates } = context
    const state = visibleChat(world, params.chat_id)
    if (state.chat.type === 'private') throw new StrictBreach("Bad Request: private chats can't be left")
    const before = botMember(world, state) ?? memberOf(world.bot, 'left')
    const after = memberOf(world.bot, 'left')
    state.members.set(world.bot.id, after)
    postMessage(world, state, { from: world.bot, left_chat_member: world.bot })
    const date = Math.floor(world.now() / 1000)
    updates.push('my_chat_member', {
      chat: state.chat,
      from: world.bot,
      date,
      old_chat_member: before,
      new_chat_member: after,
    })
    return true
  }),
  pinChatMessage: method<{ chat_id: ChatId; message_id: number }>(({ context: { world }, params }) => {
    const state = pinRight(world, params.chat_id)
    const stored = state.messages.get(params.message_id)
    if (!stored || stored.deleted) throw new BotApiError(400, 'Bad Request: message to pin not found')
    state.pinned = params.message_id
    world.changed()
    return true
  }),
  unpinChatMessage: method<{ chat_id: ChatId; message_id?: number }>(({ context: { world }, params }) => {
    pinRight(world, params.chat_id).pinned = undefined
    world.changed()
    return true
  }),
}
