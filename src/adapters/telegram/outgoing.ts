/** Sending and replacing messages; shared by replies and deliveries. */
import { InputFile, type RawApi } from 'grammy'
import type { InputMediaPhoto, MessageEntity } from 'grammy/types'
import { DeliveryError } from '../../chat/port.ts'
import type { Calls } from './calls.ts'
import { groupFull } from './errors.ts'
import type { Media, Payload } from './formatter.ts'

/** Where a message goes. */
export interface Target {
  readonly chatId: string
  readonly direct: boolean
  readonly threadId?: string | undefined
  readonly replyTo?: string | undefined
}

/** The key under which a chat's messages are counted; the outbox uses the same. */
const chatKey = ({ chatId, direct }: Target): string => `${direct ? 'p' : 'c'}:${chatId}`

const count = (calls: Calls, target: Target): void => calls.limiter.count(chatKey(target), !target.direct)

/** Counts messages that go now, all at once; throws while they are too many for a group's minute: half an answer is none. */
function reserve(calls: Calls, target: Target, messages: number): void {
  const wait = target.direct ? 0 : calls.limiter.groupWait(chatKey(target), messages)
  if (wait > 0) throw groupFull(wait)
  for (let i = 0; i < messages; i++) count(calls, target)
}

/** Sends messages one after the other, once there is room for them. Resolves with the id of the last. */
export async function post(calls: Calls, target: Target, payloads: readonly Payload[]): Promise<string> {
  reserve(calls, target, payloads.length)
  return postReserved(calls, target, payloads)
}

/** The same for a delivery, whose first message the sender has counted when its turn came. */
export async function postDue(calls: Calls, target: Target, payloads: readonly Payload[]): Promise<string> {
  for (let i = 1; i < payloads.length; i++) count(calls, target)
  return postReserved(calls, target, payloads)
}

async function postReserved(calls: Calls, target: Target, payloads: readonly Payload[]): Promise<string> {
  let messageId = ''
  let to = target
  for (const payload of payloads) {
    messageId = await calls.call(api => sendOne(api, to, payload))
    // Later parts follow the first; only the first answers the question.
    to = { ...to, replyTo: undefined }
  }
  return messageId
}

async function sendOne(api: RawApi, target: Target, { rich, media, markup }: Payload): Promise<string> {
  // A field that opens for whoever is answered opens for nobody where nobody is.
  const shown = target.replyTo === undefined && markup && 'force_reply' in markup ? undefined : markup
  const where = {
    chat_id: Number(target.chatId),
    ...(target.threadId !== undefined && { message_thread_id: Number(target.threadId) }),
    ...(target.replyTo !== undefined && {
      reply_parameters: { message_id: Number(target.replyTo), allow_sending_without_reply: true },
    }),
    ...(shown && { reply_markup: shown }),
  }
  const sent = await sendContent(api, where, media, payload(rich))
  return String(sent.message_id)
}

function sendContent(api: RawApi, where: { chat_id: number }, media: Media | null, words: Worded) {
  if (!media) return api.sendMessage({ ...where, ...words, link_preview_options: { is_disabled: true } })
  const file = new InputFile(media.bytes, media.name)
  return media.kind === 'photo'
    ? api.sendPhoto({ ...where, photo: file, ...captionOf(words) })
    : api.sendDocument({ ...where, document: file, ...captionOf(words) })
}

interface Worded {
  readonly text: string
  readonly entities?: MessageEntity[]
}

const payload = ({ text, entities }: Payload['rich']): Worded => ({
  text,
  ...(entities.length > 0 && { entities: [...entities] }),
})

const captionOf = ({ text, entities }: Worded): { caption?: string; caption_entities?: MessageEntity[] } =>
  text === '' ? {} : { caption: text, ...(entities && { caption_entities: entities }) }

/** The message that carries a pressed button. */
export interface Shown {
  readonly messageId: string
  readonly photo: boolean
}

/**
 * Puts an answer in the place of a message. Words become words or a picture where they are. A picture cannot become words, and a
 * document is a message of its own: the answer is sent first and the old message deleted after it, so that a failure in between leaves
 * too much, never nothing.
 */
export async function replace(
  calls: Calls,
  target: Target,
  shown: Shown,
  payloads: readonly Payload[],
): Promise<string> {
  const [first, ...rest] = payloads
  if (!first) return shown.messageId
  if (shown.photo ? first.media?.kind !== 'photo' : first.media?.kind === 'document') {
    const messageId = await post(calls, { ...target, replyTo: undefined }, payloads)
    await remove(calls, target, shown.messageId)
    return messageId
  }
  reserve(calls, target, payloads.length)
  try {
    await calls.settle(api => editOne(api, target, shown.messageId, first))
  } catch (error) {
    // Deleted meanwhile, or too old to change: then the answer is a message of its own.
    if (!(error instanceof DeliveryError && error.problem === 'gone' && error.movedTo === undefined)) throw error
    return post(calls, { ...target, replyTo: undefined }, payloads)
  }
  return rest.length > 0 ? postReserved(calls, { ...target, replyTo: undefined }, rest) : shown.messageId
}

async function editOne(api: RawApi, target: Target, messageId: string, { rich, media, markup }: Payload) {
  const message = { chat_id: Number(target.chatId), message_id: Number(messageId) }
  const keyboard = markup && 'inline_keyboard' in markup ? { reply_markup: markup } : {}
  if (!media)
    return api.editMessageText({
      ...message,
      ...payload(rich),
      ...keyboard,
      link_preview_options: { is_disabled: true },
    })
  const photo: InputMediaPhoto = {
    type: 'photo',
    media: new InputFile(media.bytes, media.name),
    ...captionOf(payload(rich)),
  }
  return api.editMessageMedia({ ...message, media: photo, ...keyboard })
}

/** Deletes a message, or at least takes its buttons away: after 48 hours the platform keeps it. */
async function remove(calls: Calls, target: Target, messageId: string): Promise<void> {
  const message = { chat_id: Number(target.chatId), message_id: Number(messageId) }
  try {
    await calls.call(api => api.deleteMessage(message))
  } catch {
    await withoutButtons(calls, target, messageId)
  }
}

/** Takes the buttons away from a message that is over. Failing at that matters to nobody: they say so when they are pressed. */
export async function withoutButtons(calls: Calls, target: Target, messageId: string): Promise<void> {
  const message = { chat_id: Number(target.chatId), message_id: Number(messageId) }
  await calls.settle(api => api.editMessageReplyMarkup(message)).catch(() => {})
}
