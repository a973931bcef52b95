// A playground as `npm start` makes one, on a database of its own and a real HTTP server.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { connectPlayground, createPlaygroundClock, type Playground, refuseMixture } from '#src/adapters/playground/index.ts'
import { type App, createApp } from '#src/app.ts'
import type { DrawPicture } from '#src/chat/port.ts'
import { loadCommands } from '#src/commands.ts'
import { openEngine } from '#src/db/index.ts'
import { createDispatch, type Dispatch } from '#src/dispatch.ts'
import { createIds } from '#src/lib/ids.ts'
import { START, seededRandom, type TestApp } from '#test/support/app.ts'

export const KEY = 'a-key-that-the-terminal-shows'

/** Tells that a picture cannot be drawn, as on a machine without the canvas. */
export const noPictures: DrawPicture = async () => null

/** One process with a playground. */
export interface Running extends AsyncDisposable {
  readonly app: App
  readonly dispatch: Dispatch
  readonly playground: Playground
  /** `http://127.0.0.1:1234` */
  readonly origin: string
  readonly port: number
}

/** Starts a playground on the database of `test`; `port` is that of a former one, where an open page must find its way back. */
export async function startPlayground(
  test: TestApp,
  options: { draw?: DrawPicture; port?: number; at?: number } = {},
): Promise<Running> {
  const clock = createPlaygroundClock(() => options.at ?? START)
  const random = seededRandom(Date.now())
  const app = createApp({
    engine: await openEngine(test.url, { synchronous: 'normal' }),
    clock,
    ids: createIds(clock.now, random),
    random,
    log: test.app.log,
    defaults: test.app.defaults,
  })
  await clock.load(app)
  await refuseMixture(app, 'playground')
  const dispatch = createDispatch(app, await loadCommands())
  const playground = await connectPlayground({ app, dispatch, clock, draw: options.draw ?? noPictures, key: KEY })
  const server = await serve(playground, options.port)
  const { port } = server.address() as AddressInfo
  return {
    app,
    dispatch,
    playground,
    port,
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      await playground.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await app.engine.close()
    },
  }
}

async function serve(playground: Playground, port = 0): Promise<Server> {
  const listener = getRequestListener(request => playground.fetch(request))
  const server = createServer(listener).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
