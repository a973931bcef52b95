/** The HTTP server: health, metrics, and what adapters bring along. No other route without key or session. */
import { timingSafeEqual } from 'node:crypto'
import type { Server } from 'node:http'
import { type HttpBindings, serve } from '@hono/node-server'
import { prometheus } from '@hono/prometheus'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import type { App } from '../app.ts'
import type { Route } from '../chat/port.ts'
import { hashSecret } from '../lib/ids.ts'
import { errorCode, Problem } from '../lib/problem.ts'
import { BASE } from './api/base.ts'
import type { Api } from './api/index.ts'
import { serveFile } from './files.ts'
import type { Metrics } from './metrics.ts'
import { logFault, problem } from './problem.ts'

type Env = { Bindings: HttpBindings }

export interface HttpParts {
  readonly app: App
  readonly metrics: Metrics
  readonly metricsToken: string | undefined
  /** What the process is made of, for /readyz: a name, and whether it works. */
  readonly parts: () => ReadonlyArray<{ name: string; ready: boolean }>
  /** Routes of the adapters as they are at this moment. */
  readonly routes: () => readonly Route[]
  /** Everything below /api/v1, loaded when the first program asks: it is a seventh of the memory of a process that none asks. */
  readonly api?: () => Promise<Api>
  /** Everything below /playground, where there is one. */
  readonly playground?: (request: Request) => Promise<Response>
}

const MAX_BODY = 1024 * 1024
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/

/** The application, without a socket. */
export function createHttp(http: HttpParts): Hono<Env> {
  const hono = new Hono<Env>()
  const { printMetrics, registerMetrics } = prometheus({ registry: http.metrics.registry, prefix: 'muster_' })
  hono.use(secureHeaders({ referrerPolicy: 'no-referrer', strictTransportSecurity: false, xFrameOptions: 'DENY' }))
  hono.use(registerMetrics)
  hono.get('/healthz', c => c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }))
  hono.get('/readyz', c => readiness(c, http))
  hono.get('/metrics', async (c, next) => {
    if (!mayReadMetrics(c, http.metricsToken))
      return problem(c, 401, 'Metrics are for this machine, or for whoever has METRICS_TOKEN.')
    return printMetrics(c) ?? next()
  })
  if (http.playground) {
    const { playground } = http
    hono.all('/playground', c => playground(c.req.raw))
    hono.all('/playground/*', c => playground(c.req.raw))
  }
  hono.get('/files/:id', c => serveFile(c, http.app))
  // Before the limit on bodies: it has its own, behind its door.
  if (http.api) hono.all(`${BASE}/*`, lazily(http.api)).all(BASE, lazily(http.api))
  hono.use(bodyLimit({ maxSize: MAX_BODY, onError: c => problem(c, 413, 'The body is larger than 1 MiB.') }))
  hono.all('*', async c => {
    const route = http.routes().find(candidate => candidate.path === c.req.path)
    if (!route) return problem(c, 404, 'There is nothing here.')
    if (route.method !== c.req.method) return problem(c, 405, `Use ${route.method}.`)
    return route.respond(c.req.raw)
  })
  hono.onError((error, c) => {
    const incident = logFault(http.app, error, c)
    return problem(c, 500, `That did not work, and it is our fault. Code ${incident}.`, { incident })
  })
  return hono
}

/** Passes a request on to the API, which is loaded by then. */
function lazily(load: () => Promise<Api>): (c: Context<Env>) => Promise<Response> {
  let mounted: Promise<Hono<Env>> | undefined
  return async c => {
    mounted ??= load().then(({ hono }) => new Hono<Env>().route(BASE, hono))
    return (await mounted).fetch(c.req.raw, c.env)
  }
}

async function readiness(c: Context<Env>, http: HttpParts): Promise<Response> {
  const database = await http.app.db
    .selectFrom('meta')
    .select('key')
    .limit(1)
    .execute()
    .then(
      () => true,
      () => false,
    )
  const parts = [{ name: 'database', ready: database }, ...http.parts()]
  const ready = parts.every(part => part.ready)
  const states = Object.fromEntries(parts.map(part => [part.name, part.ready ? 'ready' : 'not ready']))
  return c.json({ status: ready ? 'ready' : 'not ready', parts: states }, ready ? 200 : 503, {
    'cache-control': 'no-store',
  })
}

/** This machine, asking directly; or the token. A proxy on this machine is not this machine's user. */
function mayReadMetrics(c: Context<Env>, token: string | undefined): boolean {
  const given = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1]
  if (token !== undefined && given !== undefined) {
    return timingSafeEqual(Buffer.from(hashSecret(given)), Buffer.from(hashSecret(token)))
  }
  const proxied = c.req.header('x-forwarded-for') !== undefined || c.req.header('forwarded') !== undefined
  // A page elsewhere whose name was made to point here asks under that name.
  const asked = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(c.req.header('host') ?? '')
  return asked && !proxied && LOOPBACK.test(c.env.incoming.socket.remoteAddress ?? '')
}

export interface Listening extends AsyncDisposable {
  readonly port: number
}

/** Listens; throws a Problem that names the variable when that is not possible. */
export async function listen(hono: Hono<Env>, host: string, port: number): Promise<Listening> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const server = serve({ fetch: hono.fetch, hostname: host, port }, info => resolve(info.port)) as Server
  server.once('error', reject)
  const bound = await promise.catch(error => {
    throw explained(error, host, port)
  })
  return {
    port: bound,
    [Symbol.asyncDispose]: () =>
      new Promise(done => {
        server.close(() => done())
        // Requests in hand are finished; streams of server-sent events would never end by themselves.
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 2000).unref()
      }),
  }
}

function explained(error: unknown, host: string, port: number): unknown {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new Problem(
        `PORT=${port} is taken by another program on ${host}. Stop that one, or choose another port (PORT=${port === 65_535 ? 3000 : port + 1} npm start).`,
      )
    case 'EACCES':
      return new Problem(`PORT=${port} needs more rights than this user has. Choose a port above 1023.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Problem(`HOST=${host} is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all of them.`)
    default:
      return error
  }
}
