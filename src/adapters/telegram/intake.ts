/** Platform event -> requests. What is not for this bot, or not for any bot to keep, becomes none. */
import type { CallbackQuery, ChatMemberUpdated, Message, Update, UserFromGetMe } from 'grammy/types'
import type { Clock } from '../../app.ts'
import type { Registry } from '../../chat/command.ts'
import type { Ask, ChatReference, Happening, PlaceSighting, Request } from '../../chat/request.ts'
import { SECOND } from '../../lib/time.ts'
import { ANONYMOUS_ADMIN } from './limits.ts'
import { hasContent, type Line, lineOf, repliedTo } from './line.ts'
import { type PressToken, writePressToken } from './press-token.ts'
import { chatOf, fileOf, type GroupChat, isGroup, isPresent, placeOf, roleOf, sightingOf } from './sightings.ts'

/** A request, and what answering it needs and may not be kept. */
export interface Arrived {
  readonly request: Request
  readonly token: string | null
}

export interface IntakeParts {
  readonly bot: string
  readonly me: UserFromGetMe
  readonly registry: Registry
  readonly clock: Clock
  /** Groups that live under another id now. */
  readonly moved: ReadonlyMap<string, PlaceSighting>
}

/** What happened, before it has the names of its event. */
type Bare<T> = T extends unknown ? Omit<T, 'platform' | 'bot' | 'eventId' | 'at'> : never
type Found = { readonly at: number; readonly token?: string; readonly bare: Bare<Request> }

/** Reads updates; one may tell of several things. */
export function createIntake(parts: IntakeParts): (update: Update) => Arrived[] {
  return update =>
    findIn(parts, update).map(({ at, token = null, bare }, i) => {
      const eventId = i === 0 ? String(update.update_id) : `${update.update_id}.${i}`
      const request = { platform: 'telegram', bot: parts.bot, eventId, at, ...bare } as Request
      return { request: inNewPlace(parts.moved, request), token }
    })
}

function findIn(parts: IntakeParts, { message, callback_query, my_chat_member, chat_member }: Update): Found[] {
  if (message) return fromMessage(parts, message)
  if (callback_query) return fromPress(parts, callback_query)
  if (my_chat_member) return fromOwnMembership(my_chat_member)
  if (chat_member) return fromMembership(chat_member)
  return []
}

function fromMessage(parts: IntakeParts, message: Message): Found[] {
  if (message.chat.type === 'channel') return []
  const at = message.date * SECOND
  const told = isGroup(message.chat) ? happenings(message, message.chat) : []
  if (told.length > 0)
    return told.map(happening => ({ at, bare: { kind: 'happening', ...happening } as Bare<Happening> }))
  const line = lineOf(message, parts.me.username, parts.registry) ?? unread(message)
  const ask = line && askOf(message)
  if (!line || !ask) return []
  const { faceless, ...who } = ask
  if (faceless) return [{ at, bare: { kind: 'faceless', ...who } }]
  const about = line.line === '' ? undefined : repliedTo(message)
  const file = line.line === '' ? undefined : fileOf(message)
  const named = Object.keys(line.named).length > 0 ? { named: line.named } : {}
  return [
    { at, bare: { kind: 'line', ...who, line: line.line, ...named, ...(about && { about }), ...(file && { file }) } },
  ]
}

/** In a private chat whatever people say is meant for the bot, and answered; what it was is not kept. */
const unread = (message: Message): Line | null =>
  message.chat.type === 'private' && hasContent(message) ? { line: '', named: {} } : null

type Asking = Pick<Ask, 'from' | 'place' | 'chat'> & { readonly faceless: boolean }

/** Who asks and where; null for bots. An anonymous administrator, a channel or its forwarded post is nobody in particular. */
function askOf(message: Message): Asking | null {
  const { from, sender_chat: speaker, chat } = message
  const where = { place: isGroup(chat) ? placeOf(chat) : null, chat: chatOf(message) }
  if (speaker || from?.id === ANONYMOUS_ADMIN) {
    const { id, title = '' } = speaker ?? chat
    return { faceless: true, from: { platformId: String(id), name: title || String(id) }, ...where }
  }
  if (!from || from.is_bot) return null
  return { faceless: false, from: sightingOf(from), ...where }
}

type Told = Happening extends infer H
  ? H extends unknown
    ? Omit<H, 'platform' | 'bot' | 'eventId' | 'at' | 'kind'>
    : never
  : never

/** What a service message tells about a group. */
function happenings(message: Message, chat: GroupChat): Told[] {
  const place = placeOf(chat)
  const people = message.new_chat_members?.filter(user => !user.is_bot) ?? []
  if (message.new_chat_members) return people.map(user => ({ what: 'member-joined', place, who: sightingOf(user) }))
  if (message.left_chat_member)
    return message.left_chat_member.is_bot
      ? []
      : [{ what: 'member-left', place, who: sightingOf(message.left_chat_member) }]
  if (message.new_chat_title !== undefined)
    return [{ what: 'place-renamed', place: { ...place, title: message.new_chat_title } }]
  // Each side tells of the other.
  if (message.migrate_to_chat_id !== undefined)
    return [
      {
        what: 'place-moved',
        place,
        to: { ...place, platformId: String(message.migrate_to_chat_id), kind: 'supergroup' },
      },
    ]
  if (message.migrate_from_chat_id !== undefined)
    return [
      {
        what: 'place-moved',
        place: { ...place, platformId: String(message.migrate_from_chat_id), kind: 'group' },
        to: place,
      },
    ]
  return []
}

function fromPress(parts: IntakeParts, query: CallbackQuery): Found[] {
  const { id, from, data, message } = query
  if (data === undefined || message?.chat.type === 'channel') return []
  const place = message && isGroup(message.chat) ? placeOf(message.chat) : null
  // Of a message that is too old the platform tells only where it is.
  const full = message && message.date !== 0 ? (message as Message) : undefined
  const shown: PressToken['shown'] = full ? (full.photo ? 'photo' : 'text') : 'nothing'
  const chat: ChatReference = full
    ? chatOf(full)
    : { id: String(message?.chat.id ?? from.id), direct: place === null, ephemeral: false }
  const bare = { kind: 'press' as const, from: sightingOf(from), place, chat, data }
  return [{ at: parts.clock.now(), token: writePressToken({ queryId: id, shown }), bare }]
}

/** The bot itself came, went, or was blocked. */
function fromOwnMembership({ chat, from, date, old_chat_member, new_chat_member }: ChatMemberUpdated): Found[] {
  const at = date * SECOND
  const here = isPresent(new_chat_member)
  if (chat.type === 'private') {
    const what = here ? 'direct-opened' : 'direct-closed'
    return [{ at, bare: { kind: 'happening', what, who: sightingOf(from) } }]
  }
  if (!isGroup(chat) || isPresent(old_chat_member) === here) return []
  const place = placeOf(chat)
  if (!here) return [{ at, bare: { kind: 'happening', what: 'bot-left', place } }]
  const maySpeak = new_chat_member.status !== 'restricted' || new_chat_member.can_send_messages
  const hello = maySpeak && { chat: { id: place.platformId, direct: false, ephemeral: false } }
  const locale = from.language_code && { locale: from.language_code }
  return [{ at, bare: { kind: 'happening', what: 'bot-joined', place, ...hello, ...locale } }]
}

/** Somebody came, went, or became more or less than they were. Told only to administrators. */
function fromMembership({ chat, date, old_chat_member, new_chat_member }: ChatMemberUpdated): Found[] {
  const { user } = new_chat_member
  if (user.is_bot || !isGroup(chat)) return []
  const at = date * SECOND
  const place = placeOf(chat)
  const before = isPresent(old_chat_member)
  if (!isPresent(new_chat_member))
    return before ? [{ at, bare: { kind: 'happening', what: 'member-left', place, who: sightingOf(user) } }] : []
  // Losing the status is told; having none says nothing, so that roles given by Muster stay.
  const role = roleOf(new_chat_member) ?? (roleOf(old_chat_member) ? ('member' as const) : undefined)
  if (before && role === undefined) return []
  const who = { ...sightingOf(user), ...(role && { role }) }
  return [{ at, bare: { kind: 'happening', what: 'member-joined', place, who } }]
}

/** Old messages of a group that moved keep their old chat: a press on one counts where the group lives now. */
function inNewPlace(moved: IntakeParts['moved'], request: Request): Request {
  if (request.kind === 'happening') return request
  const place = request.place && moved.get(request.place.platformId)
  return place ? { ...request, place } : request
}
