/** Messages that may answer the open question of a form. What they say goes no further than here, unless one waits for it. */
import type { App } from '../../app.ts'
import type { Ask, PlaceSighting, Request } from '../../chat/request.ts'
import { waitingIn } from '../../features/forms/index.ts'
import { ALBUMS_KEPT } from './limits.ts'

/** A request, and what answering it needs and may not be kept. */
export interface Arrived {
  readonly request: Request
  readonly token: string | null
}

/** What an update tells; of a message that is no command, also what it is while a question waits. */
export interface Reading {
  /** Null for what is nothing unless a question waits. */
  readonly request: Request | null
  readonly token: string | null
  readonly answer?: PossibleAnswer
}

export interface PossibleAnswer {
  readonly said: Unclaimed
  /** In a group: the message of the bot that it replies to. */
  readonly replied: string | null
  /** The album it is a part of. */
  readonly album: string | null
}

/** An answer that no form has claimed yet. */
export type Unclaimed = Omit<Extract<Ask, { kind: 'answer' }>, 'form'>

/** Decides what a reading is, with one look at the forms that wait. Null for nothing. `moved`: groups that live under another id now. */
export function createAnswers(
  app: App,
  bot: string,
  moved: ReadonlyMap<string, PlaceSighting>,
): (reading: Reading) => Promise<Arrived | null> {
  const albums = new Set<string>()

  /** The form that waits for somebody in a chat, or did where that lived before. */
  async function waitingFor({ from, chat }: Unclaimed) {
    const before = [...moved].filter(([, to]) => to.platformId === chat.id).map(([id]) => id)
    for (const id of [chat.id, ...before]) {
      const waiting = await waitingIn(app, { platform: 'telegram', platformId: from.platformId }, bot, id)
      if (waiting) return waiting
    }
    return null
  }

  /** The first message of an album is answered for all of it. */
  function isFirst(album: string): boolean {
    if (albums.has(album)) return false
    if (albums.size >= ALBUMS_KEPT) albums.clear()
    albums.add(album)
    return true
  }

  return async ({ request, token, answer }) => {
    const otherwise = request && { request, token }
    if (!answer) return otherwise
    const { said, replied, album } = answer
    const { chat } = said
    const waiting = await waitingFor(said)
    if (!waiting) return otherwise
    // Where others talk too, only a reply to the question answers it.
    if (!chat.direct && waiting.messageId !== replied) return otherwise
    if (album !== null && !isFirst(`${chat.id} ${album}`)) return null
    const asked = chat.direct && waiting.messageId !== null ? writeQuestionToken(waiting.messageId) : null
    return { request: { ...said, form: waiting.id }, token: asked }
  }
}

/** The message whose question is answered: its buttons are of no use any more. */
export const writeQuestionToken = (messageId: string): string => `question:${messageId}`

/** Reads it back; null for every other token, and for one that has been wiped. */
export const readQuestionToken = (token: string | null): string | null =>
  /^question:(\d+)$/.exec(token ?? '')?.[1] ?? null
