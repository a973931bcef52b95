// What goes wrong when a database is opened or brought up to date, in plain sentences.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { openEngine } from '#src/db/index.ts'
import { migrate, prepareSchema, schemaState } from '#src/db/migrate.ts'
import { Problem } from '#src/lib/problem.ts'
import { forEachEngine, freshDatabase } from '#test/support/engines.ts'

const folder = mkdtempSync(join(tmpdir(), 'muster-open-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The sentence that opening this URL ends with. */
async function sentence(url: string): Promise<string> {
  const error = await openEngine(url).then(
    async engine => {
      await engine.close()
      throw new Error(`${url} could be opened`)
    },
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(Problem)
  const { message } = error as Problem
  expect(message).not.toContain('s3cret')
  expect(message).toContain('DATABASE_URL')
  return message
}

describe('a database that cannot be opened is explained', () => {
  test('a file that is something else', async () => {
    const file = join(folder, 'letter.txt')
    writeFileSync(file, 'Dear Ada, '.repeat(500))
    expect(await sentence(`sqlite:${file}`)).toContain('is not a Muster database')
  })
  test('a folder where the file should be', async () => {
    expect(await sentence(`sqlite:${folder}`)).toContain('cannot be opened')
  })
  test('a path below a file', async () => {
    const file = join(folder, 'a-file')
    writeFileSync(file, '')
    expect(await sentence(`sqlite:${join(file, 'deeper', 'muster.db')}`)).toContain('cannot be created')
  })
  test('neither of the two engines', async () => {
    expect(await sentence('mysql://ada@db/muster')).toContain('neither sqlite:PATH nor postgres://')
    expect(await sentence('')).toContain('neither sqlite:PATH nor postgres://')
    expect(await sentence('mysql://ada:s3cret@db/muster')).toContain('neither')
  })
  test('no PostgreSQL there', async () => {
    expect(await sentence('postgres://ada:s3cret@127.0.0.1:1/muster')).toContain('no PostgreSQL answers there')
  })
  test('no such host', async () => {
    expect(await sentence('postgres://ada:s3cret@no-such-host.invalid/muster')).toContain('Correct the host')
  })
  test('a URL that is none', async () => {
    expect(await sentence('postgres://ada:s3cret@127.0.0.1:99999/muster')).toContain('could not be used')
  })
  const server = inject('run')?.postgresUrl
  test.runIf(server)('no such database', async () => {
    const url = new URL(server ?? '')
    url.pathname = '/muster_no_such_database'
    expect(await sentence(url.href)).toContain('does not exist')
  })
})

forEachEngine('migrations', engine => {
  test('bring an empty database to the whole schema, and have nothing to do a second time', async () => {
    await using database = await freshDatabase(engine)
    await using stack = new AsyncDisposableStack()
    const opened = await openEngine(database.url)
    stack.defer(() => opened.close())
    const before = await schemaState(opened)
    expect(before.applied).toEqual([])
    expect(await prepareSchema(opened)).toBe(true)
    expect((await schemaState(opened)).applied).toEqual(before.pending)
    expect(await prepareSchema(opened)).toBe(false)
    expect(await migrate(opened)).toEqual([])
  })

  test('one that fails half way leaves nothing of itself', async () => {
    await using database = await freshDatabase(engine)
    await using stack = new AsyncDisposableStack()
    const opened = await openEngine(database.url)
    stack.defer(() => opened.close())
    const half: Migration = {
      async up(db) {
        await db.schema.createTable('half').addColumn('a', 'text').execute()
        await sql`insert into half values ('x')`.execute(db)
        await sql`insert into nowhere values (1)`.execute(db)
      },
    }
    const migrator = new Migrator({
      db: opened.migrating,
      provider: { getMigrations: async () => ({ '0001-half': half }) },
    })
    const { error } = await migrator.migrateToLatest()
    expect(error).toBeDefined()
    const tables = (await opened.reader.introspection.getTables()).map(table => table.name)
    expect(tables).not.toContain('half')
    expect((await schemaState(opened)).applied).toEqual([])
  })

  test('a database of a newer version is refused before anything is touched', async () => {
    await using database = await freshDatabase(engine)
    await using stack = new AsyncDisposableStack()
    const opened = await openEngine(database.url)
    stack.defer(() => opened.close())
    await migrate(opened)
    await sql`insert into kysely_migration (name, timestamp) values ('9999-tomorrow', '2030')`.execute(opened.migrating)
    for (const refused of [migrate, prepareSchema]) {
      const why = await refused(opened).catch((error: unknown) => error)
      expect(why).toBeInstanceOf(Problem)
      expect(String(why)).toContain('9999-tomorrow')
    }
  })

  test('pending ones stop the start, with the command that applies them', async () => {
    await using database = await freshDatabase(engine)
    await using stack = new AsyncDisposableStack()
    const opened = await openEngine(database.url)
    stack.defer(() => opened.close())
    const applied = await migrate(opened)
    await sql`delete from kysely_migration where name = ${applied.at(-1)}`.execute(opened.migrating)
    await expect(prepareSchema(opened)).rejects.toBeInstanceOf(Problem)
    await expect(prepareSchema(opened)).rejects.toThrow('npm run migrate')
  })

  test('two processes that start on one new database at once both end with the whole schema', async () => {
    await using database = await freshDatabase(engine)
    await using stack = new AsyncDisposableStack()
    const both = await Promise.all([openEngine(database.url), openEngine(database.url)])
    for (const each of both) stack.defer(() => each.close())
    await Promise.all(both.map(each => migrate(each)))
    for (const each of both) expect((await schemaState(each)).pending).toEqual([])
  })
})
