/** The way in: which key asks, and whether it asks too often. Everything below /api/v1 passes here first. */
import type { Context } from 'hono'
import type { App } from '../../app.ts'
import { t } from '../../chat/text.ts'
import { type ApiKey, findKey, isStale, looksLikeKey, touchKey } from '../../features/apikeys/index.ts'
import { hashSecret } from '../../lib/ids.ts'
import { MINUTE, SECOND } from '../../lib/time.ts'
import { createAllowances, type Left, networkOf } from './allowance.ts'
import { preferredLocale } from './language.ts'
import { refusal } from './refusal.ts'
import type { Env } from './route.ts'

/** Of one key. */
const REQUESTS = { quota: 600, windowMs: MINUTE }
/** Keys that are not known, of one network. */
const WRONG_KEYS = { quota: 30, windowMs: MINUTE }

export interface Door {
  /** Lets a request in, with its key and language set; or the answer that it gets instead. */
  enter(c: Context<Env>): Promise<Response | null>
  /** Waits for what is still being written. */
  idle(): Promise<void>
}

export function createDoor(app: App): Door {
  const requests = createAllowances(REQUESTS, app.clock.now)
  const wrongKeys = createAllowances(WRONG_KEYS, app.clock.now)
  /** Hashes of keys that were let in: behind one proxy, those who guess do not lock out those who know. */
  const known = new Set<string>()
  const noting = new Map<string, Promise<void>>()

  const note = (key: ApiKey) => {
    const at = app.clock.now()
    if (!isStale(key, at) || noting.has(key.id)) return
    const written = touchKey(app, key, at)
      .catch(error => app.log.warn({ err: error, apiKey: key.id }, 'the last use of an API key could not be noted'))
      .finally(() => noting.delete(key.id))
    noting.set(key.id, written)
  }

  const find = async (c: Context<Env>, given: string): Promise<ApiKey | Response> => {
    const hash = looksLikeKey(given) ? hashSecret(given) : ''
    const network = networkOf(c.env.incoming.socket.remoteAddress ?? '')
    if (!known.has(hash)) {
      const left = wrongKeys.take(network)
      if (!left.allowed) return tooOften(c, left, 'refusal.request.key.often')
    }
    const key = hash === '' ? null : await findKey(app, hash)
    if (!key) {
      known.delete(hash)
      c.header('www-authenticate', 'Bearer error="invalid_token"')
      return refusal(c, 401, t('refusal.request.key.unknown'))
    }
    if (!known.has(hash)) wrongKeys.giveBack(network)
    known.add(hash)
    return key
  }

  return {
    async enter(c) {
      c.set('locale', preferredLocale(c.req.header('accept-language')) ?? app.defaults.locale)
      const given = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
      if (given === undefined) {
        c.header('www-authenticate', 'Bearer')
        return refusal(c, 401, t('refusal.request.key'))
      }
      const key = await find(c, given)
      if (key instanceof Response) return key
      const left = requests.take(key.id)
      c.header('ratelimit-policy', `"requests";q=${REQUESTS.quota};w=${REQUESTS.windowMs / SECOND}`)
      c.header('ratelimit', `"requests";r=${left.remaining};t=${Math.ceil(left.fullMs / SECOND)}`)
      if (!left.allowed) return tooOften(c, left, 'refusal.request.often')
      c.set('key', key)
      note(key)
      return null
    },
    idle: async () => {
      await Promise.all(noting.values())
    },
  }
}

function tooOften(
  c: Context<Env>,
  left: Left,
  sentence: 'refusal.request.often' | 'refusal.request.key.often',
): Response {
  const seconds = Math.max(1, Math.ceil(left.waitMs / SECOND))
  c.header('retry-after', String(seconds))
  return refusal(c, 429, t(sentence, { seconds }))
}
