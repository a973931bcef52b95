/** What an adapter implements, and what it is given. */
import type { Limiter } from '../lib/limiter.ts'
import type { Locale } from '../lib/locale.ts'
import type { SentFile } from './arguments.ts'
import type { Document, Form, Picture, Reply, Visibility } from './reply.ts'
import type { ChatReference } from './request.ts'
import type { Platform } from './text.ts'

/** A reply that is ready to be drawn. */
export interface Answer {
  readonly reply: Reply
  readonly visibility: Visibility
  readonly locale: Locale
  /** The asker's id on the platform: their buttons carry it. */
  readonly askerId: string
  /** For a press: whether it takes the place of the message that carried the button. */
  readonly update: boolean
  /**
   * For a private answer to somebody the bot cannot write to: the payload of a deep link (`/start <payload>`) that shows it. Made
   * only where the platform needs it.
   */
  readonly startPayload?: string
  /** Where the chat can show a form: this one, under its id. `reply` says the same for where it cannot be shown any more. */
  readonly form?: Form & { readonly id: string }
  /** The answer is a question that the next message answers: in a group, as a reply to it. */
  readonly asks?: true
}

/** Answers one request through the interaction or chat it came from. Both methods throw DeliveryError only. */
export interface Responder {
  /** Tells the person that the answer is on its way (defer, typing), when it takes longer than a moment. */
  acknowledge(visibility: Visibility): Promise<void>
  /** Sends the answer; resolves with the platform's message id where it gives one. */
  answer(answer: Answer): Promise<{ messageId?: string }>
  /** Fetches a file that came with the request; at most `maxBytes`, more is refused with DeliveryError 'rejected'. */
  fetch(file: SentFile, maxBytes: number): Promise<Uint8Array>
}

/** An outbox row, as its sender sees it. */
export interface Delivery {
  readonly id: number
  readonly to: /** A place everyone there reads. */
    | { readonly kind: 'chat'; readonly chat: ChatReference }
    /** One person's private chat, by their id on the platform. */
    | { readonly kind: 'person'; readonly platformId: string }
  readonly reply: Reply
  readonly locale: Locale
  readonly askerId: string
  /** At most 25 characters; the same for every try, so that a platform that can may drop the second one. */
  readonly nonce: string
}

export interface Sender {
  readonly platform: Platform
  /** Whether sending the same nonce again within two minutes shows one message. */
  readonly dedupesByNonce: boolean
  /** Sends once, without retrying. Throws DeliveryError only. */
  deliver(delivery: Delivery): Promise<{ messageId: string }>
  /** Shared by replies and deliveries of the bot. */
  readonly limiter: Limiter
}

/** What became of something we tried to send. */
export type DeliveryProblem =
  /** The person does not want to hear from the bot (blocked, DMs closed, never started). */
  | 'blocked'
  /** The chat, message or account is no more. */
  | 'gone'
  /** The bot may not do this here. */
  | 'forbidden'
  /** The platform asked us to wait `retryAfterMs`; nothing was sent. */
  | 'rate-limited'
  /** The platform did not answer, or with its own failure. `maybeSent` tells whether it may have acted. */
  | 'unreachable'
  /** The platform refused the payload: our mistake. */
  | 'rejected'

/** The platform's side of a failure; made only in `adapters/<platform>/errors.ts`. */
export class DeliveryError extends Error {
  readonly problem: DeliveryProblem
  readonly retryAfterMs: number
  readonly maybeSent: boolean
  /** When the chat lives under another id now. */
  readonly movedTo: string | undefined
  /** Whether the platform says that the person's account is no more, and not just this chat. */
  readonly accountDeleted: boolean

  constructor(
    problem: DeliveryProblem,
    message: string,
    more: {
      retryAfterMs?: number
      maybeSent?: boolean
      movedTo?: string
      accountDeleted?: boolean
      cause?: unknown
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'DeliveryError'
    this.problem = problem
    this.retryAfterMs = more.retryAfterMs ?? 0
    this.maybeSent = more.maybeSent ?? false
    this.movedTo = more.movedTo
    this.accountDeleted = more.accountDeleted ?? false
  }
}

/** An HTTP route of an adapter, in web-standard terms; src/http mounts it. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  respond(request: Request): Promise<Response>
}

/** A running connection to one platform under one bot. */
export interface Connection {
  /** `telegram:123`. */
  readonly bot: string
  readonly sender: Sender
  /** True while events arrive. */
  connected(): boolean
  /** Resolves with a sentence when the platform ends it for good (token revoked, another process polls). */
  readonly ended: Promise<string>
  /** Runs what has been unfinished for half a minute and is not in hand; called once a minute. Start does the same for everything. */
  recover(): Promise<number>
  /** Routes for the HTTP server, where the platform calls us. */
  readonly routes: readonly Route[]
  /** Stops receiving, finishes what is in hand, closes. */
  close(): Promise<void>
}

/** Writes a document. */
export type WriteDocument = (document: Document, locale: Locale) => Promise<{ bytes: Uint8Array; type: string }>

/** Draws a picture as PNG, or reads a photo as JPEG; null where that is not possible, and the words must do. */
export type DrawPicture = (picture: Picture, locale: Locale) => Promise<Uint8Array | null>
