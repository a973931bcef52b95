/** The third platform: a chat of our own in the browser, so that everything can be tried without a token. */
import type { App } from '../../app.ts'
import type { Connection, DrawPicture } from '../../chat/port.ts'
import type { Ask } from '../../chat/request.ts'
import type { Dispatch } from '../../dispatch.ts'
import { BOT, DEMO, type World } from './cast.ts'
import type { PlaygroundClock } from './clock.ts'
import { createFeed } from './feed.ts'
import { UNFINISHED_AFTER_MS } from './limits.ts'
import { createPictures } from './pictures.ts'
import { createResponder } from './responder.ts'
import { createRoom } from './room.ts'
import { seedPlayground } from './seed.ts'
import { createSender } from './sender.ts'
import { createSite } from './site.ts'

export { BOT, type CastMember, DEMO, type World } from './cast.ts'
export { createPlaygroundClock, type PlaygroundClock } from './clock.ts'
export { type Mode, refuseMixture } from './mixture.ts'

export interface PlaygroundParts {
  readonly app: App
  readonly dispatch: Dispatch
  readonly clock: PlaygroundClock
  readonly draw: DrawPicture
  /** What `/playground?key=…` must say to get in. */
  readonly key: string
  /** Told when something may have been queued in the outbox. */
  readonly onQueued?: () => void
  /** The made-up people; the demo community if left out. */
  readonly world?: World
}

export interface Playground extends Connection {
  /** Answers everything below /playground. */
  fetch(request: globalThis.Request): Promise<Response>
}

/** Opens the playground over a migrated database: seeds it at first start, answers what a former process left, then takes requests. */
export async function connectPlayground(parts: PlaygroundParts): Promise<Playground> {
  const { app, dispatch, clock, world = DEMO } = parts
  if (world.seeded) await seedPlayground(app, world)
  const feed = createFeed()
  const inner = { room: createRoom(app, feed), feed, pictures: createPictures(app, parts.draw) }
  const inHand = new Set<Promise<unknown>>()
  let open = true

  const responderFor = ({ request }: { request: Ask | { kind: 'happening' } }) =>
    request.kind === 'happening' ? null : createResponder(inner, request)
  const recover = (olderThanMs?: number) => dispatch.recover(BOT, responderFor, olderThanMs)

  async function accept(ask: Ask): Promise<void> {
    const received = await dispatch.receive(ask)
    if (!received) return
    const work = dispatch.process(received, createResponder(inner, ask))
    inHand.add(work)
    void work.finally(() => {
      inHand.delete(work)
      parts.onQueued?.()
    })
  }

  await recover()
  const site = await createSite({ ...inner, app, dispatch, clock, world, key: parts.key, accept })
  return {
    bot: BOT,
    sender: createSender(inner, world),
    connected: () => open,
    // Nobody else can end it.
    ended: new Promise<string>(() => {}),
    recover: () => recover(UNFINISHED_AFTER_MS),
    routes: [],
    fetch: async request => site.fetch(request),
    close: async () => {
      open = false
      feed.close()
      await Promise.allSettled(inHand)
    },
  }
}
