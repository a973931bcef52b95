/** What became of a claimed message. */
import { type App, grouped } from '../../app.ts'
import type { DeliveryError } from '../../chat/port.ts'
import { MINUTE, SECOND } from '../../lib/time.ts'
import type { Claimed } from './index.ts'
import { movedPayload } from './waiting.ts'

export type Outcome =
  | { readonly kind: 'sent'; readonly messageId: string }
  | { readonly kind: 'problem'; readonly error: DeliveryError }

const MAX_ATTEMPTS = 8
const MAX_WAIT_MS = 30 * MINUTE

/** Exponential back-off with jitter: half of it fixed, half random, so that a crowd does not come back as one. */
function backoff(app: App, attempts: number): number {
  const wait = Math.min(2 ** attempts * SECOND, MAX_WAIT_MS)
  const [random = 0] = app.random(1)
  return Math.round(wait / 2 + (wait / 2) * (random / 255))
}

/** Writes the outcome of one try: sent, failed for good, to be tried again, or unknown. */
export async function settle(app: App, claimed: Claimed, outcome: Outcome, dedupesByNonce: boolean): Promise<void> {
  const now = app.clock.now()
  const next =
    outcome.kind === 'sent'
      ? ({ state: 'sent', message_id: outcome.messageId } as const)
      : after(app, claimed, outcome.error, dedupesByNonce, now)
  const over = next.state !== 'retry_wait'
  await grouped(app, inner =>
    inner.db
      .updateTable('outbox')
      .set({ ...next, leased_at: null, leased_until: null, finished_at: over ? now : null })
      .where('id', '=', claimed.delivery.id)
      .where('state', '=', 'leased')
      .execute(),
  )
}

function after(app: App, claimed: Claimed, error: DeliveryError, dedupesByNonce: boolean, now: number) {
  const reason = `${error.problem}: ${error.message}`.slice(0, 500)
  const { id: _id, nonce: _nonce, ...payload } = claimed.delivery
  const moved = error.movedTo === undefined ? null : movedPayload(payload, error.movedTo)
  // The group lives under another id now: the same message, there.
  if (moved && claimed.attempts < MAX_ATTEMPTS)
    return { state: 'retry_wait', reason, not_before: now, ...moved } as const
  switch (error.problem) {
    case 'blocked':
    case 'gone':
    case 'forbidden':
    case 'rejected':
      return { state: 'failed', reason } as const
    case 'rate-limited':
      // Nothing was sent and nobody is to blame: the try does not count.
      return {
        state: 'retry_wait',
        reason,
        not_before: now + error.retryAfterMs,
        attempts: claimed.attempts - 1,
      } as const
    case 'unreachable': {
      const mayRepeat = !error.maybeSent || dedupesByNonce || claimed.class === 'transactional'
      if (!mayRepeat) return { state: 'unknown', reason } as const
      if (claimed.attempts >= MAX_ATTEMPTS) return { state: error.maybeSent ? 'unknown' : 'failed', reason } as const
      return { state: 'retry_wait', reason, not_before: now + backoff(app, claimed.attempts) } as const
    }
  }
}
