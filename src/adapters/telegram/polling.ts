/** Receiving by long polling: getUpdates -> rows -> next offset. An update is confirmed by the poll after its COMMIT, never before. */
import { Api } from 'grammy'
import type { Update } from 'grammy/types'
import type { Log } from '../../app.ts'
import { deliveryError, isConflict, isRevoked } from './errors.ts'
import {
  ALLOWED_UPDATES,
  IN_HAND_MAX,
  POLL_GRACE_SECONDS,
  POLL_SECONDS,
  RETRY_FIRST_MS,
  RETRY_MAX_MS,
  STORE_TRIES,
  UPDATES_PER_POLL,
} from './limits.ts'
import type { Traffic } from './traffic.ts'

export interface PollingParts {
  readonly token: string
  readonly apiRoot: string
  readonly traffic: Traffic
  readonly log: Log
  readonly closing: AbortSignal
  /** Whether the last poll was answered. */
  readonly onState: (receiving: boolean) => void
  readonly onRevoked: () => void
  /** Somebody else receives the bot's updates. */
  readonly onConflict: () => void
}

/** Receives until `closing`, or until the platform ends it for good. Never throws. */
export async function poll(parts: PollingParts): Promise<void> {
  const { traffic, closing, log } = parts
  const { raw } = new Api(parts.token, {
    apiRoot: parts.apiRoot,
    timeoutSeconds: POLL_SECONDS + POLL_GRACE_SECONDS,
  })
  const unstored = createUnstored(log)
  let offset = 0
  let failures = 0
  while (!closing.aborted) {
    await traffic.room(IN_HAND_MAX)
    if (closing.aborted) return
    let wait = 0
    try {
      const limit = Math.min(UPDATES_PER_POLL, IN_HAND_MAX - traffic.inHand)
      const request = { offset, limit, timeout: POLL_SECONDS, allowed_updates: ALLOWED_UPDATES }
      const updates = await raw.getUpdates(request, closing as Parameters<typeof raw.getUpdates>[1])
      parts.onState(true)
      const failed = await traffic.take(updates)
      offset = next(offset, updates, unstored.still(updates, failed))
      failures = failed.length > 0 ? failures + 1 : 0
      if (failed.length > 0) wait = backoff(failures)
    } catch (error) {
      if (closing.aborted) return
      parts.onState(false)
      if (isRevoked(error)) return parts.onRevoked()
      if (isConflict(error)) return parts.onConflict()
      const failure = deliveryError(error)
      failures++
      wait = Math.max(failure.retryAfterMs, backoff(failures))
      log.warn({ err: failure, wait }, 'updates could not be fetched; it is tried again')
    }
    if (wait > 0) await rest(wait, closing)
  }
}

/** The first update that is not stored, or the one after the last. */
function next(offset: number, updates: readonly Update[], failed: readonly Update[]): number {
  if (failed.length > 0) return Math.min(...failed.map(({ update_id }) => update_id))
  return Math.max(offset, ...updates.map(({ update_id }) => update_id + 1))
}

/** Gives an update up that fails again and again while others are stored: it must not hold up everything behind it. */
function createUnstored(log: Log) {
  const tries = new Map<number, number>()
  return {
    still(updates: readonly Update[], failed: readonly Update[]): Update[] {
      if (failed.length === 0) tries.clear()
      // When nothing at all can be stored, the fault is the database's.
      if (failed.length === updates.length) return [...failed]
      return failed.filter(({ update_id: id }) => {
        tries.set(id, (tries.get(id) ?? 0) + 1)
        if ((tries.get(id) ?? 0) < STORE_TRIES) return true
        log.error({ update: id, tries: STORE_TRIES }, 'an update could not be stored while others were; it is given up')
        return false
      })
    },
  }
}

/** Doubling, half of it random. */
export function backoff(failures: number): number {
  const most = Math.min(RETRY_FIRST_MS * 2 ** failures, RETRY_MAX_MS)
  return most / 2 + (Math.random() * most) / 2
}

/** Resolves after `ms`, or at once when `closing`. */
export function rest(ms: number, closing: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      closing.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    closing.addEventListener('abort', end)
    if (closing.aborted) end()
  })
}
