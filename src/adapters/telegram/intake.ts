/** Platform event -> requests. What is not for this bot, or not for any bot to keep, becomes none. */
import type { CallbackQuery, ChatMemberUpdated, Message, Update, UserFromGetMe } from 'grammy/types'
import type { Clock } from '../../app.ts'
import type { Registry } from '../../chat/command.ts'
import type { Ask, ChatReference, Happening, PlaceSighting, Request } from '../../chat/request.ts'
import { SECOND } from '../../lib/time.ts'
import type { PossibleAnswer, Reading, Unclaimed } from './answers.ts'
import { ANONYMOUS_ADMIN } from './limits.ts'
import { answerIn, hasContent, type Line, lineOf, repliedTo } from './line.ts'
import { type PressToken, writePressToken } from './press-token.ts'
import {
  chatOf,
  fileOf,
  type GroupChat,
  isDeleted,
  isGroup,
  isPresent,
  placeOf,
  roleOf,
  sightingOf,
} from './sightings.ts'

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
interface Found {
  readonly at: number
  readonly token?: string
  readonly bare: Bare<Request> | null
  readonly answer?: Omit<PossibleAnswer, 'said'> & { readonly said: Bare<Unclaimed> }
}

/** Reads updates; one may tell of several things. */
export function createIntake(parts: IntakeParts): (update: Update) => Reading[] {
  return update =>
    findIn(parts, update).map(({ at, token = null, bare, answer }, i) => {
      const eventId = i === 0 ? String(update.update_id) : `${update.update_id}.${i}`
      const event = { platform: 'telegram', bot: parts.bot, eventId, at } as const
      const request = bare && inNewPlace(parts.moved, { ...event, ...bare } as Request)
      return { request, token, ...(answer && { answer: { ...answer, said: { ...event, ...answer.said } } }) }
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
  const ask = askOf(message)
  if (!ask) return []
  const line = lineOf(message, parts.me.username, parts.registry)
  const found = line ? fromLine(message, ask, line) : fromWords(parts, message, ask)
  return found ? [{ at, ...found }] : []
}

function fromLine(message: Message, { faceless, ...who }: Asking, { line, named }: Line): Omit<Found, 'at'> {
  if (faceless) return { bare: { kind: 'faceless', ...who } }
  const about = repliedTo(message)
  const file = fileOf(message)
  return {
    bare: {
      kind: 'line',
      ...who,
      line,
      ...(Object.keys(named).length > 0 && { named }),
      ...(about && { about }),
      ...(file && { file }),
    },
  }
}

/** Words and pictures that are no command: perhaps the answer to a question. */
function fromWords({ me }: IntakeParts, message: Message, { faceless, ...who }: Asking): Omit<Found, 'at'> | null {
  const replied = message.reply_to_message?.from?.id === me.id ? String(message.reply_to_message.message_id) : null
  if (faceless || !hasContent(message) || (!who.chat.direct && replied === null)) return null
  const { media_group_id: album = null, caption } = message
  // In a private chat whatever people say is meant for the bot, and answered; what it was is not kept. Of an album, which is a message
  // per picture, only what carries its words is.
  const answered = who.chat.direct && (album === null || caption !== undefined)
  return {
    bare: answered ? { kind: 'line', ...who, line: '' } : null,
    answer: { said: { kind: 'answer', ...who, ...answerIn(message) }, replied, album },
  }
}

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
  const people = message.new_chat_members?.filter(user => !user.is_bot && !isDeleted(user)) ?? []
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
  const shown: PressToken['shown'] = full?.photo ? 'photo' : full?.text === undefined ? 'nothing' : 'text'
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

/** Somebody came, went, was thrown out or let in again, or became more or less than they were. Told only to administrators. */
function fromMembership({ chat, date, old_chat_member: old, new_chat_member: now }: ChatMemberUpdated): Found[] {
  const { user } = now
  if (user.is_bot || !isGroup(chat)) return []
  const place = placeOf(chat)
  const who = sightingOf(user)
  const told: Told[] = []
  if (now.status === 'kicked' && old.status !== 'kicked') told.push({ what: 'member-banned', place, who })
  else if (old.status === 'kicked' && now.status !== 'kicked') told.push({ what: 'member-unbanned', place, who })
  const before = isPresent(old)
  // Losing the status is told; having none says nothing, so that roles given by Muster stay.
  const role = roleOf(now) ?? (roleOf(old) ? ('member' as const) : undefined)
  if (!isPresent(now)) {
    if (before && now.status !== 'kicked') told.push({ what: 'member-left', place, who })
  } else if (!isDeleted(user) && (!before || role !== undefined))
    told.push({ what: 'member-joined', place, who: { ...who, ...(role && { role }) } })
  if (isDeleted(user)) told.push({ what: 'account-deleted', who })
  const at = date * SECOND
  return told.map(happening => ({ at, bare: { kind: 'happening', ...happening } as Bare<Happening> }))
}

/** Old messages of a group that moved keep their old chat: a press on one counts, and is answered, where the group lives now. */
function inNewPlace(moved: IntakeParts['moved'], request: Request): Request {
  if (request.kind === 'happening') return request
  const place = request.place && moved.get(request.place.platformId)
  if (!place) return request
  // Its messages and topics have other numbers there.
  const { direct, ephemeral } = request.chat
  return { ...request, place, chat: { id: place.platformId, direct, ephemeral } }
}
