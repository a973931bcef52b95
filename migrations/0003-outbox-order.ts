/** Chats whose oldest message waits to be tried again: nothing younger may overtake it. Frozen. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('outbox_retrying')
    .on('outbox')
    .columns(['bot', 'chat_key'])
    .where(sql.ref('state'), '=', sql.lit('retry_wait'))
    .execute()
}
