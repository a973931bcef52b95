/** Who may talk to the playground: this machine's browsers, with a session from the printed URL. */
import { timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { getCookie, setCookie } from 'hono/cookie'
import { secureHeaders } from 'hono/secure-headers'
import { type App, transaction } from '../../app.ts'
import { hashSecret, linkSecret } from '../../lib/ids.ts'
import { MAX_BODY, MAX_SESSIONS, MAX_UPLOAD_BODY, SESSION_MS } from './limits.ts'
import { isMultipart } from './sent.ts'

const SESSION = 'playground.session.'
/** Names and addresses that only this machine answers to. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** RFC 9457. */
export function problem(c: Context, status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 500, detail: string): Response {
  const titles = {
    400: 'Bad request',
    401: 'No session',
    403: 'Forbidden',
    404: 'Not found',
    409: 'Conflict',
    413: 'Too large',
    415: 'Unsupported media type',
    500: 'Our fault',
  }
  const body = { type: 'about:blank', title: titles[status], status, detail }
  return c.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json' })
}

/** Nothing is loaded, framed or sent anywhere but here, and no text can run as script. */
export const headers: MiddlewareHandler = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: 'no-referrer',
  xContentTypeOptions: 'nosniff',
  xFrameOptions: 'DENY',
  crossOriginResourcePolicy: 'same-origin',
  crossOriginOpenerPolicy: 'same-origin',
  // The playground speaks plain HTTP on the loopback; promising HTTPS there would lock people out.
  strictTransportSecurity: false,
})

/** The address that a request's Host header stands for; null when that is not this machine. */
function ownAddress(c: Context): URL | null {
  const host = (c.req.header('host') ?? '').toLowerCase()
  if (!/^[a-z0-9.[\]:]+$/.test(host) || !URL.canParse(`http://${host}`)) return null
  const url = new URL(`http://${host}`)
  return LOOPBACK.has(url.hostname) ? url : null
}

/** Cookies know no ports: two playgrounds of one machine must not take each other's sessions away. */
const cookieOf = (c: Context): string => `muster_playground_${ownAddress(c)?.port || '80'}`

/** Refuses a foreign Host: a page elsewhere whose name was made to point here (DNS rebinding) must not read anything. */
export const ownHost: MiddlewareHandler = async (c, next) => {
  if (!ownAddress(c))
    return problem(c, 403, 'The playground answers on localhost only. Open the URL printed in the terminal.')
  return next()
}

/** What changes something comes from our own page, as JSON, and is small; on a few `uploading` paths it may bring files. */
export function ownWrites(uploading: readonly string[]): MiddlewareHandler {
  const upTo = (maxSize: number) =>
    bodyLimit({ maxSize, onError: c => problem(c, 413, `A request can have at most ${maxSize} bytes.`) })
  const small = upTo(MAX_BODY)
  const large = upTo(MAX_UPLOAD_BODY)
  return async (c, next) => {
    if (c.req.method !== 'POST') return next()
    const own = ownAddress(c)
    if (!own || c.req.header('origin') !== own.origin)
      return problem(c, 403, 'Only the playground’s own page may do this.')
    if (isMultipart(c) && uploading.includes(c.req.path)) return large(c, next)
    if (!/^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? ''))
      return problem(c, 415, 'Send application/json.')
    return small(c, next)
  }
}

export interface Sessions {
  /** Exchanges the key for a session cookie; false when it is not the key. */
  open(c: Context, key: string): Promise<boolean>
  valid(c: Context): Promise<boolean>
  readonly required: MiddlewareHandler
}

/** Sessions live in the database by their hash, so that an open page survives a restart. */
export function createSessions(app: App, key: string): Sessions {
  const wanted = Buffer.from(hashSecret(key))
  const valid = async (c: Context): Promise<boolean> => {
    const token = getCookie(c, cookieOf(c))
    if (!token) return false
    const row = await app.db
      .selectFrom('meta')
      .select('value')
      .where('key', '=', SESSION + hashSecret(token))
      .executeTakeFirst()
    // Real time: moving the playground's clock ends nobody's session.
    return row !== undefined && Date.now() - Number(row.value) < SESSION_MS
  }
  return {
    valid,
    open: async (c, given) => {
      if (!timingSafeEqual(Buffer.from(hashSecret(given)), wanted)) return false
      const token = linkSecret(app.random)
      await transaction(app, inner => store(inner, hashSecret(token)))
      setCookie(c, cookieOf(c), token, { httpOnly: true, sameSite: 'Strict', path: '/playground' })
      return true
    },
    required: async (c, next) => {
      if (await valid(c)) return next()
      return problem(c, 401, 'This page has no session any more. Open the URL printed in the terminal.')
    },
  }
}

async function store(app: App, hash: string): Promise<void> {
  const sessions = await app.db
    .selectFrom('meta')
    .select(['key', 'value'])
    .where('key', 'like', `${SESSION}%`)
    .execute()
  const oldest = sessions.sort((a, b) => Number(b.value) - Number(a.value)).slice(MAX_SESSIONS - 1)
  if (oldest.length > 0)
    await app.db
      .deleteFrom('meta')
      .where(
        'key',
        'in',
        oldest.map(row => row.key),
      )
      .execute()
  await app.db
    .insertInto('meta')
    .values({ key: SESSION + hash, value: String(Date.now()) })
    .execute()
}
