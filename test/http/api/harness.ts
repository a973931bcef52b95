// The API over a real socket: two communities that know nothing of each other, and keys to either.
import { expect } from 'vitest'
import type { App } from '#src/app.ts'
import type { PlaceSighting, Sighting } from '#src/chat/request.ts'
import { createKey } from '#src/features/apikeys/index.ts'
import { createApi, loadRoutes, type Route } from '#src/http/api/index.ts'
import { createMetrics } from '#src/http/metrics.ts'
import { createHttp, listen } from '#src/http/server.ts'
import { ada, join, type Known, lin } from '#test/features/scene.ts'
import type { TestApp } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import type { Engine } from '#test/support/engines.ts'

export const LARKS: PlaceSighting = { platformId: '-200', kind: 'group', title: 'Secret Larks' }
export const eve: Sighting = { platformId: '21', name: 'Evelyn Lark', username: 'eve', locale: 'en' }

export type { Route }

export const routes = await loadRoutes()
export const SCOPES = [...new Set(routes.map(route => route.scope))].sort()

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}
/** What tests look into; the shape itself is checked against the route's own schema. */
export interface Body {
  readonly [name: string]: unknown
  readonly data?: ReadonlyArray<Record<string, unknown>>
  readonly next?: string | null
  readonly code?: string
  readonly detail?: string
  readonly errors?: ReadonlyArray<{ in: string; field: string; code: string; detail: string }>
}

export interface Asking {
  /** The key's text; null sends none. By default the one that may do everything in Night Owls. */
  readonly key?: string | null
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Served extends AsyncDisposable {
  readonly test: TestApp
  readonly app: App
  readonly url: string
  readonly owls: Known
  readonly ada: Known
  readonly lin: Known
  /** Of the other community. */
  readonly eve: Known
  readonly key: string
  readonly otherKey: string
  ask(method: string, path: string, asking?: Asking): Promise<Answer>
  /** Waits for what answers left to be written. */
  idle(): Promise<void>
}

/** A server on an App, as `npm start` composes it. */
export async function serve(app: App): Promise<AsyncDisposable & { url: string; idle(): Promise<void> }> {
  const api = createApi(app, routes)
  const http = createHttp({
    app,
    api: async () => api,
    metrics: createMetrics(app, () => []),
    metricsToken: undefined,
    parts: () => [],
    routes: () => [],
  })
  const listening = await listen(http, '127.0.0.1', 0)
  return {
    url: `http://127.0.0.1:${listening.port}`,
    idle: api.idle,
    [Symbol.asyncDispose]: async () => {
      await listening[Symbol.asyncDispose]()
      await api.idle()
    },
  }
}

/** The route that a request means; undefined for what is none. */
function routeOf(method: string, path: string): Route | undefined {
  const asked = path.replace(/^\/api\/v1/, '').replace(/\?.*$/, '')
  return routes.find(
    route =>
      route.method === method.toLowerCase() &&
      new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(asked),
  )
}

/** Asks, and holds the answer to what is declared: the route's schema for its status, or a problem with code and sentence. */
export async function ask(
  url: string,
  method: string,
  path: string,
  key: string | null,
  asking: Asking = {},
): Promise<Answer> {
  const { body, headers = {} } = asking
  const answer = await fetch(`${url}${path.startsWith('/api/') ? '' : '/api/v1'}${path}`, {
    method,
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  })
  const read = (await answer.json()) as Body
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  if (answer.ok) {
    if (!path.endsWith('/openapi.json')) {
      const schema = routeOf(method, path)?.answers[answer.status]
      expect(schema, `${method} ${path} declares no ${answer.status}`).toBeDefined()
      expect(schema?.safeParse(read).error).toBeUndefined()
    }
    expect(answer.headers.get('content-type')).toBe('application/json')
  } else {
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(read).toMatchObject({ status: answer.status, title: expect.any(String), detail: expect.any(String) })
    expect(read.code).toMatch(/^[a-z][a-z_.-]+$/)
  }
  return { status: answer.status, headers: answer.headers, body: read }
}

const made = (app: App, communityId: string, name: string, scopes: readonly string[] = SCOPES) =>
  createKey(app, { communityId, name, scopes }).then(({ text }) => text)

/** A key to Night Owls with these scopes alone. */
export const keyTo = (served: Pick<Served, 'app' | 'owls'>, ...scopes: string[]): Promise<string> =>
  made(served.app, served.owls.communityId, 'narrow', scopes)

export async function served(engine: Engine): Promise<Served> {
  const opened = await cleanApp(engine)
  const { app } = opened
  const known = await join(app, ada)
  const other = await join(app, lin)
  const stranger = await join(app, eve, LARKS)
  const key = await made(app, known.communityId, 'all of the owls')
  const otherKey = await made(app, stranger.communityId, 'all of the larks')
  const serving = await serve(app)
  return {
    test: opened,
    app,
    url: serving.url,
    owls: known,
    ada: known,
    lin: other,
    eve: stranger,
    key,
    otherKey,
    ask: (method, path, asking = {}) =>
      ask(serving.url, method, path, asking.key === undefined ? key : asking.key, asking),
    idle: serving.idle,
    [Symbol.asyncDispose]: async () => {
      await serving[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
    },
  }
}
