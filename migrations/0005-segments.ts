/** Segments: saved conditions that say whom a push is for, the tags they may ask about, and the index they count by. */
import { type ColumnDataType, type Kysely, SqliteAdapter, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  const sqlite = db.getExecutor().adapter instanceof SqliteAdapter
  const whole: ColumnDataType = sqlite ? 'integer' : 'bigint'
  const strict = sqlite ? sql` strict` : sql``
  const table = (name: string) => db.schema.createTable(name).modifyEnd(strict)

  await table('segments')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('community_id', 'text', c => c.notNull().references('communities.id'))
    .addColumn('name', 'text', c => c.notNull())
    // In small letters: what people mean when they name it.
    .addColumn('called', 'text', c => c.notNull())
    .addColumn('version', whole, c => c.notNull())
    .addColumn('created_at', whole, c => c.notNull())
    .addColumn('deleted_at', whole)
    .execute()
  // A deleted one stays for what was sent by it; its name is free again.
  await db.schema
    .createIndex('segments_called')
    .unique()
    .on('segments')
    .columns(['community_id', 'called'])
    .where(sql.ref('deleted_at'), 'is', null)
    .execute()
  await table('segment_versions')
    .addColumn('segment_id', 'text', c => c.notNull().references('segments.id'))
    .addColumn('version', whole, c => c.notNull().check(sql`version > 0`))
    // JSON, as it was checked.
    .addColumn('condition', 'text', c => c.notNull())
    // As somebody wrote it, for changing it again.
    .addColumn('written', 'text', c => c.notNull())
    .addColumn('created_at', whole, c => c.notNull())
    .addPrimaryKeyConstraint('segment_versions_identity', ['segment_id', 'version'])
    .execute()
  // What was sent by a version must go on saying what it said.
  const refused = sqlite
    ? sql`begin select raise(abort, 'segment_versions is append-only'); end`
    : sql`for each row execute function refuse_change()`
  for (const change of ['update', 'delete'])
    await sql`create trigger ${sql.ref(`segment_versions_no_${change}`)} before ${sql.raw(change)} on segment_versions ${refused}`.execute(
      db,
    )

  await table('member_tags')
    .addColumn('tag', 'text', c => c.notNull())
    .addColumn('member_id', 'text', c => c.notNull().references('members.id'))
    .addColumn('tagged_at', whole, c => c.notNull())
    .addPrimaryKeyConstraint('member_tags_identity', ['member_id', 'tag'])
    .execute()
  await db.schema.createIndex('member_tags_by_tag').on('member_tags').columns(['tag', 'member_id']).execute()

  // What a member did, by kind: one look for "three check-ins within seven days". It takes the place of (member, day), so that recording a
  // fact writes as many indexes as before.
  await db.schema.createIndex('activity_by_member_kind').on('activity').columns(['member_id', 'kind', 'day']).execute()
  await db.schema.dropIndex('activity_by_member').execute()
}
