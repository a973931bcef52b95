/** Trouble to order: the next requests of a route meet what real servers and networks do. */
import { type Call, fits } from './log.ts'

type FaultKind =
  | '429'
  | '429-global'
  | '500'
  | '502'
  | '401'
  | '403'
  /** The connection breaks before the request took effect. */
  | 'drop-before'
  /** The request took effect, then the connection breaks: the client cannot know. */
  | 'drop-after'
  /** Never answered and without effect. */
  | 'hang'
  /** The file server sends without end. */
  | 'flood'
  /** The file server answers with another address. */
  | 'elsewhere'

export type Fault = {
  kind: FaultKind
  /** A pattern for `fits`; any route when left out. */
  route?: string | RegExp
  method?: string
  /** How many requests it hits; 1 when left out. */
  times?: number
  /** Seconds, for 429. */
  retryAfter?: number
  /** JSON error code, for 403 (50013 when left out). */
  code?: number
}

export type FaultHandle = { readonly hits: number; remove: () => void }

export function createFaults() {
  const armed: { fault: Fault; left: number; hits: number }[] = []
  return {
    add(fault: Fault): FaultHandle {
      const entry = { fault, left: fault.times ?? 1, hits: 0 }
      armed.push(entry)
      return {
        get hits() {
          return entry.hits
        },
        remove() {
          entry.left = 0
        },
      }
    },
    /** The fault this call meets, used up once. */
    take(call: Call): Fault | undefined {
      const entry = armed.find(
        ({ fault, left }) =>
          left > 0 &&
          (fault.method === undefined || fault.method.toUpperCase() === call.method) &&
          (fault.route === undefined || fits(fault.route, call)),
      )
      if (!entry) return undefined
      entry.left -= 1
      entry.hits += 1
      return entry.fault
    },
  }
}
