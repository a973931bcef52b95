import type { Json } from './check-shape.ts'
import { createPacing } from './pacing.ts'

export interface Fault {
  /** The method to hit; every method but getUpdates when left out. */
  method?: string
  /** How many calls (default 1). */
  times?: number
  /** Only calls whose parameters pass. */
  when?: (params: Json) => boolean
  /**
   * `drop-before`: the connection dies and nothing happened. `drop-after`: it happened, but the answer is lost.
   * `hang`: nothing happens and no answer comes until the client gives up.
   */
  kind: '429' | '500' | '502' | 'drop-before' | 'drop-after' | 'hang'
  /** Seconds, for 429. */
  retryAfter?: number
  /** A 429 that silences the whole bot until retry_after is over, not this one method alone. */
  wholeBot?: boolean
}

export type Verdict = { kind: 'pass' } | { kind: '429'; retryAfter: number } | { kind: Exclude<Fault['kind'], '429'> }

interface Silence {
  until: number
  /** undefined: the whole bot. */
  method: string | undefined
  cause: string
  /** When the answer left, in real milliseconds. */
  told: number
}

/** Calls already under way when the 429 was written are not to blame. */
const underWayMs = 25
const receiving = new Set(['getUpdates', 'setWebhook', 'deleteWebhook', 'getWebhookInfo', 'getMe'])

export interface Gate {
  add(fault: Fault): void
  /** Decides, before anything happens, what becomes of a call. */
  judge(method: string, params: Json): Verdict
}

/** Faults ordered by the test and, when `limits` is on, the platform's own rate limits. */
export function createGate(now: () => number, limits: boolean, breach: (text: string) => void): Gate {
  const faults: (Fault & { left: number })[] = []
  const pacing = limits ? createPacing(now) : undefined
  let silences: Silence[] = []

  function tooMany(method: string, params: Json, retryAfter: number, wholeBot: boolean): Verdict {
    silences.push({
      until: now() + retryAfter * 1000,
      method: wholeBot ? undefined : method,
      cause: `${method} ${String(params.chat_id)}`,
      told: performance.now(),
    })
    return { kind: '429', retryAfter }
  }

  function silenced(method: string, params: Json): Verdict | undefined {
    silences = silences.filter(silence => silence.until > now())
    if (receiving.has(method)) return undefined
    const silence = silences.find(({ method: only }) => only === undefined || only === method)
    if (!silence) return undefined
    const sameCall = silence.cause === `${method} ${String(params.chat_id)}`
    if (sameCall || performance.now() - silence.told > underWayMs) breach(`${method} called during retry_after`)
    return { kind: '429', retryAfter: Math.ceil((silence.until - now()) / 1000) }
  }

  return {
    add: fault => faults.push({ ...fault, left: fault.times ?? 1 }),
    judge(method, params) {
      const refused = silenced(method, params)
      if (refused) return refused
      const fault = faults.find(
        ({ left, method: only, when }) =>
          left > 0 && (only ? only === method : method !== 'getUpdates') && (when?.(params) ?? true),
      )
      if (fault) {
        fault.left--
        if (fault.kind !== '429') return { kind: fault.kind }
        return tooMany(method, params, fault.retryAfter ?? 1, fault.wholeBot ?? false)
      }
      const wait = pacing?.count(method, params)
      return wait === undefined ? { kind: 'pass' } : tooMany(method, params, wait, true)
    },
  }
}
