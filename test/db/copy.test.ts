// A copy is the same rows, whole or not at all, whichever engines are on the two sides.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join as joinPath } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { createApp, transaction } from '#src/app.ts'
import { verifyAll } from '#src/contributions.ts'
import type { Bulk, Row, Rows } from '#src/db/bulk.ts'
import { createTally } from '#src/db/checksum.ts'
import { type Copied, copyRows, readyTarget, refuseUnreadySource, type Sum, sumsOf, type Watch } from '#src/db/copy.ts'
import { type Engine as Opened, openEngine } from '#src/db/index.ts'
import { migrate } from '#src/db/migrate.ts'
import { Problem } from '#src/lib/problem.ts'
import { type TestApp, testApp } from '#test/support/app.ts'
import { type Engine, engines, forEachEngine, freshDatabase } from '#test/support/engines.ts'
import { ODD_TEXT, populate } from '#test/support/populated.ts'

const quiet: Watch = { step: () => {}, signal: new AbortController().signal }
const copy = (source: Opened, target: Bulk, watch = quiet): Promise<Copied> =>
  source.bulk.read(rows => copyRows(rows, target, 'the target', watch))
const sums = (engine: Opened): Promise<Sum[]> => engine.bulk.read(rows => sumsOf(rows, quiet))
const rowsOf = async (engine: Opened): Promise<number> => (await sums(engine)).reduce((all, { rows }) => all + rows, 0)

/** The other engine, or the same where there is no server. */
const otherThan = ({ name }: Engine): Engine => {
  const other = engines.find(engine => engine.available && engine.name !== name) ?? engines[0]
  if (!other) throw new Error('SQLite is always there')
  return other
}

/** A database to copy from and an empty one, on the other engine, to copy into. */
async function scene(engine: Engine, stack: AsyncDisposableStack): Promise<{ from: TestApp; to: Opened; url: string }> {
  const from = stack.use(await testApp(engine))
  const database = stack.use(await freshDatabase(otherThan(engine)))
  const to = await openEngine(database.url)
  stack.defer(() => to.close())
  return { from, to, url: database.url }
}

async function sentenceOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(Problem)
  return (error as Problem).message
}

forEachEngine('a copy', engine => {
  test('there and back has the same counts and checksums, and every derived number follows on both', async () => {
    await using stack = new AsyncDisposableStack()
    const { from, to } = await scene(engine, stack)
    const { app } = from
    await populate(app)
    const before = await sums(app.engine)
    expect(before.filter(({ rows }) => rows > 0).length).toBeGreaterThan(12)

    await readyTarget(to, 'the target')
    expect(await copy(app.engine, to.bulk)).toEqual({ sums: before, left: [] })
    expect(await sums(to)).toEqual(before)
    expect(await verifyAll(createApp({ ...app, engine: to }))).toEqual([])

    const again = stack.use(await freshDatabase(engine))
    const back = await openEngine(again.url)
    stack.defer(() => back.close())
    await readyTarget(back, 'the target')
    await copy(to, back.bulk)
    expect(await sums(back)).toEqual(before)
    expect(await verifyAll(createApp({ ...app, engine: back }))).toEqual([])
    const odd = back.reader.selectFrom('meta').select('value').where('key', '=', 'odd')
    expect(await odd.executeTakeFirstOrThrow()).toEqual({ value: ODD_TEXT })
  })

  test('goes on giving out numbers after the last, also after one whose row is gone', async () => {
    await using stack = new AsyncDisposableStack()
    const { from, to } = await scene(engine, stack)
    await populate(from.app)
    await readyTarget(to, 'the target')
    await copy(from.app.engine, to.bulk)
    for (const target of [from.app.engine, to]) {
      const { id } = await target.transaction(db =>
        db
          .insertInto('inbox')
          .values({ bot: 'telegram:1', event_id: 'four', state: 'received', request: '{}', received_at: 1 })
          .returning('id')
          .executeTakeFirstOrThrow(),
      )
      expect(id).toBe(4)
    }
  })

  test('holds what it was filled with to the same rules: references, append-only tables', async () => {
    await using stack = new AsyncDisposableStack()
    const { from, to } = await scene(engine, stack)
    await populate(from.app)
    await readyTarget(to, 'the target')
    await copy(from.app.engine, to.bulk)
    await expect(to.transaction(db => sql`update ledger set amount = 1`.execute(db))).rejects.toThrow('append-only')
    await expect(to.transaction(db => sql`delete from activity`.execute(db))).rejects.toThrow('append-only')
    await expect(
      to.transaction(db => sql`insert into settings values ('nowhere', 'key', 'value')`.execute(db)),
    ).rejects.toThrow(/foreign key/i)
    await expect(
      to.transaction(db => sql`insert into persons (id, created_at) values ('per-later', 1)`.execute(db)),
    ).rejects.toThrow(/unique/i)
  })

  test('is of one moment: what is written meanwhile is not in it', async () => {
    await using stack = new AsyncDisposableStack()
    const { from, to } = await scene(engine, stack)
    const { app } = from
    await populate(app)
    const before = await sums(app.engine)
    await readyTarget(to, 'the target')
    let written = 0
    const copied = await app.engine.bulk.read(rows => {
      const meanwhile: Rows = {
        ...rows,
        async *batches(table) {
          const key = `meanwhile ${table.name}`
          await transaction(app, ({ db }) => db.insertInto('meta').values({ key, value: 'x' }).execute())
          written++
          yield* rows.batches(table)
        },
      }
      return copyRows(meanwhile, to.bulk, 'the target', quiet)
    })
    expect(written).toBeGreaterThan(12)
    expect(copied.sums).toEqual(before)
    expect(await sums(app.engine)).not.toEqual(before)
  })

  test('into a database with rows, with foreign tables or of a newer version is refused, and changes nothing', async () => {
    await using stack = new AsyncDisposableStack()
    const { to: full } = await scene(engine, stack)
    await migrate(full)
    await full.transaction(db => db.insertInto('meta').values({ key: 'k', value: 'v' }).execute())
    expect(await sentenceOf(readyTarget(full, 'the target'))).toContain('the target already holds rows (meta)')
    // Also when they come between looking and filling.
    const { from } = await scene(engine, stack)
    expect(await sentenceOf(copy(from.app.engine, full.bulk))).toContain('already holds rows (meta)')
    expect(await rowsOf(full)).toBe(1)

    const { to: foreign } = await scene(engine, stack)
    await foreign.transaction(db => sql`create table recipes (id integer primary key, cake text)`.execute(db))
    expect(await sentenceOf(readyTarget(foreign, 'the target'))).toContain("not Muster's (recipes)")
    expect((await foreign.reader.introspection.getTables()).map(({ name }) => name)).toEqual(['recipes'])

    const { to: newer } = await scene(engine, stack)
    await migrate(newer)
    await sql`insert into kysely_migration (name, timestamp) values ('9999-tomorrow', '2030')`.execute(newer.migrating)
    expect(await sentenceOf(readyTarget(newer, 'the target'))).toContain('newer Muster (it has 9999-tomorrow')
  })

  test('of a database that is not at this version is refused', async () => {
    await using stack = new AsyncDisposableStack()
    const { from, to } = await scene(engine, stack)
    expect(await sentenceOf(refuseUnreadySource(to, 'the source'))).toContain('nothing to copy')
    const source = from.app.engine
    await refuseUnreadySource(source, 'the source')
    const last = sql`(select max(name) from kysely_migration)`
    await sql`delete from kysely_migration where name = ${last}`.execute(source.migrating)
    expect(await sentenceOf(refuseUnreadySource(source, 'the source'))).toContain('npm run migrate')
    await sql`insert into kysely_migration (name, timestamp) values ('9999-tomorrow', '2030')`.execute(source.migrating)
    expect(await sentenceOf(refuseUnreadySource(source, 'the source'))).toContain('newer Muster')
  })

  test('into a database that a running Muster answers from is refused', async () => {
    await using stack = new AsyncDisposableStack()
    const { to, url } = await scene(engine, stack)
    const running = await openEngine(url)
    stack.defer(() => running.close())
    const ownership = await running.own('telegram:1')
    expect(ownership).not.toBeNull()
    expect(await sentenceOf(readyTarget(to, 'the target'))).toContain('in use by a running Muster')
    await ownership?.release()
    await readyTarget(to, 'the target')
  })

  test('that does not arrive as sent, is stopped, or has rows that refer to nothing is not kept', async () => {
    await using stack = new AsyncDisposableStack()
    const { from, to } = await scene(engine, stack)
    const { app } = from
    await populate(app)
    await readyTarget(to, 'the target')
    const onTheWay = (change: (rows: readonly Row[]) => readonly Row[], name: string): Bulk => ({
      ...to.bulk,
      fill: work =>
        to.bulk.fill(filling =>
          work({
            ...filling,
            insert: (table, rows) => filling.insert(table, table.name === name ? change(rows) : rows),
          }),
        ),
    })
    const lost = onTheWay(rows => rows.slice(1), 'ledger')
    expect(await sentenceOf(copy(app.engine, lost))).toContain('ledger did not arrive as sent')
    const changed = onTheWay(
      rows => rows.map(row => row.map(value => (value === ODD_TEXT ? `${ODD_TEXT} ` : value))),
      'meta',
    )
    expect(await sentenceOf(copy(app.engine, changed))).toContain('meta did not arrive as sent')

    const stopping = new AbortController()
    const step: Watch['step'] = ({ what }) => {
      if (what === 'ledger') stopping.abort(new Problem('stopped'))
    }
    expect(await sentenceOf(copy(app.engine, to.bulk, { step, signal: stopping.signal }))).toBe('stopped')

    // A source that has lost rows others refer to, and tells so of itself.
    const loose = app.engine.bulk.read(rows => {
      const without = {
        ...rows,
        batches: (table: Rows['tables'][number]) => (table.name === 'members' ? none() : rows.batches(table)),
      }
      return copyRows({ ...without, count: rows.count }, to.bulk, 'the target', quiet)
    })
    expect(await sentenceOf(loose)).toContain('that are not there')

    expect(await rowsOf(to)).toBe(0)
    await copy(app.engine, to.bulk)
    expect(await sums(to)).toEqual(await sums(app.engine))
  })

  test('leaves tables that are not Muster’s where they are, and refuses one of Muster’s that was changed by hand', async () => {
    await using stack = new AsyncDisposableStack()
    const { from, to } = await scene(engine, stack)
    const { app } = from
    await populate(app)
    await app.engine.transaction(db => sql`create table recipes (id integer primary key, cake text)`.execute(db))
    await app.engine.transaction(db => sql`insert into recipes values (1, 'plum')`.execute(db))
    await readyTarget(to, 'the target')
    expect((await copy(app.engine, to.bulk)).left).toEqual(['recipes'])
    const { to: other } = await scene(engine, stack)
    await readyTarget(other, 'the target')
    await app.engine.transaction(db => sql`alter table meta add column colour text`.execute(db))
    expect(await sentenceOf(copy(app.engine, other.bulk))).toContain('The table meta is not as the migrations make it')
    expect(await rowsOf(other)).toBe(0)
  })

  test.each(['migrated', 'copying ledger', 'checking ledger', 'everything written'])(
    'that is killed when it has come to "%s" leaves an empty database, and the next one succeeds',
    async point => {
      await using stack = new AsyncDisposableStack()
      const { from, to, url } = await scene(engine, stack)
      await populate(from.app)
      const args = [joinPath(import.meta.dirname, 'copy-process.ts'), from.url, url, point]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
      expect((await once(child, 'exit'))[1]).toBe('SIGKILL')
      expect(await rowsOf(to)).toBe(0)
      await readyTarget(to, 'the target')
      await copy(from.app.engine, to.bulk)
      expect(await sums(to)).toEqual(await sums(from.app.engine))
    },
  )
})

async function* none(): AsyncGenerator<readonly Row[]> {}

describe('what only one engine can keep', () => {
  const [sqlite, postgres] = engines
  test.runIf(postgres?.available)(
    'a character that PostgreSQL cannot keep is named by its place, not shown',
    async () => {
      await using stack = new AsyncDisposableStack()
      const { from, to } = await scene(sqlite as Engine, stack)
      const account = { person_id: 'per-x', platform: 'telegram', platform_id: '1', created_at: 1 } as const
      await from.app.engine.transaction(async db => {
        await db.insertInto('persons').values({ id: 'per-x', created_at: 1 }).execute()
        await db
          .insertInto('accounts')
          .values({ ...account, id: 'acc-x', name: 'A\0da' })
          .execute()
      })
      await readyTarget(to, 'the target')
      const why = await sentenceOf(copy(from.app.engine, to.bulk))
      expect(why).toContain('accounts holds text with a character that PostgreSQL cannot keep')
      expect(why).toContain('column name of the row with id acc-x')
      expect(why).not.toContain('A\0da')
      expect(await rowsOf(to)).toBe(0)
    },
  )

  test('a number too large to be held exactly is refused instead of rounded', async () => {
    await using stack = new AsyncDisposableStack()
    const { from, to } = await scene(sqlite as Engine, stack)
    await from.app.engine.transaction(db =>
      sql`insert into persons (id, created_at) values ('per-x', 9007199254740993)`.execute(db),
    )
    await readyTarget(to, 'the target')
    await expect(copy(from.app.engine, to.bulk)).rejects.toThrow('persons holds 9007199254740992')
    expect(await rowsOf(to)).toBe(0)
  })
})

describe('a checksum', () => {
  const of = (...batches: Row[][]) => {
    const tally = createTally('t')
    for (const rows of batches) tally.add(rows)
    return tally.sha256()
  }
  const a: Row = [1, 'a', null]
  const b: Row = [2, 'b', null]
  test('does not depend on the order of rows, nor on how they were cut into batches', () => {
    expect(of([a, b])).toBe(of([b], [a]))
    expect(of()).toBe('0'.repeat(64))
  })
  test.each([
    ['a lost row', [a]],
    ['a row twice', [a, b, b]],
    ['both rows twice', [a, b, a, b]],
    ['a changed value', [a, [2, 'c', null]]],
    ['null that became text', [a, [2, 'b', 'null']]],
    ['a number that became text', [a, ['2', 'b', null]]],
    ['nothing that became empty', [a, [2, 'b', '']]],
    [
      'values that changed places',
      [
        [2, 'a', null],
        [1, 'b', null],
      ],
    ],
  ] as Array<[string, Row[]]>)('sees %s', (_, rows) => {
    expect(of(rows)).not.toBe(of([a, b]))
  })
})
