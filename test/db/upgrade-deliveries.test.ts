// Deliveries that were queued before the send policy came are judged by it, too.
import { join } from 'node:path'
import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { expect, test } from 'vitest'
import { openEngine } from '#src/db/index.ts'
import { migrate } from '#src/db/migrate.ts'
import { forEachEngine, freshDatabase } from '#test/support/engines.ts'

const folder = join(import.meta.dirname, '../../migrations')
const BEFORE = ['0001-house', '0002-playground', '0003-one-community']

forEachEngine('upgrading with deliveries that wait', engine => {
  test('those for somebody know their account and topic, those for a group have none', async () => {
    await using database = await freshDatabase(engine)
    const opened = await openEngine(database.url)
    try {
      const before = await Promise.all(
        BEFORE.map(async name => [name, (await import(join(folder, `${name}.ts`))) as Migration] as const),
      )
      const provider = { getMigrations: async () => Object.fromEntries(before) }
      expect((await new Migrator({ db: opened.migrating, provider }).migrateToLatest()).error).toBeUndefined()
      await opened.transaction(async db => {
        await sql`insert into persons (id, created_at) values ('per1', 1)`.execute(db)
        await sql`insert into accounts (id, person_id, platform, platform_id, name, created_at)
          values ('acc1', 'per1', 'telegram', '11', 'Ada', 1), ('acc2', 'per1', 'discord', '11', 'ada', 1)`.execute(db)
        for (const [source, chat, kind] of [
          ['mine', 'p:11', 'service'],
          ['answer', 'p:11', 'transactional'],
          ['nobody', 'p:99', 'service'],
          ['group', 'c:11', 'service'],
        ])
          await sql`insert into outbox (bot, platform, chat_key, payload, class, state, source, nonce, not_before, created_at)
            values ('telegram:1', 'telegram', ${chat}, '{}', ${kind}, 'queued', ${source}, ${source}, 1, 1)`.execute(db)
      })
      await migrate(opened)
      const rows = await opened.reader
        .selectFrom('outbox')
        .select(['source', 'account_id', 'topic'])
        .orderBy('id')
        .execute()
      expect(rows).toEqual([
        { source: 'mine', account_id: 'acc1', topic: 'service' },
        { source: 'answer', account_id: 'acc1', topic: null },
        { source: 'nobody', account_id: null, topic: 'service' },
        { source: 'group', account_id: null, topic: null },
      ])
    } finally {
      await opened.close()
    }
  })
})
