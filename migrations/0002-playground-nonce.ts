/** The playground shows a message once, however often it is sent: the database holds that. Frozen. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('playground_messages').addColumn('nonce', 'text').execute()
  await db.schema.createIndex('playground_messages_nonce').on('playground_messages').column('nonce').unique().execute()
  await db.schema.createIndex('playground_messages_by_chat').on('playground_messages').columns(['chat', 'id']).execute()
}
