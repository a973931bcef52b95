/** What became of claimed messages: written for many at once, each with its own outcome. */
import { type Kysely, sql } from 'kysely'
import { type App, batched } from '../../app.ts'
import type { DeliveryError } from '../../chat/port.ts'
import { type BatchWork, type Database, rowsOf, unindexed } from '../../db/index.ts'
import { MINUTE, SECOND } from '../../lib/time.ts'
import { suppress } from '../policy/index.ts'
import type { Claimed } from './claim.ts'
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

interface Settling {
  readonly id: number
  readonly at: number
  /** Null: something else than sent, as `next` says. */
  readonly messageId: string | null
  readonly next: ReturnType<typeof after> | null
  /** The chat is refused for good. */
  readonly refused: { readonly bot: string; readonly chatKey: string; readonly accountId: string | null } | null
}

/** Writes the outcome of one try: sent, failed for good, to be tried again, or unknown. */
export async function settle(app: App, claimed: Claimed, outcome: Outcome, dedupesByNonce: boolean): Promise<void> {
  const at = app.clock.now()
  const { id } = claimed.delivery
  if (outcome.kind === 'sent')
    return void (await batched(app, settleAll, { id, at, messageId: outcome.messageId, next: null, refused: null }))
  const next = after(app, claimed, outcome.error, dedupesByNonce, at)
  const { bot, chatKey, accountId } = claimed
  const refused = next.state === 'failed' && isForGood(claimed, outcome.error) ? { bot, chatKey, accountId } : null
  await batched(app, settleAll, { id, at, messageId: null, next, refused })
}

/** Whether it is the chat that is refused, and not this message. A question that is gone says nothing of the chat it was asked in. */
function isForGood({ delivery: { to } }: Claimed, { problem }: DeliveryError): boolean {
  if (problem === 'blocked' || problem === 'forbidden') return true
  return problem === 'gone' && (to.kind === 'person' || (!to.chat.messageId && !to.chat.threadId))
}

const settleAll: BatchWork<Settling, true> = Object.assign(
  async (db: Kysely<Database>, items: readonly Settling[]) => {
    const sent = items.filter(({ next }) => next === null)
    if (sent.length > 0) await markSent(db, sent)
    for (const item of items) if (item.next) await markOther(db, item, item.next)
    return items.map(() => true as const)
  },
  { most: 2048 },
)

/** Many outcomes by one statement. */
async function markSent(db: Kysely<Database>, items: readonly Settling[]): Promise<void> {
  const outcomes = rowsOf(
    db,
    items.map(({ id, messageId, at }) => [id, messageId, at]),
  )
  // Without statistics, or with them, there are few that are leased: each outcome is to look for its row all the same.
  await sql`update outbox set state = 'sent', message_id = outcome.second, finished_at = outcome.third, leased_until = null
    from ${outcomes} as outcome where outbox.id = outcome.first and ${unindexed('outbox.state')} = 'leased'`.execute(db)
}

async function markOther(
  db: Kysely<Database>,
  { id, at, refused }: Settling,
  next: NonNullable<Settling['next']>,
): Promise<void> {
  const again = next.state === 'retry_wait'
  await db
    .updateTable('outbox')
    .set({ ...next, leased_until: null, ...(again ? { leased_at: null } : { finished_at: at }) })
    .where('id', '=', id)
    .where('state', '=', 'leased')
    .execute()
  if (refused) await suppress(db, { ...refused, reason: next.reason, at })
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
