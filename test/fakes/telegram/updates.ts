import { checkValue } from './check-shape.ts'
import { BotApiError, StrictBreach, type Update, type UpdateKind } from './model.ts'
import { updateKinds } from './spec.ts'

export interface PendingUpdate {
  readonly update: Update
  /** A duplicate: handed out once more whatever has been confirmed. */
  readonly again: boolean
}

interface Poll {
  limit: number
  resolve: (updates: Update[]) => void
  reject: (error: Error) => void
  timer: NodeJS.Timeout
}

export interface PollRequest {
  offset?: number
  limit?: number
  timeout?: number
  allowed_updates?: string[]
}

/** These arrive only when asked for by name. */
const optIn = new Set(['chat_member', 'message_reaction', 'message_reaction_count'])
const defaultKinds = new Set(updateKinds.filter(kind => !optIn.has(kind)))
const longestPollSeconds = 50

export interface UpdateQueue {
  readonly pending: PendingUpdate[]
  push(kind: UpdateKind, payload: unknown): Update | undefined
  repeat(update: Update): void
  /** Updates made by `act` are queued in reverse order, keeping their ids. */
  reversed(act: () => void): void
  allow(kinds: string[] | undefined): void
  allowed(): string[] | undefined
  poll(request: PollRequest, gone: AbortSignal): Promise<Update[]>
  stopPolling(reason: string): void
  remove(entry: PendingUpdate): void
  onPush: () => void
  /** Called when an update has been confirmed. */
  onChange: () => void
}

function checkRequest({ limit, timeout, allowed_updates = [] }: PollRequest): void {
  if (limit !== undefined && (limit < 1 || limit > 100))
    throw new StrictBreach(`Bad Request: limit must be 1-100, got ${limit}`)
  if (timeout !== undefined && timeout < 0) throw new StrictBreach('Bad Request: timeout must not be negative')
  checkKinds(allowed_updates)
}

/** A misspelt kind is ignored by the real server, and its updates never come. */
export function checkKinds(kinds: readonly string[]): void {
  const unknown = kinds.find(kind => !updateKinds.includes(kind))
  if (unknown) throw new StrictBreach(`Bad Request: allowed_updates lists "${unknown}", which does not exist`)
}

/** The bot's update queue: kinds filter at creation, offsets confirm, one poller at a time. */
export function createUpdateQueue(): UpdateQueue {
  const pending: PendingUpdate[] = []
  let nextId = 730_000_001
  let kinds: Set<string> = defaultKinds
  let listed: string[] | undefined
  let waiting: Poll | undefined

  function settle(poll: Poll, end: () => void): void {
    clearTimeout(poll.timer)
    if (waiting === poll) waiting = undefined
    end()
  }

  function take(limit: number): Update[] {
    const batch = pending.slice(0, limit)
    for (const entry of batch) if (entry.again) queue.remove(entry)
    return batch.map(entry => structuredClone(entry.update))
  }

  function announce(): void {
    const poll = waiting
    if (poll && pending.length > 0) settle(poll, () => poll.resolve(take(poll.limit)))
    queue.onPush()
  }

  function confirm(offset: number): void {
    if (offset < 0) pending.splice(0, Math.max(0, pending.length + offset))
    for (const entry of [...pending]) if (!entry.again && entry.update.update_id < offset) queue.remove(entry)
  }

  const queue: UpdateQueue = {
    pending,
    onPush: () => {},
    onChange: () => {},
    push(kind, payload) {
      if (!kinds.has(kind)) return undefined
      const update: Update = { update_id: nextId++, [kind]: structuredClone(payload) }
      const problems = checkValue(update, ['Update'], 'update')
      if (problems.length > 0) throw new Error(`the fake built a wrong update: ${problems.map(p => p.text).join('; ')}`)
      pending.push({ update, again: false })
      // Announced a tick later, so that updates born together travel together.
      queueMicrotask(announce)
      return update
    },
    repeat(update) {
      pending.push({ update: structuredClone(update), again: true })
      queueMicrotask(announce)
    },
    reversed(act) {
      const before = pending.length
      act()
      pending.push(...pending.splice(before).reverse())
    },
    allow(list) {
      if (list === undefined) return
      listed = list.length > 0 ? list : undefined
      kinds = listed ? new Set(listed) : defaultKinds
    },
    allowed: () => listed,
    poll(request, gone) {
      checkRequest(request)
      queue.stopPolling('terminated by other getUpdates request; make sure that only one bot instance is running')
      queue.allow(request.allowed_updates)
      if (request.offset !== undefined && request.offset !== 0) confirm(request.offset)
      const limit = request.limit ?? 100
      const wait = Math.min(request.timeout ?? 0, longestPollSeconds)
      if (pending.length > 0 || wait === 0) return Promise.resolve(take(limit))
      return new Promise((resolve, reject) => {
        const poll: Poll = {
          limit,
          resolve,
          reject,
          timer: setTimeout(() => settle(poll, () => resolve([])), wait * 1000),
        }
        waiting = poll
        gone.addEventListener('abort', () => settle(poll, () => resolve([])), { once: true })
      })
    },
    stopPolling(reason) {
      const poll = waiting
      if (poll) settle(poll, () => poll.reject(new BotApiError(409, `Conflict: ${reason}`)))
    },
    remove(entry) {
      const index = pending.indexOf(entry)
      if (index >= 0) pending.splice(index, 1)
      queue.onChange()
    },
  }
  return queue
}
