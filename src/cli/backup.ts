/** `npm run backup`: the configured database and the files folder, as of one moment, in a folder of their own. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs'
import { chmod, readFile, rm } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { explaining, inPlainWords } from '../db/bulk.ts'
import { copyRows, readyTarget, type Sum, sumsOf, type Watch } from '../db/copy.ts'
import { type Engine, openEngine } from '../db/index.ts'
import { refuseNewer, schemaState } from '../db/migrate.ts'
import { reading } from '../db/sqlite/bulk.ts'
import { sealFile } from '../db/sqlite/file.ts'
import { contentOf, copyFlushed, filesBelow, flushFile, flushFolder, flushFolders, makeFolder } from '../lib/durable.ts'
import { errorCode, Problem, withoutPassword } from '../lib/problem.ts'
import { DATABASE_FILE, FILES_FOLDER, type KeptFile, type Manifest, writeManifest } from './manifest.ts'
import { optionOf, withConfig } from './open.ts'
import { watchOn } from './progress.ts'
import { filesOf, tableOf } from './report.ts'

/** What a backup is called until it is whole. */
const UNFINISHED = '.unfinished'
/** What the files folder calls a file until it is whole. */
const PART = '.part'
const FOLDER = 'backups'

await withConfig(async config => {
  const madeAt = new Date().toISOString()
  const to = optionOf('to', 'npm run backup, or npm run backup -- --to DIR') ?? join(FOLDER, nameOf(madeAt))
  const shown = `--to ${to}`
  const from = `DATABASE_URL=${withoutPassword(config.DATABASE_URL)}`
  const folder = resolve(to)
  refuseTaken(folder, shown, resolve(config.FILES_DIR))
  await using stack = new AsyncDisposableStack()
  const source = await openEngine(config.DATABASE_URL, { mustExist: true })
  stack.defer(() => source.close())
  const { applied, ...state } = await schemaState(source)
  if (applied.length === 0) throw new Problem(`${from} is no database of Muster's yet: there is nothing to back up.`)
  refuseNewer(state, `${from} is a database`)

  const watch = watchOn(process.stdout)
  stack.defer(() => watch.end())
  const unfinished = folder + UNFINISHED
  begin(unfinished, shown)
  try {
    const tables = await keepDatabase(source, unfinished, applied, watch, { from, shown })
    // After the database: a file is there before the row that names it.
    const files = await explaining(shown, () => keepFiles(config.FILES_DIR, unfinished, watch))
    const database = await contentOf(join(unfinished, DATABASE_FILE))
    const manifest: Manifest = { version: await version(), madeAt, migrations: applied, database, tables, files }
    await explaining(shown, () => finish(unfinished, folder, manifest))
    watch.end()
    console.log(tableOf(tables))
    const bytes = files.reduce((all, file) => all + file.bytes, database.bytes)
    console.log(`Backed up ${from} and ${filesOf(files.length)} (${Math.ceil(bytes / 1e6)} MB) to ${to}.`)
    console.log(
      `It holds what people wrote and sent: keep it as safe as the database. "npm run restore -- --from ${to}" brings it back.`,
    )
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw inPlainWords(error, shown)
  }
  return 0
})

/** `2026-03-04T10-00-00Z`: no colons, which some systems refuse. */
function nameOf(madeAt: string): string {
  return madeAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '-')
}

/** Nothing is ever overwritten, nor taken into itself. */
function refuseTaken(folder: string, shown: string, filesFolder: string): void {
  const way = relative(filesFolder, folder)
  if (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
    throw new Problem(
      `${shown} lies inside the files folder (FILES_DIR), which is part of the backup. Name another folder.`,
    )
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw errorCode(error) === 'ENOTDIR'
      ? new Problem(`${shown} is a file, or lies below one. Name a folder that is not there yet.`)
      : inPlainWords(error, shown)
  }
  if (names.length > 0)
    throw new Problem(`${shown} is not empty, and nothing is ever overwritten. Name a folder that is not there yet.`)
}

/** Makes the folder that is filled; nobody else's. */
function begin(unfinished: string, shown: string): void {
  try {
    makeFolder(dirname(unfinished), 0o700)
    mkdirSync(unfinished, { mode: 0o700 })
  } catch (error) {
    if (errorCode(error) === 'EEXIST')
      throw new Problem(
        `${shown}${UNFINISHED} is there: another backup is being made, or one was cut short. Wait for it or delete it, then run this again.`,
      )
    const plain = inPlainWords(error, shown)
    throw plain instanceof Problem
      ? plain
      : new Problem(`${shown} cannot be made (${errorCode(error)}). Check the path and who may write there.`, {
          cause: error,
        })
  }
}

/** Writes `muster.db`: the file as it is, or the rows of a server in a new file of the same schema. What it holds. */
async function keepDatabase(
  source: Engine,
  folder: string,
  applied: readonly string[],
  watch: Watch,
  { from, shown }: { from: string; shown: string },
): Promise<readonly Sum[]> {
  const path = join(folder, DATABASE_FILE)
  if (source.bulk.copyFile) {
    await source.bulk.copyFile(path, (done, total) => {
      watch.signal.throwIfAborted()
      watch.step({ doing: 'copying', what: 'pages', done, total })
    })
    sealFile(path, from)
    return reading(path, shown, rows => sumsOf(rows, watch))
  }
  const target = await openEngine(`sqlite:${path}`, { named: `${shown}: `, synchronous: 'normal' })
  let sums: readonly Sum[]
  try {
    await readyTarget(target, shown, applied)
    sums = (await source.bulk.read(rows => copyRows(rows, target.bulk, shown, watch))).sums
  } finally {
    await target.close()
  }
  sealFile(path, shown)
  return sums
}

/** Copies the files folder; one that is deleted meanwhile is left out, as is one that is still being written. */
async function keepFiles(from: string, to: string, watch: Watch): Promise<KeptFile[]> {
  const kept: KeptFile[] = []
  const paths = (await filesBelow(from)).filter(path => !path.endsWith(PART))
  const below = join(to, FILES_FOLDER)
  makeFolder(below, 0o700)
  for (const [i, path] of paths.entries()) {
    watch.signal.throwIfAborted()
    makeFolder(dirname(join(below, path)), 0o700)
    try {
      kept.push({ path, ...(await copyFlushed(join(from, path), join(below, path))) })
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
    watch.step({ doing: 'copying', what: 'files', done: i + 1, total: paths.length })
  }
  return kept
}

/** Everything is on the disk before the folder gets the name of a whole backup. */
async function finish(unfinished: string, folder: string, manifest: Manifest): Promise<void> {
  await writeManifest(unfinished, manifest)
  await chmod(join(unfinished, DATABASE_FILE), 0o600)
  await flushFile(join(unfinished, DATABASE_FILE))
  await flushFolders(unfinished)
  // There may be an empty one.
  if (existsSync(folder)) rmdirSync(folder)
  renameSync(unfinished, folder)
  await flushFolder(dirname(folder))
}

async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
