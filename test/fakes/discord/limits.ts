/** Rate limits as Discord shows them: a bucket per route and major parameter, and one limit for the whole bot. */
import { createHash } from 'node:crypto'

export type LimitOptions = {
  /** Requests per second of the bot over all routes; null switches it off. Discord: 50. */
  globalPerSecond?: number | null
  /** `route template` or `METHOD route template` -> requests per window of seconds. */
  buckets?: Record<string, [limit: number, seconds: number]>
}

export type Allowance =
  | { allowed: true; headers: Record<string, string> }
  | { allowed: false; headers: Record<string, string>; retryAfter: number; global: boolean }

/** Close to what the real service has been seen to send; a client must read the headers, never know these. */
const DEFAULT_BUCKETS: Record<string, [number, number]> = {
  'POST /channels/{channel_id}/messages': [5, 5],
  'PATCH /channels/{channel_id}/messages/{message_id}': [5, 5],
  'DELETE /channels/{channel_id}/messages/{message_id}': [5, 1],
  '/guilds/{guild_id}/members/{user_id}/roles/{role_id}': [10, 10],
  'POST /users/@me/channels': [10, 10],
  '/webhooks/{webhook_id}/{webhook_token}': [5, 2],
  '/applications/{application_id}/commands': [5, 20],
  '/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me': [1, 0.25],
}
const DEFAULT_BUCKET: [number, number] = [50, 1]
const MAJOR = ['channel_id', 'guild_id', 'webhook_id', 'webhook_token']

type Window = { used: number; resetAt: number }

/** `clock` is real time by default: the client sleeps in real time whatever the fake's own clock says. */
export function createLimits(options: LimitOptions, clock: () => number) {
  const windows = new Map<string, Window>()
  const perSecond = options.globalPerSecond === undefined ? 50 : options.globalPerSecond
  let second: Window = { used: 0, resetAt: 0 }

  const bucketOf = (method: string, route: string): [string, [number, number]] => {
    const named = { ...DEFAULT_BUCKETS, ...options.buckets }
    // All endpoints of one interaction token share a bucket.
    const family = route.startsWith('/webhooks/') ? '/webhooks/{webhook_id}/{webhook_token}' : route
    const exact = `${method} ${family}`
    if (named[exact]) return [exact, named[exact]]
    if (named[family]) return [family, named[family]]
    return [exact, DEFAULT_BUCKET]
  }

  return {
    /** Counts one request and says whether it passes. Interaction callbacks are in no bucket and not counted. */
    take(method: string, route: string, params: Record<string, string>): Allowance {
      if (route.startsWith('/interactions/')) return { allowed: true, headers: {} }
      const now = clock()
      const countsGlobally = !route.startsWith('/webhooks/')
      if (perSecond !== null && countsGlobally) {
        if (now >= second.resetAt) second = { used: 0, resetAt: now + 1000 }
        if (second.used >= perSecond) return refused((second.resetAt - now) / 1000, true, {})
        second.used += 1
      }
      const [name, [limit, seconds]] = bucketOf(method, route)
      const key = [name, ...MAJOR.map(major => params[major] ?? '')].join('|')
      let window = windows.get(key)
      if (!window || now >= window.resetAt) {
        window = { used: 0, resetAt: now + seconds * 1000 }
        windows.set(key, window)
      }
      const after = (window.resetAt - now) / 1000
      const headers = (used: number) => ({
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(Math.max(0, limit - used)),
        'x-ratelimit-reset': (window.resetAt / 1000).toFixed(3),
        'x-ratelimit-reset-after': after.toFixed(3),
        'x-ratelimit-bucket': createHash('md5').update(name).digest('hex'),
      })
      if (window.used >= limit) return refused(after, false, headers(limit))
      window.used += 1
      return { allowed: true, headers: headers(window.used) }
    },
  }
}

function refused(retryAfter: number, global: boolean, headers: Record<string, string>): Allowance {
  return { allowed: false, retryAfter, global, headers: { ...headers, ...limitedHeaders(retryAfter, global) } }
}

/** The headers that only a 429 has. */
export function limitedHeaders(retryAfter: number, global: boolean): Record<string, string> {
  return {
    'retry-after': String(Math.ceil(retryAfter)),
    'x-ratelimit-scope': global ? 'global' : 'user',
    ...(global && { 'x-ratelimit-global': 'true' }),
    via: '1.1 google',
  }
}
