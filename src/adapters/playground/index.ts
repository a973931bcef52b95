/** The third platform: a chat of our own in the browser, so that everything can be tried without a token. */
import type { App } from '../../app.ts'
import type { Connection, DrawPicture, WriteDocument } from '../../chat/port.ts'
import type { Ask } from '../../chat/request.ts'
import type { Dispatch, Ending } from '../../dispatch.ts'
import { openCards } from './cards.ts'
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
import { dropUploads } from './uploads.ts'

export { BOT, type CastMember, DEMO, type World } from './cast.ts'
export { createPlaygroundClock, type PlaygroundClock } from './clock.ts'
export { type Mode, refuseMixture } from './mixture.ts'

export interface PlaygroundParts {
  readonly app: App
  readonly dispatch: Dispatch
  readonly clock: PlaygroundClock
  readonly draw: DrawPicture
  readonly write: WriteDocument
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
  const room = createRoom(app, feed)
  const { registry } = dispatch
  const pictures = createPictures(app, parts.draw)
  const cards = await openCards(app, room)
  const inner = { app, registry, room, feed, pictures, cards }
  const inHand = new Set<Promise<unknown>>()
  let open = true

  const responderFor = ({ request }: { request: Ask | { kind: 'happening' } }) =>
    request.kind === 'happening' ? null : createResponder(inner, request)
  const recover = (olderThanMs?: number) => dispatch.recover(BOT, responderFor, olderThanMs)

  async function accept(ask: Ask): Promise<void> {
    const received = await dispatch.receive(ask)
    // Sent a second time, with files of its own.
    if (!received) return dropUploads(app, ask)
    const handed = ask.kind === 'form' ? cards.handing(Number(ask.chat.messageId)) : () => {}
    const work = dispatch
      .process(received, createResponder(inner, ask))
      .then(ending => tidyUp(ask, ending))
      .finally(handed)
    inHand.add(work)
    void work.finally(() => {
      inHand.delete(work)
      parts.onQueued?.()
    })
  }

  /** What is left to do once an ask is answered: its files and its form are of no more use. */
  async function tidyUp(ask: Ask, ending: Ending): Promise<void> {
    try {
      // Kept for another try: its files are needed again.
      if (ending !== 'dropped') await dropUploads(app, ask)
      await cards.look()
    } catch (error) {
      app.log.warn({ err: error, kind: ask.kind }, 'what an answer left behind could not be tidied up')
    }
  }

  await recover()
  const site = await createSite({ ...inner, dispatch, clock, world, write: parts.write, key: parts.key, accept })
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
