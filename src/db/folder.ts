/** The files folder: bytes that people sent, beside the database. Names are random, and nothing in it is served by its path. */
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { flushFolder } from '../lib/durable.ts'
import { type Random, randomCharacters } from '../lib/ids.ts'
import { errorCode } from '../lib/problem.ts'

/** 100 random bits. */
const NAME_SIZE = 20
/** So that no folder grows too long to list. */
const SHELF_SIZE = 2
const PATH = /^[0-9a-z]{2}\/[0-9a-z]{20}$/
const UNFINISHED = '.part'
/** Says which database the files are of. */
const OWNER = 'database'

export interface Folder {
  /** Where it is, for backups. */
  readonly root: string
  /** Writes bytes under a new random path, durably; resolves with that path. */
  put(bytes: Uint8Array): Promise<string>
  /** Null when there is nothing. */
  get(path: string): Promise<Uint8Array | null>
  /** Removes a file; a missing one is fine. */
  drop(path: string): Promise<void>
  /** Makes the folder that of `owner` when it is nobody's; false when it is another's. */
  claim(owner: string): Promise<boolean>
  /** Paths of everything that was written before `at` (epoch ms by the disk's clock), unfinished writes included. */
  olderThan(at: number): Promise<string[]>
}

/** The folder at `root`, made at the first write. */
export function createFolder(root: string, random: Random): Folder {
  const base = resolve(root)
  const locate = (path: string): string => {
    if (!PATH.test(path.replace(UNFINISHED, ''))) throw new RangeError('not a path of the files folder')
    return join(base, path)
  }
  return {
    root: base,
    async put(bytes) {
      const name = randomCharacters(random, NAME_SIZE)
      const shelf = name.slice(0, SHELF_SIZE)
      const path = `${shelf}/${name}`
      const made = await mkdir(join(base, shelf), { recursive: true, mode: 0o700 })
      const unfinished = join(base, path + UNFINISHED)
      const file = await open(unfinished, 'wx', 0o600)
      try {
        await file.writeFile(bytes)
        // A row that names the file must never outlive its bytes.
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(unfinished, join(base, path))
      // Nor its name: a folder is flushed by itself, and so is the one that it was made in.
      await flushFolder(join(base, shelf))
      if (made) for (const folder of new Set([base, dirname(made)])) await flushFolder(folder)
      return path
    },
    get: path => readFile(locate(path)).catch(missing),
    drop: path => rm(locate(path), { force: true }),
    async claim(owner) {
      const path = join(base, OWNER)
      await writeFile(path, owner, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
        if (errorCode(error) !== 'EEXIST') throw error
      })
      return (await readFile(path, 'utf8')) === owner
    },
    async olderThan(at) {
      const found: string[] = []
      for (const shelf of (await readdir(base).catch(missing)) ?? []) {
        for (const name of (await readdir(join(base, shelf)).catch(missing)) ?? []) {
          const path = `${shelf}/${name}`
          if (!PATH.test(path.replace(UNFINISHED, ''))) continue
          const seen = await stat(join(base, path)).catch(missing)
          if (seen && seen.mtimeMs < at) found.push(path)
        }
      }
      return found
    },
  }
}

function missing(error: unknown): null {
  if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null
  throw error
}
