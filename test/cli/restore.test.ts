// `npm run restore` for real: the same rows and files on either engine, or a plain sentence and nothing changed.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { openEngine } from '#src/db/index.ts'
import { migrate, schemaState } from '#src/db/migrate.ts'
import { filesBelow } from '#src/lib/durable.ts'
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
  rowsIn,
  start,
  sumsOfApp,
  tool,
  toolOnSmallDisk,
} from './tool.ts'

const sqlite = engines[0] as Engine
const otherThan = ({ name }: Engine): Engine => engines.find(one => one.available && one.name !== name) ?? sqlite
const ESSAYS = ['aa/aa000000000000000000', 'aa/aa111111111111111111', 'zz/zz000000000000000000']

/** A backup of the demo community with three files, and where it came from. */
async function backedUp(engine: Engine, stack: AsyncDisposableStack) {
  const source = stack.use(await testApp(engine))
  await populate(source.app)
  const folder = ownFolder(stack)
  for (const path of ESSAYS) {
    mkdirSync(dirname(join(folder, 'uploads', path)), { recursive: true })
    writeFileSync(join(folder, 'uploads', path), `essay ${path}`)
  }
  const backup = join(folder, 'backup')
  const env = { DATABASE_URL: source.url, FILES_DIR: join(folder, 'uploads') }
  expect((await tool('backup', env, '--to', backup)).code).toBe(0)
  return { app: source.app, backup }
}

forEachEngine('npm run restore', engine => {
  test('of a backup from the other engine brings every row and file, once', async () => {
    await using stack = new AsyncDisposableStack()
    const { app, backup } = await backedUp(otherThan(engine), stack)
    const target = stack.use(await freshDatabase(engine))
    const env = { DATABASE_URL: target.url, FILES_DIR: join(ownFolder(stack), 'deep', 'files') }
    const manifest = readFileSync(join(backup, 'manifest.json'), 'utf8')
    const { code, out } = await tool('restore', env, '--from', backup)
    expect(out).toContain('and 3 files into')
    expect(out).toContain('every derived number follows')
    expect(code).toBe(0)
    expect(await holds(target.url)).toEqual(await sumsOfApp(app))
    expect(await filesBelow(env.FILES_DIR)).toEqual(ESSAYS)
    for (const path of ESSAYS) expect(readFileSync(join(env.FILES_DIR, path), 'utf8')).toBe(`essay ${path}`)
    // Nothing was left beside the backup, nor changed in it.
    expect(names(backup)).toEqual(['files', 'manifest.json', 'muster.db'])
    expect(readFileSync(join(backup, 'manifest.json'), 'utf8')).toBe(manifest)

    expectOneSentence(await tool('restore', env, '--from', backup), `FILES_DIR=${env.FILES_DIR} already holds files`)
    const elsewhere = { ...env, FILES_DIR: join(ownFolder(stack), 'files') }
    expectOneSentence(await tool('restore', elsewhere, '--from', backup), 'already holds rows', 'nothing was changed')
    expect(existsSync(elsewhere.FILES_DIR)).toBe(false)
    expect(await holds(target.url)).toEqual(await sumsOfApp(app))
  })

  test('of an older backup brings its rows to this version’s schema, and leaves the backup as it is', async () => {
    await using stack = new AsyncDisposableStack()
    const old = stack.use(await freshDatabase(engine))
    const opened = await openEngine(old.url)
    stack.defer(() => opened.close())
    const [first = '', ...later] = (await schemaState(opened)).pending
    await migrate(opened, [first])
    await sql`insert into persons (id, created_at) values ('per-old', 1)`.execute(opened.migrating)
    const folder = ownFolder(stack)
    const backup = join(folder, 'backup')
    const files = join(folder, 'files')
    expect((await tool('backup', { DATABASE_URL: old.url, FILES_DIR: files }, '--to', backup)).code).toBe(0)
    const before = readFileSync(join(backup, 'muster.db'))

    const target = stack.use(await freshDatabase(engine))
    const result = await tool('restore', { DATABASE_URL: target.url, FILES_DIR: files }, '--from', backup)
    expect(result.out).toContain(`brought to this version's schema (${later.join(', ')})`)
    expect(result.code).toBe(0)
    const restored = await openEngine(target.url)
    stack.defer(() => restored.close())
    expect((await schemaState(restored)).pending).toEqual([])
    expect(await restored.reader.selectFrom('persons').select('id').execute()).toEqual([{ id: 'per-old' }])
    expect(readFileSync(join(backup, 'muster.db')).equals(before)).toBe(true)
  })

  test('that is killed never leaves rows without their files, and is refused where it left files', async () => {
    await using stack = new AsyncDisposableStack()
    const { app, backup } = await backedUp(sqlite, stack)
    const target = stack.use(await freshDatabase(engine))
    const files = join(ownFolder(stack), 'files')
    const env = { DATABASE_URL: target.url, FILES_DIR: files }
    const running = start('restore', env, '--from', backup)
    await until('files arrive', () => existsSync(files))
    running.kill('SIGKILL')
    await running.ended
    const arrived = await filesBelow(files)
    if ((await rowsIn(target.url)) > 0) expect(arrived).toEqual(ESSAYS)
    else {
      if (arrived.length > 0)
        expectOneSentence(await tool('restore', env, '--from', backup), 'already holds files', 'Move them away')
      rmSync(files, { recursive: true, force: true })
      expect((await tool('restore', env, '--from', backup)).code).toBe(0)
    }
    expect(await holds(target.url)).toEqual(await sumsOfApp(app))
  })
})

describe('npm run restore refuses in one sentence, and makes neither a database nor files,', () => {
  const stack = new AsyncDisposableStack()
  let backup: string
  beforeAll(async () => {
    ;({ backup } = await backedUp(sqlite, stack))
    return () => stack.disposeAsync()
  })

  type Edit = (folder: string) => void
  const edited =
    (change: (manifest: Record<string, unknown>) => void): Edit =>
    folder => {
      const path = join(folder, 'manifest.json')
      const manifest = JSON.parse(readFileSync(path, 'utf8'))
      change(manifest)
      writeFileSync(path, JSON.stringify(manifest))
    }
  const written =
    (path: string, text: string): Edit =>
    folder =>
      writeFileSync(join(folder, path), text)
  const flip: Edit = folder => {
    const bytes = readFileSync(join(folder, 'muster.db'))
    const middle = bytes.length >> 1
    bytes[middle] = (bytes[middle] ?? 0) ^ 1
    writeFileSync(join(folder, 'muster.db'), bytes)
  }

  test.each<[string, Edit, string[]]>([
    [
      'a folder without a manifest',
      folder => rmSync(join(folder, 'manifest.json')),
      ['is no backup', 'no manifest.json'],
    ],
    ['a folder that is not there', folder => rmSync(folder, { recursive: true }), ['is no backup']],
    ['the manifest of another program', written('manifest.json', '{"name":"app","icons":[]}'), ['another program']],
    ['a manifest that is a list', written('manifest.json', '[]'), ['another program']],
    ['a manifest that was cut off', written('manifest.json', '{"format":"muster-ba'), ['is damaged', 'cannot be read']],
    ['a manifest without its tables', edited(m => delete m.tables), ['is damaged', 'incomplete']],
    [
      'a manifest that leads out of the folder',
      edited(m => (m.files = [{ path: '../../muster.db', bytes: 1, sha256: '0'.repeat(64) }])),
      ['is damaged', 'incomplete'],
    ],
    ['a newer kind of backup', edited(m => (m.format = 'muster-backup-2')), ['newer Muster', 'muster-backup-2']],
    [
      'a backup of a newer version',
      edited(m => (m.migrations as string[]).push('9999-tomorrow')),
      ['newer Muster', '9999-tomorrow', 'Update this installation'],
    ],
    [
      'a database that was cut off',
      folder => truncateSync(join(folder, 'muster.db'), 9000),
      ['is damaged', '9000 bytes'],
    ],
    ['a database with one bit flipped', flip, ['is damaged', 'muster.db is not what it was']],
    ['a database that is missing', folder => rmSync(join(folder, 'muster.db')), ['is damaged', 'muster.db is missing']],
    [
      'a file that is missing',
      folder => rmSync(join(folder, 'files/aa'), { recursive: true }),
      ['is damaged', 'is missing'],
    ],
    [
      'a changed file',
      written(`files/${ESSAYS[2]}`, 'essay zz/zz000000000000000001'),
      ['is damaged', 'not what it was'],
    ],
    [
      'other rows than it lists',
      edited(m => Object.assign((m.tables as object[])[0] ?? {}, { rows: 11 })),
      ['is damaged', 'accounts does not hold the 11 rows'],
    ],
  ])('%s', async (_, edit, parts) => {
    await using own = new AsyncDisposableStack()
    const folder = ownFolder(own)
    const from = join(folder, 'backup')
    cpSync(backup, from, { recursive: true })
    edit(from)
    const env = { DATABASE_URL: `sqlite:${join(folder, 'new.db')}`, FILES_DIR: join(folder, 'files') }
    expectOneSentence(await tool('restore', env, '--from', from), `--from ${from}`, ...parts)
    expect(names(folder).filter(name => name !== 'backup')).toEqual([])
  })

  test('no backup named, the backup itself as the target, a place where no files can be', async () => {
    await using own = new AsyncDisposableStack()
    const folder = ownFolder(own)
    writeFileSync(join(folder, 'letter'), '')
    const env = { DATABASE_URL: `sqlite:${join(folder, 'new.db')}`, FILES_DIR: join(folder, 'files') }
    expectOneSentence(await tool('restore', env), 'Say which backup')
    expectOneSentence(
      await tool('restore', { ...env, DATABASE_URL: `sqlite:${backup}/muster.db` }, '--from', backup),
      'is the backup itself',
    )
    for (const files of ['letter', 'letter/files'])
      expectOneSentence(
        await tool('restore', { ...env, FILES_DIR: join(folder, files) }, '--from', backup),
        `FILES_DIR=${join(folder, files)} is a file, or lies below one`,
      )
    expect(names(folder)).toEqual(['letter'])
  })

  test.runIf(canMount)('a disk that is full of files', async () => {
    await using own = new AsyncDisposableStack()
    const folder = ownFolder(own)
    const source = own.use(await testApp(sqlite))
    await populate(source.app)
    mkdirSync(join(folder, 'uploads/aa'), { recursive: true })
    for (const path of ['aa/aa000000000000000000', 'aa/aa111111111111111111'])
      writeFileSync(join(folder, 'uploads', path), 'x'.repeat(150_000))
    const large = join(folder, 'large')
    await tool('backup', { DATABASE_URL: source.url, FILES_DIR: join(folder, 'uploads') }, '--to', large)
    mkdirSync(join(folder, 'disk'))
    const files = join(folder, 'disk', 'files')
    const env = { DATABASE_URL: `sqlite:${join(folder, 'new.db')}`, FILES_DIR: files }
    expectOneSentence(
      await toolOnSmallDisk(200, join(folder, 'disk'), 'restore', env, '--from', large),
      `FILES_DIR=${files}: the disk is full`,
    )
    expect(await rowsIn(env.DATABASE_URL)).toBe(0)
  })
})
