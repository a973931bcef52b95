/** From an update to its answer: stored first, then run in its turn. */
import type { Update } from 'grammy/types'
import type { App } from '../../app.ts'
import type { Responder } from '../../chat/port.ts'
import type { PlaceSighting, Request } from '../../chat/request.ts'
import type { Dispatch } from '../../dispatch.ts'
import type { Received } from '../../features/inbox/index.ts'
import type { Arrived, Reading } from './answers.ts'
import type { Staff } from './staff.ts'
import { createTurns } from './turns.ts'

export interface TrafficParts {
  readonly app: App
  readonly dispatch: Dispatch
  readonly intake: (update: Update) => Reading[]
  /** Which of the messages that are no command answer a question. */
  readonly answers: (reading: Reading) => Promise<Arrived | null>
  readonly responderFor: (received: Received) => Responder | null
  readonly staff: Staff
  /** Kept up to date here: groups that live under another id now. */
  readonly moved: Map<string, PlaceSighting>
  /** Something may wait in the outbox. */
  readonly onQueued: () => void
}

export interface Traffic {
  /**
   * Stores what updates tell and runs it without being waited for. Resolves after COMMIT with the updates that could not be stored;
   * only the others may be confirmed.
   */
  take(updates: readonly Update[]): Promise<Update[]>
  readonly inHand: number
  /** Resolves when fewer than `limit` are in hand. */
  room(limit: number): Promise<void>
  /** Resolves when nothing is being stored or in hand. */
  idle(): Promise<void>
}

export function createTraffic(parts: TrafficParts): Traffic {
  const { app, dispatch, staff } = parts
  const turns = createTurns()
  const storing = new Set<Promise<unknown>>()

  function read(update: Update): Reading[] {
    try {
      return parts.intake(update)
    } catch (error) {
      app.log.error({ err: error, update: update.update_id }, 'an update could not be read; it is left out')
      return []
    }
  }

  async function settle(reading: Reading): Promise<Arrived | null | 'failed'> {
    try {
      return await parts.answers(reading)
    } catch (error) {
      app.log.error({ err: error }, 'the forms that wait could not be read; an update will come again')
      return 'failed'
    }
  }

  async function store({ request, token }: Arrived): Promise<Received | null | 'failed'> {
    try {
      return await dispatch.receive(request, token)
    } catch (error) {
      app.log.error({ err: error, event: request.eventId }, 'an update could not be stored; it will come again')
      return 'failed'
    }
  }

  function start(received: Received): void {
    const { request } = received
    const responder = parts.responderFor(received)
    turns.run(
      request,
      () => (request.kind === 'happening' ? Promise.resolve() : staff.prepare(request)),
      async () => {
        const ending = await dispatch.process(received, responder)
        const arrival = request.kind === 'happening' && request.what === 'bot-joined' ? request.place : null
        if (arrival) staff.forget(arrival)
        if (arrival || ending === 'delivered') parts.onQueued()
        const place = request.kind === 'happening' ? arrival : request.place
        if (place) staff.refresh(place)
      },
    )
  }

  async function take(updates: readonly Update[]): Promise<Update[]> {
    const readings = updates.flatMap(update => read(update).map(reading => ({ reading, update })))
    const settled = await Promise.all(readings.map(({ reading }) => settle(reading)))
    const failed = new Set<Update>()
    const found: Array<Arrived & { readonly update: Update }> = []
    for (const [i, { update }] of readings.entries()) {
      const one = settled[i]
      if (one === 'failed') failed.add(update)
      else if (one) found.push({ ...one, update })
    }
    const arrived = inOrder(found)
    for (const { request } of arrived) noteMove(parts.moved, request)
    // Asked for at once, so that they share a COMMIT.
    const stored = await Promise.all(arrived.map(store))
    for (const [i, received] of stored.entries()) {
      const one = arrived[i]
      if (received === 'failed' && one) failed.add(one.update)
      else if (received && received !== 'failed') start(received)
    }
    return [...failed]
  }

  return {
    take: updates => {
      const taking = take(updates).finally(() => storing.delete(taking))
      storing.add(taking)
      return taking
    },
    get inHand() {
      return turns.inHand
    },
    room: limit => turns.room(limit),
    idle: async () => {
      await Promise.all(storing)
      await turns.room(1)
    },
  }
}

function noteMove(moved: Map<string, PlaceSighting>, request: Request): void {
  if (request.kind === 'happening' && request.what === 'place-moved') moved.set(request.place.platformId, request.to)
}

/** The bot's arrival in a supergroup that a group became is told before the move: the move goes first, as it explains the arrival. */
function inOrder<T extends Arrived>(arrived: readonly T[]): T[] {
  const ordered = [...arrived]
  for (const move of arrived) {
    const { request } = move
    if (request.kind !== 'happening' || request.what !== 'place-moved') continue
    const arrival = ordered.findIndex(
      ({ request: other }) =>
        other.kind === 'happening' && other.what === 'bot-joined' && other.place.platformId === request.to.platformId,
    )
    const at = ordered.indexOf(move)
    if (arrival >= 0 && arrival < at) ordered.splice(at, 0, ...ordered.splice(arrival, 1))
  }
  return ordered
}
