/** Telling somebody that the answer is on its way, when it takes longer than a moment. */
import type { Log } from './app.ts'
import type { Responder } from './chat/port.ts'
import type { Visibility } from './chat/reply.ts'

/** A platform waits 3 s for the first sign; after this long the person is told that the answer is on its way. */
const RACE_MS = 1500

/** How visible the answer will be; null where nothing may be said before it, because it is a form. */
export type Expected = Visibility | null

export interface SignOfLife {
  /** How visible the answer will be, once that is known. */
  declare(expected: Expected): void
  /** From here on nothing is acknowledged; resolves when what was begun has arrived. */
  over(): Promise<void>
}

/** Acknowledges once a moment has passed without an answer, as visible as the command declares. */
export function signOfLife(responder: Responder, log: Log, first: Expected): SignOfLife {
  let expected = first
  let telling: Promise<void> | undefined
  const tell = async () => {
    if (expected === null) return
    try {
      await responder.acknowledge(expected)
    } catch (error) {
      log.warn({ err: error }, 'an acknowledgement did not arrive; the answer will be tried all the same')
    }
  }
  const timer = setTimeout(() => {
    telling = tell()
  }, RACE_MS)
  return {
    declare: declared => {
      expected = declared
    },
    over: async () => {
      clearTimeout(timer)
      await telling
    },
  }
}
