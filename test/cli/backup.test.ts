// `npm run backup` for real: one moment, whole or not there, nothing overwritten; every refusal one plain sentence.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { type App, createApp } from '#src/app.ts'
import { verifyAll } from '#src/contributions.ts'
import { openEngine } from '#src/db/index.ts'
import { schemaState } from '#src/db/migrate.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import { ada, join as joined, lin, mo } from '#test/features/scene.ts'
import { testApp } from '#test/support/app.ts'
import { type Engine, engines, forEachEngine, freshDatabase } from '#test/support/engines.ts'
import { populate } from '#test/support/populated.ts'
import { until } from '#test/support/until.ts'
import {
  canMount,
  expectOneSentence,
  holds,
  names,
  ownFolder,
  start,
  sumsOfApp,
  tool,
  toolOnSmallDisk,
} from './tool.ts'

const ROOT = join(import.meta.dirname, '../..')
const sqlite = engines[0] as Engine
const DAY = 86_400_000
const FILE = 'k3/k3f00000000000000000'

interface Manifest {
  readonly format: string
  readonly migrations: string[]
  readonly database: { bytes: number; sha256: string }
  readonly tables: Array<{ table: string; rows: number; sha256: string }>
  readonly files: Array<{ path: string; bytes: number; sha256: string }>
}
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** Recomputes every derived number in a backup's database, on a copy: the backup itself stays as it is. */
async function differencesIn(folder: string, app: App, stack: AsyncDisposableStack) {
  const path = join(ownFolder(stack), 'opened.db')
  writeFileSync(path, readFileSync(join(folder, 'muster.db')))
  const engine = await openEngine(`sqlite:${path}`)
  stack.defer(() => engine.close())
  return verifyAll(createApp({ ...app, engine }))
}

forEachEngine('npm run backup', engine => {
  test('keeps every row and file, says what must be in it, and is for its owner alone', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(engine))
    await populate(source.app)
    const folder = ownFolder(stack)
    const files = join(folder, 'uploads')
    write(files, FILE, 'an essay')
    write(files, 'zz/zz000000000000000000.part', 'half an ess')
    const to = join(folder, 'kept', 'one')
    const env = { DATABASE_URL: source.url, FILES_DIR: files }
    const { code, out } = await tool('backup', env, '--to', to)
    expect(out).toContain(`and 1 file (`)
    expect(out).toContain(`to ${to}.`)
    expect(code).toBe(0)

    expect(names(join(folder, 'kept'))).toEqual(['one'])
    expect(names(to)).toEqual(['files', 'manifest.json', 'muster.db'])
    const manifest = manifestOf(to)
    const sums = await sumsOfApp(source.app)
    expect(manifest.tables).toEqual(sums)
    expect(manifest.migrations).toEqual((await schemaState(source.app.engine)).applied)
    const database = readFileSync(join(to, 'muster.db'))
    expect(manifest.database).toEqual({ bytes: database.length, sha256: sha256(database) })
    expect(manifest.files).toEqual([{ path: FILE, bytes: 8, sha256: sha256('an essay') }])
    expect(readFileSync(join(to, 'files', FILE), 'utf8')).toBe('an essay')
    for (const path of ['', 'files', 'muster.db', 'manifest.json', `files/${FILE}`])
      expect(statSync(join(to, path)).mode & 0o077).toBe(0)

    // Not in write-ahead mode: it can be read where nothing can be written.
    const raw = new SqliteDatabase(join(to, 'muster.db'), { readonly: true })
    expect(raw.pragma('journal_mode', { simple: true })).toBe('delete')
    raw.close()
    expect(await differencesIn(to, source.app, stack)).toEqual([])
    expectOneSentence(await tool('backup', env, '--to', to), `--to ${to}`, 'not empty', 'nothing is ever overwritten')
    expect(manifestOf(to)).toEqual(manifest)
  })

  test('is of one moment while others write: every derived number in it follows from its source rows', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(engine))
    const { app, clock } = source
    await populate(app)
    const people = await Promise.all([ada, lin, mo].map(who => joined(app, who)))
    const to = join(ownFolder(stack), 'one')
    const before = (await sumsOfApp(app)).find(({ table }) => table === 'checkins')?.rows ?? 0
    const running = start('backup', { DATABASE_URL: source.url, FILES_DIR: join(to, '../uploads') }, '--to', to)
    let over = false
    void running.ended.then(() => (over = true))
    let written = 0
    while (!over) {
      clock.advance(DAY)
      await Promise.all(people.map(who => checkIn(app, who, { at: clock.now() })))
      written += people.length
      // The other process is heard of between two rounds.
      await new Promise(resolve => setImmediate(resolve))
    }
    expect((await running.ended).code).toBe(0)
    expect(written).toBeGreaterThan(people.length)
    const kept = manifestOf(to).tables.find(({ table }) => table === 'checkins')?.rows ?? 0
    expect(kept).toBeGreaterThan(before)
    expect(kept).toBeLessThanOrEqual(before + written)
    expect(await differencesIn(to, app, stack)).toEqual([])
    expect(await holds(`sqlite:${join(to, 'muster.db')}`)).toEqual(manifestOf(to).tables)
  })

  test('that is killed never looks whole', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(engine))
    await populate(source.app)
    const folder = ownFolder(stack)
    const files = join(folder, 'uploads')
    for (let i = 0; i < 200; i++) write(files, `aa/aa${String(i).padStart(18, '0')}`, 'essay '.repeat(1000))
    const to = join(folder, 'one')
    const env = { DATABASE_URL: source.url, FILES_DIR: files }
    const running = start('backup', env, '--to', to)
    await until('it has begun', () => existsSync(`${to}.unfinished`))
    running.kill('SIGKILL')
    expect((await running.ended).signal).toBe('SIGKILL')
    expect(existsSync(to)).toBe(false)
    expectOneSentence(await tool('backup', env, '--to', to), `--to ${to}.unfinished is there`, 'cut short')
    const elsewhere = { DATABASE_URL: `sqlite:${join(folder, 'new.db')}`, FILES_DIR: join(folder, 'new') }
    expectOneSentence(await tool('restore', elsewhere, '--from', `${to}.unfinished`), 'is no backup')
    rmSync(`${to}.unfinished`, { recursive: true })
    expect((await tool('backup', env, '--to', to)).code).toBe(0)
  })

  test('that is asked to stop leaves nothing', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(engine))
    await populate(source.app)
    const folder = ownFolder(stack)
    const files = join(folder, 'uploads')
    for (let i = 0; i < 2000; i++) write(files, `aa/aa${String(i).padStart(18, '0')}`, 'essay')
    const to = join(folder, 'kept')
    const running = start('backup', { DATABASE_URL: source.url, FILES_DIR: files }, '--to', to)
    await until('it has begun', () => existsSync(`${to}.unfinished`))
    // As Ctrl-C does: the terminal tells the process, and the launcher tells it again.
    running.kill('SIGTERM')
    running.kill('SIGTERM')
    expectOneSentence(await running.ended, 'Stopped before it was finished; nothing was kept.')
    expect(names(folder)).toEqual(['uploads'])
  })

  test('of a newer version, or of a database that is not Muster’s yet, is refused', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(engine))
    const folder = ownFolder(stack)
    const env = { DATABASE_URL: source.url, FILES_DIR: join(folder, 'uploads') }
    const { migrating } = source.app.engine
    await sql`insert into kysely_migration (name, timestamp) values ('9999-tomorrow', '2030')`.execute(migrating)
    expectOneSentence(await tool('backup', env, '--to', join(folder, 'one')), 'newer Muster', '9999-tomorrow')
    const empty = stack.use(await freshDatabase(engine))
    await openEngine(empty.url).then(opened => opened.close())
    expectOneSentence(
      await tool('backup', { ...env, DATABASE_URL: empty.url }, '--to', join(folder, 'one')),
      'nothing to back up',
    )
    expect(names(folder)).toEqual([])
  })
})

describe('npm run backup', () => {
  test('goes to backups/ under the time it is of, when it is not told where', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(sqlite))
    const { out, code } = await tool('backup', { DATABASE_URL: source.url, FILES_DIR: join(ownFolder(stack), 'none') })
    const folder = /to (backups\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)\.$/m.exec(out)?.[1]
    expect(folder).toBeDefined()
    expect(code).toBe(0)
    expect(names(join(ROOT, folder ?? ''))).toEqual(['files', 'manifest.json', 'muster.db'])
    rmSync(join(ROOT, folder ?? 'nothing'), { recursive: true })
    if (names(join(ROOT, 'backups')).length === 0) rmdirSync(join(ROOT, 'backups'))
  })

  test('refuses where it cannot or may not write, in one sentence, and leaves everything as it is', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(sqlite))
    const folder = ownFolder(stack)
    const files = join(folder, 'uploads')
    write(files, FILE, 'an essay')
    const env = { DATABASE_URL: source.url, FILES_DIR: files }
    writeFileSync(join(folder, 'letter'), '')
    expectOneSentence(await tool('backup', env, '--to', join(folder, 'letter')), 'is a file, or lies below one')
    expectOneSentence(await tool('backup', env, '--to', join(folder, 'letter/one')), 'is a file, or lies below one')
    expectOneSentence(await tool('backup', env, '--to', '/proc/muster/one'), '--to /proc/muster/one')
    expectOneSentence(await tool('backup', env, '--to', join(files, 'one')), 'inside the files folder')
    expectOneSentence(await tool('backup', env, '--into', 'there'), "Unknown option '--into'")
    const missing = { ...env, DATABASE_URL: `sqlite:${join(folder, 'missing.db')}` }
    expectOneSentence(await tool('backup', missing, '--to', join(folder, 'one')), 'no such file')
    expect(names(folder)).toEqual(['letter', 'uploads'])
    expect(names(files)).toEqual(['k3'])
  })

  test('fills a folder that is there and empty', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(sqlite))
    const folder = ownFolder(stack)
    mkdirSync(join(folder, 'one'))
    const env = { DATABASE_URL: source.url, FILES_DIR: join(folder, 'none') }
    expect((await tool('backup', env, '--to', join(folder, 'one'))).code).toBe(0)
    expect(names(folder)).toEqual(['one'])
  })

  test('of a damaged database says so, and keeps nothing that looks like a backup', async () => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(sqlite))
    await populate(source.app)
    const folder = ownFolder(stack)
    const path = join(folder, 'hurt.db')
    await source.app.engine.bulk.copyFile?.(path, () => {})
    const raw = new SqliteDatabase(path)
    const page = raw
      .prepare(
        "select rootpage from sqlite_master where name = 'ledger_once' or tbl_name = 'ledger' and type = 'index'",
      )
      .pluck()
      .get() as number
    const size = raw.pragma('page_size', { simple: true }) as number
    raw.close()
    const bytes = readFileSync(path)
    bytes.fill(0, (page - 1) * size, page * size)
    writeFileSync(path, bytes)
    const env = { DATABASE_URL: `sqlite:${path}`, FILES_DIR: join(folder, 'none') }
    expectOneSentence(await tool('backup', env, '--to', join(folder, 'one')), `DATABASE_URL=sqlite:${path} is damaged`)
    expect(names(folder).filter(name => !name.startsWith('hurt'))).toEqual([])
  })

  test.runIf(canMount).each([
    ['the database', 200, 0],
    ['the files', 3000, 5_000_000],
  ])('a disk that is full of %s is one sentence', async (_, size, bytes) => {
    await using stack = new AsyncDisposableStack()
    const source = stack.use(await testApp(sqlite))
    const folder = ownFolder(stack)
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    write(join(folder, 'uploads'), FILE, 'x'.repeat(bytes))
    const env = { DATABASE_URL: source.url, FILES_DIR: join(folder, 'uploads') }
    const to = join(disk, 'one')
    expectOneSentence(await toolOnSmallDisk(size, disk, 'backup', env, '--to', to), `--to ${to}: the disk is full`)
  })
})
