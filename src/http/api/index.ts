/** The JSON API: one door, the routes behind it, and what all of them have in common. */
import { readdir } from 'node:fs/promises'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type App, transaction } from '../../app.ts'
import { Refusal } from '../../chat/refusal.ts'
import { t } from '../../chat/text.ts'
import { once } from '../../features/apikeys/index.ts'
import { hashSecret } from '../../lib/ids.ts'
import { logFault } from '../problem.ts'
import { BASE } from './base.ts'
import { describe } from './document.ts'
import { createDoor } from './door.ts'
import { readInput } from './input.ts'
import { refusal, refusedFields } from './refusal.ts'
import { type Env, FieldsRefused, RefusedAs, type Route } from './route.ts'

export { BASE } from './base.ts'
export type { Route } from './route.ts'

export interface Api {
  readonly hono: Hono<Env>
  /** Waits for what answers left to be written. */
  idle(): Promise<void>
}

const ROUTES = new URL('./routes/', import.meta.url)
const MAX_BODY = 1024 * 1024
/** What may be the name of a request: visible, and not a book. */
const REQUEST_NAME = /^[\x21-\x7e]{1,100}$/

/** Every route declared in a file of routes/, in the order of their paths. */
export async function loadRoutes(): Promise<Route[]> {
  const found: Route[] = []
  for (const file of (await readdir(ROUTES)).sort()) {
    const exported = (await import(new URL(file, ROUTES).href)) as Record<string, Partial<Route>>
    found.push(...(Object.values(exported).filter(({ kind }) => kind === 'route') as Route[]))
  }
  const order = ({ path, method }: Route) => `${path} ${method}`
  return found.sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

export function createApi(app: App, routes: readonly Route[]): Api {
  const door = createDoor(app)
  // Made when it is first asked for: that takes 30 ms of a start.
  let document: string | undefined
  const hono = new Hono<Env>()
  hono.use(async (c, next) => {
    c.header('cache-control', 'no-store')
    return (await door.enter(c)) ?? next()
  })
  hono.use(bodyLimit({ maxSize: MAX_BODY, onError: c => refusal(c, 413, t('refusal.request.large', { limit: 1 })) }))
  hono.get('/openapi.json', c => {
    document ??= describe(routes)
    return sendText(c, 200, document)
  })
  for (const route of routes)
    hono.on(route.method.toUpperCase(), route.path.replaceAll(/\{(\w+)\}/g, ':$1'), c => answer(app, route, c))
  hono.all('*', c => nothingHere(c, routes))
  hono.onError((error, c) => {
    if (error instanceof FieldsRefused) return refusedFields(c, error)
    if (error instanceof RefusedAs) return refusal(c, error.status, error.text)
    if (error instanceof Refusal) return refusal(c, 422, error.text)
    const incident = logFault(app, error, c)
    return refusal(c, 500, t('refusal.fault', { code: incident }), { incident })
  })
  return { hono, idle: door.idle }
}

async function answer(app: App, route: Route, c: Context<Env>): Promise<Response> {
  const key = c.get('key')
  if (!key.scopes.includes(route.scope)) {
    c.header('www-authenticate', `Bearer error="insufficient_scope", scope="${route.scope}"`)
    return refusal(c, 403, t('refusal.request.scope', { scope: route.scope }))
  }
  const { text, body } = route.body ? await readBody(c) : { text: '', body: undefined }
  const query = Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  )
  const read = readInput(route, { path: c.req.param(), query, body })
  const context = { key, ...read, nextPage: (cursor: string) => withCursor(c.req.url, cursor) }
  if (route.method === 'get') return send(c, await route.run(app, context))
  return change(app, route, c, text, context)
}

async function readBody(c: Context<Env>): Promise<{ text: string; body: unknown }> {
  if (!/^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? ''))
    throw new RefusedAs(415, t('refusal.request.type'))
  const text = await c.req.text()
  try {
    return { text, body: JSON.parse(text) }
  } catch {
    throw new RefusedAs(400, t('refusal.request.json'))
  }
}

/** Runs what changes something: in one transaction, and once for each name that the sender gave a request. */
async function change(
  app: App,
  route: Route,
  c: Context<Env>,
  text: string,
  context: Parameters<Route['run']>[1],
): Promise<Response> {
  const name = c.req.header('idempotency-key')
  if (name === undefined) return send(c, await transaction(app, inner => route.run(inner, context)))
  if (!REQUEST_NAME.test(name))
    throw new FieldsRefused([
      { in: 'header', field: 'idempotency-key', text: t('refusal.field.name', { arg: 'idempotency-key' }) },
    ])
  const { pathname, search } = new URL(c.req.url)
  const requestHash = hashSecret(JSON.stringify([route.method, pathname, search, text]))
  const outcome = await once(app, { apiKeyId: context.key.id, key: name, requestHash }, async inner => {
    const { status, body } = await route.run(inner, context)
    return { status, response: JSON.stringify(body) }
  })
  if (outcome.kind === 'other-request') return refusal(c, 422, t('refusal.request.repeated'))
  if (outcome.kind === 'replayed') c.header('idempotency-replayed', 'true')
  return sendText(c, outcome.status, outcome.response)
}

const send = (c: Context<Env>, { status, body }: { status: number; body: unknown }): Response =>
  sendText(c, status, JSON.stringify(body))

const sendText = (c: Context<Env>, status: number, text: string): Response =>
  c.body(text, status as ContentfulStatusCode, { 'content-type': 'application/json' })

function withCursor(url: string, cursor: string): string {
  const { pathname, searchParams } = new URL(url)
  searchParams.set('cursor', cursor)
  return `${pathname}?${searchParams}`
}

/** No route, or one that is asked for in another way. */
function nothingHere(c: Context<Env>, routes: readonly Route[]): Response {
  const path = c.req.path.slice(BASE.length)
  const fits = ({ path: pattern }: { path: string }) =>
    new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
  const methods = [{ path: '/openapi\\.json', method: 'get' }, ...routes]
    .filter(fits)
    .map(({ method }) => method.toUpperCase())
  if (methods.length === 0) return refusal(c, 404, t('refusal.request.path', { path: c.req.path.slice(0, 100) }))
  c.header('allow', methods.join(', '))
  return refusal(c, 405, t('refusal.request.method', { methods: methods.join(', ') }))
}
