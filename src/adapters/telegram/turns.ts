/**
 * Work in hand: much at once, in the order that matters. One person's requests start one after the other, and after what was told about
 * them before (they joined). What changes which community a chat belongs to (the bot comes or goes, the group moves) waits for what
 * came before it in that chat, and what comes after waits for it.
 */
import type { Request } from '../../chat/request.ts'

export interface Turns {
  /** Runs `prepare`, then `work`, when it is the request's turn. Neither may throw. */
  run(request: Request, prepare: () => Promise<void>, work: () => Promise<void>): void
  readonly inHand: number
  /** Resolves when fewer than `limit` are in hand. */
  room(limit: number): Promise<void>
}

const placesOf = (request: Request): string[] => {
  if (request.kind !== 'happening') return request.place ? [request.place.platformId] : []
  const places = 'place' in request ? [request.place.platformId] : []
  return request.what === 'place-moved' ? [...places, request.to.platformId] : places
}

const personOf = (request: Request): string | null => {
  if (request.kind !== 'happening') return request.from.platformId
  return 'who' in request ? request.who.platformId : null
}

const isDecisive = (request: Request): boolean =>
  request.kind === 'happening' && ['bot-joined', 'bot-left', 'place-moved'].includes(request.what)

export function createTurns(): Turns {
  /** The last decisive thing of a place, and all else in hand there. */
  const decisive = new Map<string, Promise<void>>()
  const ordinary = new Map<string, Set<Promise<void>>>()
  /** What the next request of a person waits for. */
  const personal = new Map<string, Promise<void>>()
  let inHand = 0
  let waiting: Array<{ limit: number; resolve: () => void }> = []

  function keepLast(map: Map<string, Promise<void>>, key: string, turn: Promise<void>): void {
    map.set(key, turn)
    void turn.then(() => map.get(key) === turn && map.delete(key))
  }

  function keepAmong(place: string, turn: Promise<void>): void {
    const among = ordinary.get(place) ?? new Set()
    ordinary.set(place, among.add(turn))
    void turn.then(
      () => among.delete(turn) && among.size === 0 && ordinary.get(place) === among && ordinary.delete(place),
    )
  }

  function finished(): void {
    inHand--
    waiting = waiting.filter(({ limit, resolve }) => {
      if (inHand >= limit) return true
      resolve()
      return false
    })
  }

  return {
    get inHand() {
      return inHand
    },
    room: limit => (inHand < limit ? Promise.resolve() : new Promise(resolve => waiting.push({ limit, resolve }))),
    run(request, prepare, work) {
      inHand++
      const places = placesOf(request)
      const before: Array<Promise<void> | undefined> = places.map(place => decisive.get(place))
      if (isDecisive(request)) for (const place of places) before.push(...(ordinary.get(place) ?? []))
      const person = personOf(request)
      if (person !== null) before.push(personal.get(person))
      // Everything waited for came earlier, so nothing waits in a circle.
      const start = Promise.all(before).then(prepare)
      const end = start.then(work)
      // Asks of one person need only start in order: dispatch runs them one after the other.
      if (person !== null) keepLast(personal, person, request.kind === 'happening' ? end : start)
      for (const place of places) {
        if (isDecisive(request)) keepLast(decisive, place, end)
        else keepAmong(place, end)
      }
      void end.then(finished)
    },
  }
}
