// A database of an earlier version becomes one of this version, and keeps what is in it.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Migration, Migrator } from 'kysely/migration'
import { expect, test } from 'vitest'
import { openEngine } from '#src/db/index.ts'
import { migrate, schemaState } from '#src/db/migrate.ts'
import { forEachEngine, freshDatabase } from '#test/support/engines.ts'

const folder = join(import.meta.dirname, '../../migrations')
const names = (await readdir(folder)).map(file => file.replace(/\.ts$/, '')).sort()
/** What has been on main before, in its order: frozen. */
const LANDED = ['0001-house', '0002-playground', '0003-one-community']

test('every migration has a number of its own, and what landed stands first', () => {
  expect(names.map(name => Number(name.slice(0, 4)))).toEqual(names.map((_, i) => i + 1))
  expect(names.slice(0, LANDED.length)).toEqual(LANDED)
})

forEachEngine('upgrading', engine => {
  test.each(LANDED.map((_, i) => i + 1))('after the first %i migrations brings the rest', async count => {
    const database = await freshDatabase(engine)
    const opened = await openEngine(database.url)
    try {
      const load = (name: string) => import(join(folder, `${name}.ts`)) as Promise<Migration>
      const before = await Promise.all(LANDED.slice(0, count).map(async name => [name, await load(name)] as const))
      const earlier = new Migrator({
        db: opened.migrating,
        provider: { getMigrations: async () => Object.fromEntries(before) },
      })
      expect((await earlier.migrateToLatest()).error).toBeUndefined()
      await opened.transaction(db => db.insertInto('meta').values({ key: 'kept', value: 'yes' }).execute())
      expect(await migrate(opened)).toEqual(names.slice(count))
      expect((await schemaState(opened)).applied).toEqual(names)
      expect(await opened.reader.selectFrom('meta').select('value').where('key', '=', 'kept').execute()).toEqual([
        { value: 'yes' },
      ])
    } finally {
      await opened.close()
      await database.drop()
    }
  })
})
