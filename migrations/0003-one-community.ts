/** One community over several platforms: linking, settings, forms, files, consent, privacy, audit and the API. Frozen. */
import { type ColumnDataType, type Kysely, SqliteAdapter, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  const sqlite = db.getExecutor().adapter instanceof SqliteAdapter
  const whole: ColumnDataType = sqlite ? 'integer' : 'bigint'
  const strict = sqlite ? sql` strict` : sql``
  const table = (name: string) => db.schema.createTable(name).modifyEnd(strict)
  const counted = (name: string) =>
    table(name).addColumn('id', whole, c =>
      sqlite ? c.primaryKey().autoIncrement() : c.generatedAlwaysAsIdentity().primaryKey(),
    )

  // People and communities that proved to be one
  await db.schema
    .alterTable('members')
    .addColumn('role', 'text', c => c.check(sql`role in ('reviewer', 'manager')`))
    .execute()
  await db.schema
    .alterTable('members')
    .addColumn('merged_into', 'text', c => c.references('members.id'))
    .execute()
  await db.schema
    .createIndex('members_merged')
    .on('members')
    .column('merged_into')
    .where(sql.ref('merged_into'), 'is not', null)
    .execute()
  // Staff by choice of the community, besides those the platforms name.
  await sql`create index members_staff on members (community_id, id) where role is not null`.execute(db)
  await db.schema
    .alterTable('communities')
    .addColumn('merged_into', 'text', c => c.references('communities.id'))
    .execute()
  await db.schema.alterTable('presences').addColumn('banned_at', whole).execute()
  await db.schema.alterTable('accounts').addColumn('deleted_at', whole).execute()

  // Every row that a link or a connection moved, so that either can be undone.
  await db.schema.dropTable('merge_moves').execute()
  await counted('moves')
    .addColumn('cause', 'text', c => c.notNull())
    .addColumn('table_name', 'text', c => c.notNull())
    .addColumn('row_key', 'text', c => c.notNull())
    .addColumn('column_name', 'text', c => c.notNull())
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .addUniqueConstraint('moves_once', ['cause', 'table_name', 'row_key', 'column_name'])
    .execute()
  // Where a row came from first, whatever moved it.
  await db.schema.createIndex('moves_by_row').on('moves').columns(['table_name', 'row_key']).execute()
  // All check-ins of a member, superseded ones too: the unique index has only those that count.
  await db.schema.createIndex('checkins_by_member').on('checkins').columns(['member_id', 'camp', 'day']).execute()
  await sql`create index ledger_reversals on ledger (reverses) where reverses is not null`.execute(db)
  await db.schema
    .alterTable('merges')
    .addColumn('confirmed_by', 'text', c => c.references('accounts.id'))
    .execute()
  await db.schema.createIndex('merges_into').on('merges').column('into_person').execute()

  await table('connections')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('from_community', 'text', c => c.notNull().references('communities.id'))
    .addColumn('into_community', 'text', c => c.notNull().references('communities.id'))
    .addColumn('issued_by', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('redeemed_by', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('connected_at', whole, c => c.notNull())
    .addColumn('undone_at', whole)
    .addCheckConstraint('connections_two_communities', sql`from_community <> into_community`)
    .execute()
  await db.schema
    .createIndex('connections_once')
    .unique()
    .on('connections')
    .column('from_community')
    .where(sql.ref('undone_at'), 'is', null)
    .execute()
  await db.schema.createIndex('connections_into').on('connections').column('into_community').execute()
  await table('connect_codes')
    .addColumn('code_hash', 'text', c => c.primaryKey())
    .addColumn('community_id', 'text', c => c.notNull().references('communities.id'))
    .addColumn('issued_by', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('created_at', whole, c => c.notNull())
    .addColumn('expires_at', whole, c => c.notNull())
    // The community where it was typed first; it works there alone, since typing may be seen by others.
    .addColumn('typed_in', 'text', c => c.references('communities.id'))
    .addColumn('redeemed_at', whole)
    .addColumn('cancelled_at', whole)
    .execute()
  // Codes that were guessed wrong: tries are limited per account, and per community and hour.
  await counted('code_tries')
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('community_id', 'text', c => c.references('communities.id'))
    .addColumn('at', whole, c => c.notNull())
    .execute()
  await db.schema.createIndex('code_tries_by_account').on('code_tries').columns(['account_id', 'at']).execute()
  await db.schema.createIndex('code_tries_by_community').on('code_tries').columns(['community_id', 'at']).execute()

  // What a community decided
  await table('settings')
    .addColumn('community_id', 'text', c => c.notNull().references('communities.id'))
    .addColumn('key', 'text', c => c.notNull())
    .addColumn('value', 'text', c => c.notNull())
    .addPrimaryKeyConstraint('settings_identity', ['community_id', 'key'])
    .execute()
  await table('channels')
    .addColumn('place_id', 'text', c => c.notNull().references('places.id'))
    .addColumn('purpose', 'text', c =>
      c.notNull().check(sql`purpose in ('announcements', 'staff', 'digest', 'welcome')`),
    )
    .addColumn('chat', 'text', c => c.notNull())
    .addColumn('title', 'text', c => c.notNull())
    .addPrimaryKeyConstraint('channels_identity', ['place_id', 'purpose'])
    .execute()
  await counted('audit')
    .addColumn('community_id', 'text', c => c.notNull().references('communities.id'))
    .addColumn('account_id', 'text', c => c.references('accounts.id'))
    .addColumn('api_key_id', 'text')
    .addColumn('action', 'text', c => c.notNull())
    .addColumn('subject', 'text', c => c.notNull())
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .addColumn('at', whole, c => c.notNull())
    .execute()
  await db.schema.createIndex('audit_by_community').on('audit').columns(['community_id', 'id']).execute()
  await db.schema.createIndex('audit_by_subject').on('audit').columns(['community_id', 'subject', 'id']).execute()
  await appendOnly(db, 'audit', ['account_id', 'api_key_id', 'action', 'subject', 'before', 'after', 'at'], sqlite)

  // Questions that wait for their answers
  await table('forms')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    // The community it was opened for: a private chat may be about another one by the time of the answer.
    .addColumn('community_id', 'text', c => c.references('communities.id'))
    .addColumn('bot', 'text', c => c.notNull())
    .addColumn('chat', 'text', c => c.notNull())
    .addColumn('form', 'text', c => c.notNull())
    .addColumn('draft', 'text', c => c.notNull())
    .addColumn('step', whole, c => c.notNull())
    .addColumn('revision', whole, c => c.notNull())
    .addColumn('asked_in', whole, c => c.references('inbox.id').onDelete('set null'))
    .addColumn('state', 'text', c => c.notNull().check(sql`state in ('open', 'done', 'cancelled')`))
    .addColumn('opened_at', whole, c => c.notNull())
    .addColumn('expires_at', whole, c => c.notNull())
    .addColumn('finished_at', whole)
    .execute()
  await db.schema
    .createIndex('forms_open')
    .unique()
    .on('forms')
    .columns(['account_id', 'bot', 'chat'])
    .where(sql.ref('state'), '=', sql.lit('open'))
    .execute()
  await db.schema.createIndex('forms_by_opening').on('forms').column('opened_at').execute()
  await db.schema.createIndex('forms_asked').on('forms').column('asked_in').execute()
  await table('files')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('community_id', 'text', c => c.references('communities.id'))
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('path', 'text', c => c.notNull().unique())
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('kind', 'text', c => c.notNull())
    .addColumn('bytes', whole, c => c.notNull().check(sql`bytes > 0`))
    .addColumn('sha256', 'text', c => c.notNull())
    .addColumn('created_at', whole, c => c.notNull())
    .addColumn('deleted_at', whole)
    .execute()
  await db.schema.createIndex('files_by_account').on('files').column('account_id').execute()
  await sql`create index files_deleted on files (deleted_at) where deleted_at is not null`.execute(db)

  // What people say about themselves, and what they allow
  await table('profiles')
    .addColumn('person_id', 'text', c => c.primaryKey().references('persons.id'))
    .addColumn('about', 'text')
    .addColumn('link', 'text')
    .addColumn('photo', 'text', c => c.references('files.id'))
    .addColumn('changed_at', whole, c => c.notNull())
    .execute()
  await table('consents')
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('topic', 'text', c => c.notNull())
    .addColumn('allowed_at', whole)
    .addColumn('refused_at', whole)
    .addPrimaryKeyConstraint('consents_identity', ['account_id', 'topic'])
    .addCheckConstraint('consents_one_answer', sql`(allowed_at is null) <> (refused_at is null)`)
    .execute()
  await counted('forget_requests')
    .addColumn('person_id', 'text', c => c.notNull().references('persons.id'))
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('requested_at', whole, c => c.notNull())
    .addColumn('due_at', whole, c => c.notNull())
    .addColumn('cancelled_at', whole)
    .addColumn('done_at', whole)
    .execute()
  await sql`create unique index forget_requests_open on forget_requests (person_id) where cancelled_at is null and done_at is null`.execute(
    db,
  )

  // Deliveries follow those they are for: whoever leaves is written to no more.
  await db.schema
    .alterTable('outbox')
    .addColumn('member_id', 'text', c => c.references('members.id'))
    .execute()
  await db.schema
    .alterTable('outbox')
    .addColumn('place_id', 'text', c => c.references('places.id'))
    .execute()
  await sql`create index outbox_of_member on outbox (member_id) where state in ('queued', 'retry_wait') and member_id is not null`.execute(
    db,
  )
  await sql`create index outbox_of_place on outbox (place_id) where state in ('queued', 'retry_wait') and place_id is not null`.execute(
    db,
  )

  // Programs that ask over HTTP
  await table('api_keys')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('community_id', 'text', c => c.notNull().references('communities.id'))
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('key_hash', 'text', c => c.notNull().unique())
    .addColumn('scopes', 'text', c => c.notNull())
    .addColumn('created_at', whole, c => c.notNull())
    .addColumn('last_used_at', whole)
    .addColumn('revoked_at', whole)
    .execute()
  await db.schema.createIndex('api_keys_by_community').on('api_keys').column('community_id').execute()
  await table('idempotency_keys')
    .addColumn('api_key_id', 'text', c => c.notNull().references('api_keys.id'))
    .addColumn('key', 'text', c => c.notNull())
    .addColumn('request_hash', 'text', c => c.notNull())
    .addColumn('status', whole, c => c.notNull())
    .addColumn('response', 'text', c => c.notNull())
    .addColumn('created_at', whole, c => c.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_identity', ['api_key_id', 'key'])
    .execute()
  await db.schema.createIndex('idempotency_keys_by_age').on('idempotency_keys').column('created_at').execute()
  // What staff gave points for, in words that can be taken back: facts and ledger are for good, so they know its subject alone.
  await counted('awards')
    .addColumn('subject', 'text', c => c.notNull().unique())
    .addColumn('asked_as', 'text', c => c.notNull().references('members.id'))
    .addColumn('reason', 'text')
    .execute()
  await db.schema.createIndex('awards_by_member').on('awards').column('asked_as').execute()
  // Pages of activity, newest first.
  await db.schema.createIndex('activity_by_community').on('activity').columns(['community_id', 'id']).execute()
  // Partial, although nearly all rows are in it: a full one would be taken where the small ones of those whom boards leave out are meant.
  await sql`create index members_by_community on members (community_id, id) where merged_into is null`.execute(db)
}

async function appendOnly(db: Kysely<unknown>, name: string, columns: string[], sqlite: boolean): Promise<void> {
  const body = sqlite
    ? sql`begin select raise(abort, ${sql.lit(`${name} is append-only`)}); end`
    : sql`for each row execute function refuse_change()`
  const update = sql`update of ${sql.join(columns.map(column => sql.ref(column)))}`
  await sql`create trigger ${sql.ref(`${name}_no_update`)} before ${update} on ${sql.ref(name)} ${body}`.execute(db)
  await sql`create trigger ${sql.ref(`${name}_no_delete`)} before delete on ${sql.ref(name)} ${body}`.execute(db)
}
