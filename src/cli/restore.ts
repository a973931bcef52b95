/** `npm run restore -- --from DIR`: brings a backup into the configured database and files folder, which must be empty. */
import { copyFile, mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { explaining } from '../db/bulk.ts'
import { copyRows, readyTarget, sumsOf, type Watch } from '../db/copy.ts'
import { namesFile, openEngine } from '../db/index.ts'
import { migrate, refuseNewer, stateOf } from '../db/migrate.ts'
import { reading } from '../db/sqlite/bulk.ts'
import { contentOf, copyFlushed, filesBelow, flushFolders, makeFolder } from '../lib/durable.ts'
import { errorCode, Problem, withoutPassword } from '../lib/problem.ts'
import { DATABASE_FILE, damaged, FILES_FOLDER, type KeptFile, type Manifest, readManifest } from './manifest.ts'
import { appOn, optionOf, withConfig } from './open.ts'
import { watchOn } from './progress.ts'
import { filesOf, leftOf, proved, tableOf } from './report.ts'

const USAGE = 'npm run restore -- --from backups/2026-03-04T10-00-00Z'

await withConfig(async config => {
  const from = optionOf('from', USAGE)
  if (from === undefined) throw new Problem(`Say which backup: ${USAGE}`)
  const shown = `--from ${from}`
  const into = `DATABASE_URL=${withoutPassword(config.DATABASE_URL)}`
  const folder = resolve(from)
  const database = join(folder, DATABASE_FILE)
  const manifest = await explaining(shown, () => readManifest(folder, shown))
  const { pending, ...state } = await stateOf(manifest.migrations)
  refuseNewer(state, `${shown} is a backup`)
  if (namesFile(config.DATABASE_URL, database))
    throw new Problem(`${into} is the backup itself. Name another, empty database; nothing was changed.`)
  await refuseFiles(config.FILES_DIR)

  await using stack = new AsyncDisposableStack()
  const watch = watchOn(process.stdout)
  stack.defer(() => watch.end())
  await explaining(shown, () => refuseDamaged(folder, manifest, shown, watch))
  const source = pending.length === 0 ? database : await upgraded(database, shown, stack)
  const target = await openEngine(config.DATABASE_URL)
  stack.defer(() => target.close())
  await readyTarget(target, into)

  const placed: string[] = []
  const place = () =>
    explaining(`FILES_DIR=${config.FILES_DIR}`, () =>
      placeFiles(manifest.files, join(folder, FILES_FOLDER), config.FILES_DIR, placed, watch),
    )
  const copied = await reading(source, shown, rows => copyRows(rows, target.bulk, into, watch, place)).catch(
    async (error: unknown) => {
      await takeBack(placed, config.FILES_DIR)
      throw error
    },
  )
  watch.end()
  for (const line of [tableOf(copied.sums), ...leftOf(copied)]) console.log(line)
  const good = await proved(appOn(target, config), console.log)
  const upgrade = pending.length === 0 ? '' : `, brought to this version's schema (${pending.join(', ')})`
  console.log(
    `Restored ${from} into ${into}${upgrade}, and ${filesOf(manifest.files.length)} into ${config.FILES_DIR}.`,
  )
  if (good) console.log('Every count and checksum agrees, and every derived number follows from its source rows.')
  return good ? 0 : 1
})

async function refuseFiles(folder: string): Promise<void> {
  const shown = `FILES_DIR=${folder}`
  const [first] = await explaining(shown, () => filesBelow(folder)).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOTDIR') throw error
    throw new Problem(`${shown} is a file, or lies below one. Name a folder; nothing was changed.`)
  })
  if (first !== undefined)
    throw new Problem(
      `${shown} already holds files, and nothing is ever overwritten. Move them away, or name another folder; nothing was changed.`,
    )
}

/** Everything the manifest lists is there, and is what it was. */
async function refuseDamaged(folder: string, manifest: Manifest, shown: string, watch: Watch): Promise<void> {
  const listed: KeptFile[] = [
    { path: DATABASE_FILE, ...manifest.database },
    ...manifest.files.map(file => ({ ...file, path: `${FILES_FOLDER}/${file.path}` })),
  ]
  const total = listed.reduce((all, { bytes }) => all + bytes, 0)
  let done = 0
  for (const { path, bytes, sha256 } of listed) {
    const seen = (now: number) => {
      watch.signal.throwIfAborted()
      watch.step({ doing: 'checking', what: 'bytes', done: done + now, total })
    }
    const found = await contentOf(join(folder, path), seen).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') throw damaged(shown, `${path} is missing`)
      throw error
    })
    if (found.bytes !== bytes) throw damaged(shown, `${path} has ${found.bytes} bytes instead of ${bytes}`)
    if (found.sha256 !== sha256) throw damaged(shown, `${path} is not what it was when the backup was made`)
    done += bytes
  }
  const sums = new Map(
    (await reading(join(folder, DATABASE_FILE), shown, rows => sumsOf(rows, watch))).map(sum => [sum.table, sum]),
  )
  for (const { table, rows, sha256 } of manifest.tables) {
    const found = sums.get(table)
    if (found?.rows !== rows || found.sha256 !== sha256)
      throw damaged(shown, `${table} does not hold the ${rows} rows it did`)
  }
}

/** A copy of an older backup's database with this version's schema, until the stack is disposed: the backup itself stays as it is. */
async function upgraded(database: string, shown: string, stack: AsyncDisposableStack): Promise<string> {
  return explaining(tmpdir(), async () => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-restore-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, DATABASE_FILE)
    await copyFile(database, path)
    const engine = await openEngine(`sqlite:${path}`, { named: `${shown}: `, synchronous: 'normal' })
    try {
      await migrate(engine)
    } finally {
      await engine.close()
    }
    return path
  })
}

/** Writes the files where they belong; the path of each one that is there is in `placed`. */
async function placeFiles(
  files: readonly KeptFile[],
  from: string,
  to: string,
  placed: string[],
  watch: Watch,
): Promise<void> {
  if (files.length === 0) return
  for (const [i, { path, sha256 }] of files.entries()) {
    watch.signal.throwIfAborted()
    makeFolder(dirname(join(to, path)), 0o700)
    const written = await copyFlushed(join(from, path), join(to, path))
    placed.push(path)
    if (written.sha256 !== sha256) throw new Problem(`files/${path} could not be read twice alike: check that disk.`)
    watch.step({ doing: 'copying', what: 'files', done: i + 1, total: files.length })
  }
  await flushFolders(to)
}

/** Undoes placeFiles. */
async function takeBack(placed: readonly string[], folder: string): Promise<void> {
  const root = resolve(folder)
  for (const path of placed) {
    await rm(join(root, path), { force: true })
    // Folders that are empty now, from the innermost; the first that is not ends it.
    for (let above = dirname(join(root, path)); above !== root; above = dirname(above)) {
      if (await rmdir(above).catch(() => true)) break
    }
  }
}
