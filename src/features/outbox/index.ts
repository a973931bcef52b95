/** Everything Muster sends by itself: a row committed with the fact that caused it, then judged, claimed, sent and settled. */
import { type RawBuilder, sql } from 'kysely'
import { type App, grouped } from '../../app.ts'
import { changed, toNumber } from '../../db/index.ts'
import { MINUTE } from '../../lib/time.ts'
import type { Contribution } from '../contribution.ts'
import { exportSent, forgetSent, redactSent } from './personal.ts'

export { type Claimed, claim, LEASE_MS } from './claim.ts'
export { type Class, enqueue, type Message } from './enqueue.ts'
export { type Explained, explain, type Heard, lastHeard } from './explained.ts'
export { type Outcome, settle } from './settle.ts'
export { followPlace, skipWaiting, type Waiting } from './waiting.ts'

/** Within this time a platform that knows nonces shows a repeated message once. */
const NONCE_MS = 2 * MINUTE

/**
 * Messages that a process took and never settled. Where the platform shows a repeated nonce once, young ones go out again; of others
 * nobody knows whether they arrived: transactional ones are sent again, the rest wait for staff as `unknown`.
 */
export async function recoverLeases(app: App, bot: string, dedupesByNonce: boolean, all: boolean): Promise<number> {
  const now = app.clock.now()
  return grouped(app, async inner => {
    const lost = inner.db
      .updateTable('outbox')
      .where('bot', '=', bot)
      .where('state', '=', sql<'leased'>`'leased'`)
      // A new owner knows that nobody is sending; later, only the lease tells.
      .where('leased_until', '<=', all ? Number.MAX_SAFE_INTEGER : now)
    const again = { state: 'queued', leased_at: null, leased_until: null } as const
    let count = 0
    if (dedupesByNonce)
      count += changed(
        await lost
          .set(again)
          .where('leased_at', '>', now - NONCE_MS)
          .executeTakeFirst(),
      )
    count += changed(await lost.set(again).where('class', '=', 'transactional').executeTakeFirst())
    count += changed(
      await lost
        .set({
          state: 'unknown',
          reason: 'the process stopped while sending',
          finished_at: now,
          leased_until: null,
        })
        .executeTakeFirst(),
    )
    return count
  })
}

/** When the next message of a bot is due; null when nothing waits. */
export async function nextDue(app: App, bot: string): Promise<number | null> {
  const row = await app.db
    .selectFrom('outbox')
    .select('not_before')
    .where('bot', '=', bot)
    .where('state', 'in', sql<'queued'>`('queued', 'retry_wait')`)
    .orderBy('not_before')
    .limit(1)
    .executeTakeFirst()
  return row?.not_before ?? null
}

/** How many messages are not settled, by state: each counted in an index of its own. */
export async function countUnsettled(app: App): Promise<Array<{ state: string; count: number }>> {
  const inState = async (states: RawBuilder<boolean>): Promise<number> => {
    const { count } = await app.db
      .selectFrom('outbox')
      .select(({ fn }) => fn.countAll().as('count'))
      // As written in the partial indexes, or the whole outbox would be read.
      .where(states)
      .executeTakeFirstOrThrow()
    return toNumber(count)
  }
  const waiting = await inState(sql`state in ('queued', 'retry_wait')`)
  const again = await inState(sql`state = 'retry_wait'`)
  const counts = [
    { state: 'queued', count: waiting - again },
    { state: 'leased', count: await inState(sql`state = 'leased'`) },
    { state: 'retry_wait', count: again },
    { state: 'unknown', count: await inState(sql`state = 'unknown'`) },
  ]
  return counts.filter(({ count }) => count > 0)
}

export const contribution: Contribution = {
  name: 'outbox',
  tables: ['outbox'],
  exportPerson: exportSent,
  redact: redactSent,
  forget: forgetSent,
}
