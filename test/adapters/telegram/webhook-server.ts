// An adapter's routes behind the HTTP server that the product uses, on loopback.
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Route } from '#src/chat/port.ts'

export interface RouteServer extends AsyncDisposable {
  readonly origin: string
}

/** Serves whatever routes there are at the moment of a request. */
export async function serveRoutes(routes: () => readonly Route[]): Promise<RouteServer> {
  const fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url)
    const route = routes().find(({ method, path }) => method === request.method && path === pathname)
    return route ? route.respond(request) : new Response(null, { status: 404 })
  }
  const { promise, resolve } = Promise.withResolvers<AddressInfo>()
  const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, resolve)
  const { port } = await promise
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>(closed => {
        server.close(() => closed())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}
