/** What came in, in our words: the adapters make these from platform events, and an inbox row stores one. */
import type { Role, StoredFile } from './command.ts'
import type { Platform } from './text.ts'

/** A person as the platform describes them at this moment. */
export interface Sighting {
  readonly platformId: string
  readonly name: string
  readonly username?: string
  /** The language tag of their app. */
  readonly locale?: string
  /** Their standing in this place, when the event tells; undefined leaves what is known as it is. */
  readonly role?: Role
}

/** A guild, group or channel as the platform describes it. */
export interface PlaceSighting {
  readonly platformId: string
  readonly kind: 'guild' | 'group' | 'supergroup' | 'channel'
  readonly title: string
}

/** Where an answer goes: the chat (or channel), and the topic or message it belongs to. */
export interface ChatReference {
  readonly id: string
  /** What the chat within its place is called, where the platform tells (a channel of a guild, a topic). */
  readonly title?: string
  readonly direct: boolean
  /** Whether an answer in this chat can be shown to the asker alone. */
  readonly ephemeral: boolean
  readonly threadId?: string
  /** The message that asked, or that carries the pressed button. */
  readonly messageId?: string
  /** Where a form can be shown and handed in whole; elsewhere its questions are asked one by one. */
  readonly forms?: 'whole'
}

/** An argument as it arrived, before it is read by its declaration. */
export type RawArg =
  | string
  | number
  | { readonly kind: 'member'; readonly sighting: Sighting }
  | {
      readonly kind: 'file'
      readonly name: string
      readonly type: string
      readonly size: number
      /** Where the adapter finds it again. */
      readonly reference: string
    }
  /** One that is in the files folder already. */
  | { readonly kind: 'stored'; readonly file: StoredFile }

interface RequestBase {
  readonly platform: Platform
  /** The bot that received it, such as `telegram:123`. */
  readonly bot: string
  /** The platform's unique id of the event. */
  readonly eventId: string
  readonly at: number
}

/** Something a person asked for; answered. */
export type Ask = RequestBase & {
  readonly from: Sighting
  /** Null in a private chat. */
  readonly place: PlaceSighting | null
  readonly chat: ChatReference
} & (
    | {
        /** A typed line (Telegram, playground): `/points history page:2`. */
        readonly kind: 'line'
        readonly line: string
        /** The one the line answers or names: fills a member argument that the words leave open. */
        readonly about?: Sighting
        /** People named inside the line without a username, by the words that name them. */
        readonly named?: Readonly<Record<string, Sighting>>
        readonly file?: Extract<RawArg, { kind: 'file' }>
      }
    | {
        /** A command with its arguments already apart (Discord). */
        readonly kind: 'command'
        readonly path: readonly string[]
        readonly args: Readonly<Record<string, RawArg>>
      }
    | { readonly kind: 'press'; readonly data: string }
    | {
        /** A form handed in whole: the id it was shown with, and what stands in its fields. */
        readonly kind: 'form'
        readonly form: string
        readonly values: Readonly<Record<string, RawArg>>
      }
    | {
        /** A message that answers the open question of a form. Only made while there is one: what else people say is not kept. */
        readonly kind: 'answer'
        readonly form: string
        readonly text: string
        readonly about?: Sighting
        readonly file?: Extract<RawArg, { kind: 'file' }>
      }
    | { /** Not a person: an anonymous admin, a channel. */ readonly kind: 'faceless' }
  )

/** Something that happened to a place or a person; not answered. */
export type Happening = RequestBase & { readonly kind: 'happening' } & (
    | {
        readonly what: 'bot-joined'
        readonly place: PlaceSighting
        readonly staff?: ReadonlyArray<Sighting & { readonly role: Role }>
        /** Where a hello may be said; omitted where the bot may not speak. */
        readonly chat?: ChatReference
        readonly locale?: string
      }
    | { readonly what: 'bot-left'; readonly place: PlaceSighting }
    | { readonly what: 'place-renamed'; readonly place: PlaceSighting }
    /** A group became a supergroup under another id. */
    | { readonly what: 'place-moved'; readonly place: PlaceSighting; readonly to: PlaceSighting }
    | { readonly what: 'member-joined'; readonly place: PlaceSighting; readonly who: Sighting }
    | { readonly what: 'member-left'; readonly place: PlaceSighting; readonly who: Sighting }
    /** Staff of the place keep somebody out, or no longer do. */
    | { readonly what: 'member-banned' | 'member-unbanned'; readonly place: PlaceSighting; readonly who: Sighting }
    /** The platform says that the account is no more. */
    | { readonly what: 'account-deleted'; readonly who: Sighting }
    /** The staff of a place as the platform lists them now: those missing from the list are staff no longer. */
    | {
        readonly what: 'staff-listed'
        readonly place: PlaceSighting
        readonly staff: ReadonlyArray<Sighting & { readonly role: Role }>
      }
    | { readonly what: 'account-renamed'; readonly who: Sighting }
    /** Whether the person can be written to privately (Start pressed, bot blocked). */
    | { readonly what: 'direct-opened' | 'direct-closed'; readonly who: Sighting }
  )

export type Request = Ask | Happening
