import type { Json } from './check-shape.ts'

/** Platform limits: about 30 messages a second in all, 1 a second per chat (short bursts pass), 20 a minute per group. */
const overallPerSecond = 30
const chatBurst = 3
const groupPerMinute = 20

const counted = /^(send(?!ChatAction)|forward|copy|edit)/

export interface Pacing {
  /** Counts a call; returns the seconds to wait when it is one too many. */
  count(method: string, params: Json): number | undefined
}

/** Rate rules on the given clock. */
export function createPacing(now: () => number): Pacing {
  const overall: number[] = []
  const groups = new Map<string, number[]>()
  const chats = new Map<string, { tokens: number; at: number }>()

  /** Seconds until a window of `limit` calls per `spanMs` has room again. */
  function window(times: number[], limit: number, spanMs: number): number | undefined {
    const at = now()
    while (times[0] !== undefined && times[0] <= at - spanMs) times.shift()
    return times.length < limit ? undefined : Math.max(1, Math.ceil(((times[0] ?? at) + spanMs - at) / 1000))
  }

  return {
    count(method, params) {
      if (!counted.test(method)) return undefined
      const key = String(params.chat_id)
      const group = groups.get(key) ?? []
      const bucket = chats.get(key) ?? { tokens: chatBurst, at: now() }
      const tokens = Math.min(chatBurst, bucket.tokens + (now() - bucket.at) / 1000)
      const wait =
        window(overall, overallPerSecond, 1000) ??
        (key.startsWith('-') ? window(group, groupPerMinute, 60_000) : undefined) ??
        (tokens < 1 ? Math.ceil(1 - tokens) : undefined)
      if (wait !== undefined) return wait
      overall.push(now())
      groups.set(key, [...group, now()])
      chats.set(key, { tokens: tokens - 1, at: now() })
      return undefined
    },
  }
}
