import { isAdmin, isPresent } from '../members.ts'
import { BotApiError, type ChatMember } from '../model.ts'
import type { ChatState, World } from '../world.ts'

export type ChatId = number | string

export const botMember = (world: World, state: ChatState): ChatMember | undefined => state.members.get(world.bot.id)

const kindOf = (state: ChatState) => `${state.chat.type} chat`

function find(world: World, given: ChatId): ChatState {
  // A number written as text is the same chat; ids kept as text are sent like that.
  const id = typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given
  // Only public groups and channels go by @username; people never do.
  const state =
    typeof id === 'number'
      ? world.chats.get(id)
      : [...world.chats.values()].find(({ chat }) => chat.type !== 'private' && `@${chat.username}` === id)
  const privateChat = state?.chat.type === 'private'
  if (!state || (!privateChat && !botMember(world, state))) throw new BotApiError(400, 'Bad Request: chat not found')
  return state
}

/** A chat the bot can see, or the refusal for one that is gone, foreign or upgraded. */
export function visibleChat(world: World, id: ChatId): ChatState {
  const state = find(world, id)
  if (state.migratedTo !== undefined)
    throw new BotApiError(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: state.migratedTo,
    })
  if (state.chat.type === 'private') return state
  const member = botMember(world, state)
  if (member?.status === 'kicked') throw new BotApiError(403, `Forbidden: bot was kicked from the ${kindOf(state)}`)
  if (!isPresent(member)) throw new BotApiError(403, `Forbidden: bot is not a member of the ${kindOf(state)}`)
  return state
}

function checkPrivate(world: World, state: ChatState): void {
  if (world.users.get(state.chat.id)?.is_bot) throw new BotApiError(403, "Forbidden: bot can't send messages to bots")
  if (world.deactivated.has(state.chat.id)) throw new BotApiError(403, 'Forbidden: user is deactivated')
  if (state.blocked) throw new BotApiError(403, 'Forbidden: bot was blocked by the user')
  if (!state.started) throw new BotApiError(403, "Forbidden: bot can't initiate conversation with a user")
}

/** A chat the bot may write to, in that topic. */
export function writableChat(world: World, id: ChatId, what: 'text messages' | 'photos' | 'documents', topic?: number) {
  const state = visibleChat(world, id)
  if (state.chat.type === 'private') checkPrivate(world, state)
  const member = botMember(world, state)
  if (member?.status === 'restricted' || (state.chat.type === 'channel' && !isAdmin(member)))
    throw new BotApiError(400, `Bad Request: not enough rights to send ${what} to the chat`)
  if (topic !== undefined) {
    const known = state.topics.get(topic)
    if (!known) throw new BotApiError(400, 'Bad Request: message thread not found')
    if (known.closed && !isAdmin(member)) throw new BotApiError(400, 'Bad Request: TOPIC_CLOSED')
  }
  return state
}
