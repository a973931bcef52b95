import { BotApiError, type Entity, type Markup, type Message, StrictBreach } from '../model.ts'
import { checkForceReply, checkMarkup, checkStartLink } from '../rules.ts'
import type { FormattedText } from '../text/formatted.ts'
import { captionLimit, formatText, textLimit } from '../text/rules.ts'
import { type ChatState, type FileContent, postMessage, type World } from '../world.ts'
import { type ChatId, writableChat } from './access.ts'
import { type Call, type Method, method } from './context.ts'
import { documentOf, incomingFile, photoOf } from './files.ts'

interface SendParams {
  chat_id: ChatId
  message_thread_id?: number
  reply_parameters?: { message_id: number; chat_id?: ChatId; allow_sending_without_reply?: boolean }
  reply_markup?: Markup
  parse_mode?: string
}

interface CaptionParams extends SendParams {
  caption?: string
  caption_entities?: Entity[]
}

function replied(state: ChatState, reply: SendParams['reply_parameters']): number | undefined {
  if (!reply) return undefined
  if (reply.chat_id !== undefined && String(reply.chat_id) !== String(state.chat.id))
    throw new StrictBreach('replies to another chat are not simulated', 501)
  const target = state.messages.get(reply.message_id)
  if (target && !target.deleted) return reply.message_id
  if (reply.allow_sending_without_reply) return undefined
  throw new BotApiError(400, 'Bad Request: message to be replied not found')
}

/** Entities as they come back: a mention by id carries the whole user. */
export function resolveMentions(world: World, formatted: FormattedText): Entity[] {
  return formatted.entities.flatMap(entity => {
    if (entity.type !== 'text_mention') return [entity]
    const user = world.users.get(entity.user?.id ?? 0)
    // The server drops a mention of somebody it does not know.
    return user ? [{ ...entity, user }] : []
  })
}

/** Links anywhere in a message that start this bot must carry a payload that clients accept. */
export function checkLinks(entities: readonly Entity[], markup: Markup | undefined): void {
  for (const { url } of entities) if (url) checkStartLink(url)
  for (const { url } of markup?.inline_keyboard?.flat() ?? []) if (url) checkStartLink(url)
}

export function captionOf(world: World, params: CaptionParams): Partial<Message> {
  const formatted = formatText({
    text: params.caption ?? '',
    parseMode: params.parse_mode,
    entities: params.caption_entities,
    limit: captionLimit,
    what: 'caption',
  })
  const entities = resolveMentions(world, formatted)
  checkLinks(entities, params.reply_markup)
  if (!formatted.text) return {}
  return { caption: formatted.text, ...(entities.length > 0 && { caption_entities: entities }) }
}

function post(
  world: World,
  state: ChatState,
  params: SendParams,
  content: Partial<Message>,
  file?: FileContent,
): Message {
  if (params.reply_markup) checkMarkup(params.reply_markup)
  const entities = content.entities ?? content.caption_entities ?? []
  checkForceReply(state, params.reply_markup, {
    mentions: entities.some(({ type }) => type === 'mention' || type === 'text_mention'),
    // One that is gone meanwhile is nobody's fault.
    replied: params.reply_parameters && (state.messages.get(params.reply_parameters.message_id)?.message ?? 'gone'),
  })
  const sender: Partial<Message> = state.chat.type === 'channel' ? { sender_chat: state.chat } : { from: world.bot }
  const stored = postMessage(
    world,
    state,
    {
      ...sender,
      ...content,
      ...(params.message_thread_id !== undefined && { message_thread_id: params.message_thread_id }),
    },
    { markup: params.reply_markup, file, replyTo: replied(state, params.reply_parameters) },
  )
  return stored.message
}

function sendFile(kind: 'photo' | 'document') {
  return ({ context: { world }, params, uploads }: Call<CaptionParams & { photo?: string; document?: string }>) => {
    const caption = captionOf(world, params)
    const file = incomingFile(world, kind, params[kind] ?? '', uploads)
    const state = writableChat(world, params.chat_id, `${kind}s`, params.message_thread_id)
    const media = kind === 'photo' ? { photo: photoOf(world, file) } : { document: documentOf(file) }
    return post(world, state, params, { ...media, ...caption }, file)
  }
}

export const sending: Record<string, Method> = {
  sendMessage: method<SendParams & { text: string; entities?: Entity[] }>(({ context: { world }, params }) => {
    const { text, parse_mode: parseMode, entities: given } = params
    const formatted = formatText({ text, parseMode, entities: given, limit: textLimit, what: 'text' })
    const entities = resolveMentions(world, formatted)
    checkLinks(entities, params.reply_markup)
    const state = writableChat(world, params.chat_id, 'text messages', params.message_thread_id)
    return post(world, state, params, { text: formatted.text, ...(entities.length > 0 && { entities }) })
  }),
  sendPhoto: method(sendFile('photo')),
  sendDocument: method(sendFile('document')),
  sendChatAction: method<{ chat_id: ChatId; action: string; message_thread_id?: number }>(({ context, params }) => {
    const known =
      'typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker find_location record_video_note upload_video_note'
    if (!known.split(' ').includes(params.action))
      throw new StrictBreach('Bad Request: wrong parameter action in request')
    writableChat(context.world, params.chat_id, 'text messages', params.message_thread_id)
    return true
  }),
}
