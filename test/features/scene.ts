// A small community to test in: people who ask, places they ask in, and what they were answered.
import { type App, transaction } from '#src/app.ts'
import type { Role } from '#src/chat/command.ts'
import { type Answer, DeliveryError, type Responder } from '#src/chat/port.ts'
import type { Visibility } from '#src/chat/reply.ts'
import type { Ask, Happening, PlaceSighting, Sighting } from '#src/chat/request.ts'
import { plainWriter, renderText } from '#src/chat/text.ts'
import { arrive } from '#src/features/people/index.ts'
import type { TestApp } from '#test/support/app.ts'

export const BOT = 'telegram:1'
export const OWLS: PlaceSighting = { platformId: '-100', kind: 'group', title: 'Night Owls' }
export const ada: Sighting = { platformId: '11', name: 'Ada', username: 'ada', locale: 'en' }
export const lin: Sighting = { platformId: '12', name: 'Lin', username: 'lin', locale: 'zh-Hans' }
export const mo: Sighting = { platformId: '13', name: 'Mo', username: 'mo', locale: 'en', role: 'manager' }

let events = 0
const base = (app: App) => ({
  platform: 'telegram' as const,
  bot: BOT,
  eventId: `event ${++events}`,
  at: app.clock.now(),
})
const chat = (place: PlaceSighting | null, from: Sighting) => ({
  id: place?.platformId ?? from.platformId,
  direct: place === null,
  ephemeral: false,
})

/** A typed line, in the group unless `place` says otherwise (null: a private chat). */
export function line(app: App, from: Sighting, typed: string, place: PlaceSighting | null = OWLS): Ask {
  return { ...base(app), kind: 'line', line: typed, from, place, chat: chat(place, from) }
}

/** A pressed button. */
export function press(app: App, from: Sighting, data: string, place: PlaceSighting | null = OWLS): Ask {
  return { ...base(app), kind: 'press', data, from, place, chat: chat(place, from) }
}

type What<H> = H extends Happening ? Omit<H, 'platform' | 'bot' | 'eventId' | 'at' | 'kind'> : never
/** Something that happened to a place or a person. */
export function happening(app: App, what: What<Happening>): Happening {
  return { ...base(app), kind: 'happening', ...what } as Happening
}

export interface Known {
  readonly memberId: string
  readonly communityId: string
  readonly accountId: string
}

/** Makes somebody a member of the community of a place. */
export async function join(app: App, who: Sighting, place: PlaceSighting = OWLS, role?: Role): Promise<Known> {
  const arrival = await transaction(app, inner =>
    arrive(inner, { platform: 'telegram', bot: BOT, place }, role ? { ...who, role } : who, app.clock.now()),
  )
  return { memberId: arrival.memberId, communityId: arrival.place.communityId, accountId: arrival.accountId }
}

export interface Recorded extends Responder {
  readonly answers: Answer[]
  readonly acknowledged: Visibility[]
  /** Thrown by the next answers, one each. */
  readonly failures: Array<DeliveryError | Error>
  /** What `fetch` finds, by reference. */
  readonly files: Map<string, Uint8Array>
}

/** A responder that keeps what it was given. */
export function recorder(): Recorded {
  const answers: Answer[] = []
  const acknowledged: Visibility[] = []
  const failures: Array<DeliveryError | Error> = []
  const files = new Map<string, Uint8Array>()
  return {
    answers,
    acknowledged,
    failures,
    files,
    fetch: async ({ reference }) => {
      const bytes = files.get(reference)
      if (!bytes) throw new DeliveryError('gone', 'there is no such file')
      return bytes
    },
    acknowledge: async visibility => void acknowledged.push(visibility),
    answer: async answer => {
      const failure = failures.shift()
      if (failure) throw failure
      answers.push(answer)
      return { messageId: String(answers.length) }
    },
  }
}

/** All words of an answer, as its reader gets them. */
export function words(answer: Answer | undefined): string {
  if (!answer) return ''
  const { title, lines, rows, footer } = answer.reply
  const texts = [title, ...lines, ...(rows ?? []).flatMap(row => [row.label, row.value]), footer]
  return texts
    .filter(text => text !== undefined)
    .map(text => renderText(text, answer.locale, plainWriter))
    .join('\n')
}

/** How many rows a table has. */
export async function count(
  app: App,
  table:
    | 'checkins'
    | 'ledger'
    | 'outbox'
    | 'activity'
    | 'accounts'
    | 'persons'
    | 'communities'
    | 'places'
    | 'members'
    | 'inbox',
): Promise<number> {
  const { rows } = await app.db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow()
  return Number(rows)
}

/** Errors that were logged. */
export const errors = (opened: TestApp) => opened.lines.filter(({ level }) => level === 'error')
