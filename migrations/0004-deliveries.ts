/** Deliveries say whom they are for and what they say; who cannot be written to; and what people choose about being written to. Frozen. */
import { type ColumnDataType, type Kysely, SqliteAdapter, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  const sqlite = db.getExecutor().adapter instanceof SqliteAdapter
  const whole: ColumnDataType = sqlite ? 'integer' : 'bigint'
  const strict = sqlite ? sql` strict` : sql``
  const table = (name: string) => db.schema.createTable(name).modifyEnd(strict)
  const outbox = () => db.schema.alterTable('outbox')

  // The account whose private chat a delivery goes to; null for a channel.
  await outbox()
    .addColumn('account_id', 'text', c => c.references('accounts.id'))
    .execute()
  // What it says, once, whatever the variant; and for which period, such as a day.
  await outbox().addColumn('message', 'text').execute()
  await outbox()
    .addColumn('period', 'text', c => c.notNull().defaultTo(''))
    .execute()
  await outbox().addColumn('variant', 'text').execute()
  await outbox().addColumn('topic', 'text').execute()
  // What the send policy said each time, oldest first: a line of JSON each.
  await outbox().addColumn('verdicts', 'text').execute()
  // What is queued already is for somebody, too.
  await sql`update outbox set topic = case class when 'service' then 'service' when 'marketing' then 'news' end, account_id =
    (select id from accounts where accounts.platform = outbox.platform and accounts.platform_id = substr(outbox.chat_key, 3))
    where chat_key like 'p:%'`.execute(db)
  // Answers that come late go before whatever else is due.
  await sql`create index outbox_answers on outbox (bot, not_before, id)
    where class = 'transactional' and state in ('queued', 'retry_wait')`.execute(db)
  // What changes with the state stays out of these: a delivery changes its state twice, and each index it is in would be written anew.
  await sql`create index outbox_counted on outbox (member_id, created_at) where member_id is not null`.execute(db)
  await sql`create index outbox_said on outbox (message, member_id) where message is not null`.execute(db)
  await sql`create index outbox_of_account on outbox (account_id, id) where account_id is not null`.execute(db)
  // The same for those that were there: a member's are found by the one above, and all that is unsettled by those of its states.
  await db.schema.dropIndex('outbox_of_member').execute()
  await db.schema.dropIndex('outbox_unsettled').execute()
  await sql`create index outbox_unknown on outbox (id) where state = 'unknown'`.execute(db)

  // Chats that a platform refuses for good.
  await table('suppressions')
    .addColumn('bot', 'text', c => c.notNull())
    .addColumn('chat_key', 'text', c => c.notNull())
    .addColumn('account_id', 'text', c => c.references('accounts.id'))
    .addColumn('reason', 'text', c => c.notNull())
    .addColumn('since', whole, c => c.notNull())
    .addPrimaryKeyConstraint('suppressions_identity', ['bot', 'chat_key'])
    .execute()
  await db.schema.createIndex('suppressions_by_account').on('suppressions').column('account_id').execute()

  // What a member chose about being written to; null leaves it to the community.
  await table('send_preferences')
    .addColumn('member_id', 'text', c => c.primaryKey().references('members.id'))
    .addColumn('quiet_hours', 'text')
    .addColumn('most_a_day', whole, c => c.check(sql`most_a_day between 0 and 50`))
    .addColumn('snoozed_at', whole)
    .addColumn('snoozed_until', whole)
    .addColumn('changed_at', whole, c => c.notNull())
    .execute()
}
