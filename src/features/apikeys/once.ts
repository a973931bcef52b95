/** Idempotency keys: a request that is sent twice has one effect, and both get the same answer. */
import { type App, grouped, transaction } from '../../app.ts'
import { changed } from '../../db/index.ts'
import { DAY_LENGTH } from '../../lib/time.ts'
import type { Leaver } from '../contribution.ts'
import { tracesOf } from '../traces.ts'

/** How long an answer is kept for a repetition. */
const KEPT_MS = DAY_LENGTH

/** A request that the sender has given a name. */
export interface Claim {
  readonly apiKeyId: string
  /** The sender's name for it. */
  readonly key: string
  /** Tells one request from another: method, path and body. */
  readonly requestHash: string
}

export interface Kept {
  readonly status: number
  readonly response: string
}

export type Once =
  | (Kept & { readonly kind: 'done' | 'replayed' })
  /** The name was used for another request. */
  | { readonly kind: 'other-request' }

/**
 * Runs `work` in a transaction unless this claim was made before; then what was answered is returned. The primary key holds that: of
 * two at the same moment the second waits for the first, and a failure leaves the name unused.
 */
export async function once(app: App, claim: Claim, work: (app: App) => Promise<Kept>): Promise<Once> {
  const at = app.clock.now()
  return transaction(app, async inner => {
    const claimed = await inner.db
      .insertInto('idempotency_keys')
      .values({
        api_key_id: claim.apiKeyId,
        key: claim.key,
        request_hash: claim.requestHash,
        status: 0,
        response: '',
        created_at: at,
      })
      .onConflict(conflict => conflict.columns(['api_key_id', 'key']).doNothing())
      .executeTakeFirst()
    const own = inner.db
      .selectFrom('idempotency_keys')
      .select(['request_hash', 'status', 'response'])
      .where('api_key_id', '=', claim.apiKeyId)
      .where('key', '=', claim.key)
    if (changed(claimed) === 0) {
      const { request_hash, status, response } = await own.executeTakeFirstOrThrow()
      return request_hash === claim.requestHash ? { kind: 'replayed', status, response } : { kind: 'other-request' }
    }
    const kept = await work(inner)
    await inner.db
      .updateTable('idempotency_keys')
      .set(kept)
      .where('api_key_id', '=', claim.apiKeyId)
      .where('key', '=', claim.key)
      .execute()
    return { kind: 'done', ...kept }
  })
}

/** Forgets answers that are a day old; returns how many. */
export async function purgeIdempotencyKeys(app: App): Promise<number> {
  return grouped(app, async inner => {
    const deleted = await inner.db
      .deleteFrom('idempotency_keys')
      .where('created_at', '<=', app.clock.now() - KEPT_MS)
      .executeTakeFirst()
    return changed(deleted)
  })
}

/** Takes somebody out of the answers of the last day. */
export async function forgetKept(app: App, who: Leaver): Promise<void> {
  const traces = tracesOf(who)
  const rows = await app.db.selectFrom('idempotency_keys').select(['api_key_id', 'key', 'response']).execute()
  for (const { api_key_id, key, response } of rows)
    if (traces.isIn(response))
      await app.db
        .updateTable('idempotency_keys')
        .set({ response: traces.without(response) })
        .where('api_key_id', '=', api_key_id)
        .where('key', '=', key)
        .execute()
}
