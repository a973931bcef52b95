/** Private answers to people the bot cannot write to yet: a deep link with a one-time token shows the stored answer. */
import type { App } from '../../app.ts'
import type { Answer } from '../../chat/port.ts'
import { hashSecret, linkSecret } from '../../lib/ids.ts'
import { HOUR } from '../../lib/time.ts'

const PREFIX = 'a_'
/** How long a private answer waits for its asker. */
export const PRIVATE_LIFE_MS = 24 * HOUR

/** A payload for `/start` that shows the answer of this inbox row to this account, once, within a day. */
export async function offerPrivately(app: App, inboxId: number, accountId: string): Promise<string> {
  const secret = linkSecret(app.random)
  let asked = app.db.selectFrom('inbox').select('id').where('id', '=', inboxId)
  if (app.can.rowLocks) asked = asked.forKeyShare()
  // Somebody may have been forgotten while they asked: then `finish` finds no row either, and all of this is undone.
  if (!(await asked.executeTakeFirst())) return PREFIX + secret
  await app.db
    .insertInto('private_answers')
    .values({
      token_hash: hashSecret(secret),
      inbox_id: inboxId,
      account_id: accountId,
      expires_at: app.clock.now() + PRIVATE_LIFE_MS,
      used_at: null,
    })
    .execute()
  return PREFIX + secret
}

/**
 * The answer a payload stands for. `not-ours` for other payloads; `gone` when it was used, is too old, or belongs to another account.
 * Runs inside a transaction: used and shown, or neither.
 */
export async function redeemPrivately(
  app: App,
  accountId: string,
  payload: string,
): Promise<Answer | 'gone' | 'not-ours'> {
  if (!payload.startsWith(PREFIX)) return 'not-ours'
  const now = app.clock.now()
  const used = await app.db
    .updateTable('private_answers')
    .set({ used_at: now })
    .where('token_hash', '=', hashSecret(payload.slice(PREFIX.length)))
    .where('account_id', '=', accountId)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('inbox_id')
    .executeTakeFirst()
  if (!used) return 'gone'
  const row = await app.db.selectFrom('inbox').select('answer').where('id', '=', used.inbox_id).executeTakeFirst()
  return row?.answer ? (JSON.parse(row.answer) as Answer) : 'gone'
}
