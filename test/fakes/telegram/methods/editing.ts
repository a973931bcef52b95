import { isDeepStrictEqual } from 'node:util'
import { isAdmin } from '../members.ts'
import { BotApiError, type Entity, type Markup, type Message, type Reaction, StrictBreach } from '../model.ts'
import { checkMarkup } from '../rules.ts'
import { formatText, textLimit } from '../text/rules.ts'
import { type ChatState, type StoredMessage, seconds, type World } from '../world.ts'
import { botMember, type ChatId, visibleChat, writableChat } from './access.ts'
import { type Method, method } from './context.ts'
import { incomingFile, photoOf } from './files.ts'
import { captionOf, checkLinks, resolveMentions } from './sending.ts'

interface EditParams {
  chat_id?: ChatId
  message_id?: number
  inline_message_id?: string
  parse_mode?: string
  reply_markup?: Markup
}

interface PhotoParams {
  type: string
  media: string
  caption?: string
  parse_mode?: string
  caption_entities?: Entity[]
}

const deletableForSeconds = 48 * 3600

function target(world: World, params: EditParams): { state: ChatState; stored: StoredMessage } {
  if (params.inline_message_id !== undefined) throw new StrictBreach('inline messages are not simulated', 501)
  if (params.chat_id === undefined || params.message_id === undefined)
    throw new StrictBreach('Bad Request: message identifier is not specified')
  const state = writableChat(world, params.chat_id, 'text messages')
  const stored = state.messages.get(params.message_id)
  if (!stored || stored.deleted) throw new BotApiError(400, 'Bad Request: message to edit not found')
  if (stored.message.from?.id !== world.bot.id) throw new StrictBreach("Bad Request: message can't be edited")
  if (params.reply_markup) checkMarkup(params.reply_markup)
  if (params.reply_markup && !params.reply_markup.inline_keyboard)
    throw new StrictBreach('Bad Request: inline keyboard expected')
  // Once a message has opened a keyboard or a field, it stays as it is.
  if (stored.markup && !stored.markup.inline_keyboard) throw new StrictBreach("Bad Request: message can't be edited")
  return { state, stored }
}

const contentFields = ['text', 'entities', 'caption', 'caption_entities', 'photo', 'reply_markup'] as const

/** Replaces the named fields of a message; the same content again is refused as the real server does. */
function apply(world: World, stored: StoredMessage, content: Partial<Message>, markup: Markup | undefined): Message {
  const { message } = stored
  const keyboard = markup?.inline_keyboard?.length ? { inline_keyboard: markup.inline_keyboard } : undefined
  const next = { ...content, reply_markup: keyboard }
  const same = contentFields.every(field => !(field in next) || isDeepStrictEqual(message[field], next[field]))
  if (same)
    throw new BotApiError(
      400,
      'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    )
  for (const field of contentFields) {
    if (!(field in next)) continue
    if (next[field] === undefined) delete message[field]
    else Object.assign(message, { [field]: next[field] })
  }
  message.edit_date = seconds(world)
  stored.markup = markup
  stored.edited = true
  world.changed()
  return message
}

function deleteOne(world: World, state: ChatState, id: number): void {
  const stored = state.messages.get(id)
  if (!stored || stored.deleted) throw new BotApiError(400, 'Bad Request: message to delete not found')
  const own = stored.message.from?.id === world.bot.id
  const tooOld = stored.message.date < seconds(world) - deletableForSeconds
  const asAdmin = isAdmin(botMember(world, state)) && botMember(world, state)?.can_delete_messages === true
  if (!(asAdmin || ((own || state.chat.type === 'private') && !tooOld)))
    throw new BotApiError(400, "Bad Request: message can't be deleted")
  stored.deleted = true
  world.changed()
}

export const editing: Record<string, Method> = {
  editMessageText: method<EditParams & { text: string; entities?: Entity[] }>(({ context: { world }, params }) => {
    const { text, parse_mode: parseMode, entities: given } = params
    const formatted = formatText({ text, parseMode, entities: given, limit: textLimit, what: 'text' })
    const entities = resolveMentions(world, formatted)
    checkLinks(entities, params.reply_markup)
    const { stored } = target(world, params)
    if (stored.message.text === undefined)
      throw new StrictBreach('Bad Request: there is no text in the message to edit')
    const content = { text: formatted.text, entities: entities.length > 0 ? entities : undefined }
    return apply(world, stored, content, params.reply_markup)
  }),
  editMessageCaption: method<EditParams & { caption?: string; caption_entities?: Entity[] }>(
    ({ context: { world }, params }) => {
      const caption = captionOf(world, { ...params, chat_id: params.chat_id ?? 0 })
      const { stored } = target(world, params)
      if (!stored.message.photo && !stored.message.document)
        throw new StrictBreach('Bad Request: there is no caption in the message to edit')
      return apply(world, stored, { caption: undefined, caption_entities: undefined, ...caption }, params.reply_markup)
    },
  ),
  editMessageMedia: method<EditParams & { media: PhotoParams }>(({ context: { world }, params, uploads }) => {
    const { type, media, ...words } = params.media
    if (type !== 'photo') throw new StrictBreach(`editing to ${type} is not simulated`, 501)
    const caption = captionOf(world, { ...words, chat_id: params.chat_id ?? 0, reply_markup: params.reply_markup })
    const { stored } = target(world, params)
    stored.file = incomingFile(world, 'photo', media, uploads)
    const nothing = { text: undefined, entities: undefined, caption: undefined, caption_entities: undefined }
    return apply(world, stored, { ...nothing, ...caption, photo: photoOf(world, stored.file) }, params.reply_markup)
  }),
  editMessageReplyMarkup: method<EditParams>(({ context: { world }, params }) =>
    apply(world, target(world, params).stored, {}, params.reply_markup),
  ),
  deleteMessage: method<{ chat_id: ChatId; message_id: number }>(({ context: { world }, params }) => {
    deleteOne(world, visibleChat(world, params.chat_id), params.message_id)
    return true
  }),
  deleteMessages: method<{ chat_id: ChatId; message_ids: number[] }>(({ context: { world }, params }) => {
    const state = visibleChat(world, params.chat_id)
    if (params.message_ids.length < 1 || params.message_ids.length > 100)
      throw new StrictBreach('Bad Request: message_ids must have 1-100 identifiers')
    for (const id of params.message_ids) if (state.messages.get(id)?.deleted === false) deleteOne(world, state, id)
    return true
  }),
  setMessageReaction: method<{ chat_id: ChatId; message_id: number; reaction?: Reaction[] }>(
    ({ context: { world }, params }) => {
      const stored = visibleChat(world, params.chat_id).messages.get(params.message_id)
      if (!stored || stored.deleted) throw new BotApiError(400, 'Bad Request: message to react not found')
      if ((params.reaction ?? []).length > 1 || params.reaction?.some(({ type }) => type === 'paid'))
        throw new StrictBreach('Bad Request: REACTIONS_TOO_MANY')
      stored.reactions.set(world.bot.id, params.reaction ?? [])
      world.changed()
      return true
    },
  ),
}
