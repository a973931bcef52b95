/** The suppression list: chats that a platform refuses for good, so that nobody knocks there again. */
import type { Kysely } from 'kysely'
import type { Database } from '../../db/index.ts'

export interface Suppression {
  readonly bot: string
  readonly chatKey: string
  readonly accountId: string | null
  readonly reason: string
  readonly at: number
}

/** Puts a chat on the list, or renews why and since when it is there. */
export async function suppress(
  db: Kysely<Database>,
  { bot, chatKey, accountId, reason, at }: Suppression,
): Promise<void> {
  const said = { account_id: accountId, reason, since: at }
  await db
    .insertInto('suppressions')
    .values({ bot, chat_key: chatKey, ...said })
    .onConflict(conflict => conflict.columns(['bot', 'chat_key']).doUpdateSet(said))
    .execute()
}

/** Takes chats off the list: they can be written to again. */
export async function unsuppress(db: Kysely<Database>, bot: string, chatKeys: readonly string[]): Promise<void> {
  if (chatKeys.length === 0) return
  await db
    .deleteFrom('suppressions')
    .where('bot', '=', bot)
    .where('chat_key', 'in', [...chatKeys])
    .execute()
}
