// `npm run copy` for real: from one engine to the other and back, and every refusal one plain sentence that changes nothing.
import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { openEngine } from '#src/db/index.ts'
import { schemaState } from '#src/db/migrate.ts'
import { testApp } from '#test/support/app.ts'
import { type Engine, engines, forEachEngine, freshDatabase } from '#test/support/engines.ts'
import { populate } from '#test/support/populated.ts'
import { canMount, expectOneSentence, ownFolder, pathOf, rowsIn, tool, toolOnSmallDisk } from './tool.ts'

const sqlite = engines[0] as Engine
const otherThan = ({ name }: Engine): Engine => engines.find(one => one.available && one.name !== name) ?? sqlite

const countsOf = (out: string) => out.split('\n').filter(line => /^\w+ +\d+ +[0-9a-f]{16}$|^all +\d+$/.test(line))

forEachEngine('npm run copy', engine => {
  test('there and back prints the same counts and checksums, and verify is clean on every side', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(engine))
    await populate(source.app)
    const there = stack.use(await freshDatabase(otherThan(engine)))
    const back = stack.use(await freshDatabase(engine))
    const first = await tool('copy', { DATABASE_URL: source.url }, '--to', there.url)
    expect(first.out).toContain('every derived number follows')
    expect(first.code).toBe(0)
    const counts = countsOf(first.out)
    expect(counts.length).toBeGreaterThan(12)
    expect(counts.at(-1)).toMatch(new RegExp(`^all +${await rowsIn(source.url)}$`))
    const second = await tool('copy', { DATABASE_URL: there.url }, '--to', back.url)
    expect(second.code).toBe(0)
    expect(countsOf(second.out)).toEqual(counts)
    for (const { url } of [source, there, back])
      expect(await tool('verify', { DATABASE_URL: url })).toMatchObject({
        code: 0,
        out: 'Every derived number follows from its source rows.',
      })
    const before = await rowsIn(there.url)
    expectOneSentence(
      await tool('copy', { DATABASE_URL: source.url }, '--to', there.url),
      '--to ',
      'already holds rows (accounts, activity, activity_todo and',
      'nothing was changed',
    )
    expect(await rowsIn(there.url)).toBe(before)
  })

  test('of a wrong total copies it as it is, names it and exits with 1', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(engine))
    await populate(source.app)
    const wrong = sql`update balances set total = total + 1 where member_id = (select min(member_id) from balances)`
    await source.app.engine.transaction(db => wrong.execute(db))
    const there = stack.use(await freshDatabase(otherThan(engine)))
    const copied = await tool('copy', { DATABASE_URL: source.url }, '--to', there.url)
    expect(copied.code).toBe(1)
    expect(copied.out).toMatch(/points: balances member=mem\w+ unit=points total: stored \d+, recomputed \d+/)
    expect(copied.out).toContain('npm run verify -- --repair')
    expect(copied.out).not.toContain('Every count')
    expect(await rowsIn(there.url)).toBe(await rowsIn(source.url))
  })

  test('onto itself is refused, however the database is called', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(engine))
    const link = join(ownFolder(stack), 'link.db')
    if (engine.name === 'sqlite') symlinkSync(pathOf(source.url), link)
    const again = engine.name === 'sqlite' ? `sqlite:${link}` : `${source.url}?application_name=another`
    for (const to of [source.url, again])
      expectOneSentence(await tool('copy', { DATABASE_URL: source.url }, '--to', to), 'is the very database')
  })

  test('of a database that a newer or an older version left is refused before the other is touched', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(engine))
    const folder = ownFolder(stack)
    const to = `sqlite:${join(folder, 'new.db')}`
    const { migrating } = source.app.engine
    const last = (await schemaState(source.app.engine)).applied.at(-1) ?? ''
    await sql`insert into kysely_migration (name, timestamp) values ('9999-tomorrow', '2030')`.execute(migrating)
    expectOneSentence(await tool('copy', { DATABASE_URL: source.url }, '--to', to), 'newer Muster', '9999-tomorrow')
    await sql`delete from kysely_migration where name in ('9999-tomorrow', ${last})`.execute(migrating)
    expectOneSentence(await tool('copy', { DATABASE_URL: source.url }, '--to', to), last, 'npm run migrate')
    expect(existsSync(join(folder, 'new.db'))).toBe(false)
  })
})

describe('npm run copy refuses in one sentence', () => {
  test('what it is not told, and what it cannot read', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(sqlite))
    const env = { DATABASE_URL: source.url }
    expectOneSentence(await tool('copy', env), 'Say where the copy goes', '--to postgres://')
    expectOneSentence(await tool('copy', env, '--over', 'there'), "Unknown option '--over'", 'Use: npm run copy')
    expectOneSentence(await tool('copy', env, '--to', ''), '--to is empty')
    expectOneSentence(
      await tool('copy', env, '--to', 'mysql://ada:s3cret@db/muster'),
      '--to mysql://ada:***@db',
      'neither',
    )
  })

  test('a server that does not answer, without its password', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(sqlite))
    const nobody = await tool('copy', { DATABASE_URL: source.url }, '--to', 'postgres://me:s3cret@127.0.0.1:1/muster')
    expectOneSentence(nobody, '--to postgres://me:***@127.0.0.1:1/muster: no PostgreSQL answers there')
    expect(nobody.out).not.toContain('s3cret')
  })

  test('a source that is not there, and does not make it', async () => {
    await using stack = new AsyncDisposableStack()
    const folder = ownFolder(stack)
    const missing = join(folder, 'missing.db')
    const result = await tool('copy', { DATABASE_URL: `sqlite:${missing}` }, '--to', `sqlite:${join(folder, 'new.db')}`)
    expectOneSentence(result, `DATABASE_URL=sqlite:${missing}`, 'no such file')
    expect(existsSync(missing)).toBe(false)
    expect(existsSync(join(folder, 'new.db'))).toBe(false)
  })

  test('a place where nothing can be written', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(sqlite))
    const file = join(ownFolder(stack), 'file')
    writeFileSync(file, '')
    const to = `sqlite:${join(file, 'muster.db')}`
    expectOneSentence(await tool('copy', { DATABASE_URL: source.url }, '--to', to), `--to ${to}`, 'cannot be created')
  })

  test.runIf(canMount).each([
    ['before the tables are made', 200],
    ['while the rows are copied', 3000],
  ])('a disk that is full %s', async (_, size) => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(sqlite))
    const large = 'x'.repeat(4_000_000)
    await source.app.engine.transaction(db => db.insertInto('meta').values({ key: 'large', value: large }).execute())
    const folder = ownFolder(stack)
    const to = `sqlite:${join(folder, 'muster.db')}`
    expectOneSentence(
      await toolOnSmallDisk(size, folder, 'copy', { DATABASE_URL: source.url }, '--to', to),
      `--to ${to}`,
      'disk is full',
    )
  })

  test('a target that a running Muster answers from', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(sqlite))
    const target = stack.use(await freshDatabase(sqlite))
    const running = await openEngine(target.url)
    stack.defer(() => running.close())
    await running.own('telegram:1')
    expectOneSentence(
      await tool('copy', { DATABASE_URL: source.url }, '--to', target.url),
      'in use by a running Muster',
    )
  })
})
