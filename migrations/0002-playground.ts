/** The playground's own chat: what it shows, each message once. Frozen. */
import { type ColumnDataType, type Kysely, SqliteAdapter, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  const sqlite = db.getExecutor().adapter instanceof SqliteAdapter
  const whole: ColumnDataType = sqlite ? 'integer' : 'bigint'
  await db.schema
    .createTable('playground_messages')
    .addColumn('id', whole, c => (sqlite ? c.primaryKey().autoIncrement() : c.generatedAlwaysAsIdentity().primaryKey()))
    .addColumn('chat', 'text', c => c.notNull())
    .addColumn('author', 'text', c => c.notNull())
    .addColumn('seen_by', 'text')
    .addColumn('body', 'text', c => c.notNull())
    .addColumn('at', whole, c => c.notNull())
    .addColumn('nonce', 'text')
    .modifyEnd(sqlite ? sql` strict` : sql``)
    .execute()
  await db.schema.createIndex('playground_messages_nonce').on('playground_messages').column('nonce').unique().execute()
  await db.schema.createIndex('playground_messages_by_chat').on('playground_messages').columns(['chat', 'id']).execute()
}
