/** What a backup is: a folder with `muster.db`, `files/`, and `manifest.json`, which says what must be in them. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sum } from '../db/copy.ts'
import type { Content } from '../lib/durable.ts'
import { errorCode, Problem } from '../lib/problem.ts'

export const DATABASE_FILE = 'muster.db'
export const FILES_FOLDER = 'files'
const MANIFEST_FILE = 'manifest.json'
const FORMAT = 'muster-backup-1'

export interface KeptFile extends Content {
  /** Below the files folder, with `/`. */
  readonly path: string
}

export interface Manifest {
  /** Of the Muster that made it. */
  readonly version: string
  /** ISO, UTC. */
  readonly madeAt: string
  readonly migrations: readonly string[]
  readonly database: Content
  readonly tables: readonly Sum[]
  readonly files: readonly KeptFile[]
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = JSON.stringify({ format: FORMAT, ...manifest }, null, 2)
  await writeFile(join(folder, MANIFEST_FILE), `${text}\n`, { flag: 'wx', mode: 0o600, flush: true })
}

/** Refuses a folder that is no backup, and a manifest that cannot be read; `shown` begins the sentence. */
export async function readManifest(folder: string, shown: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST_FILE), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null
    throw error
  })
  if (text === null)
    throw new Problem(
      `${shown} is no backup of Muster's: there is no ${MANIFEST_FILE} in it. Name a folder that "npm run backup" made.`,
    )
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw damaged(shown, `its ${MANIFEST_FILE} cannot be read`)
  }
  const format = isObject(parsed) ? parsed.format : undefined
  if (typeof format !== 'string' || !format.startsWith('muster-backup-'))
    throw new Problem(
      `${shown} is no backup of Muster's: its ${MANIFEST_FILE} is another program's. Name a folder that "npm run backup" made.`,
    )
  if (format !== FORMAT)
    throw new Problem(
      `${shown} is a backup of a newer Muster (it is written as ${format}, which this version does not know). Update this installation, then run this again.`,
    )
  if (!isManifest(parsed)) throw damaged(shown, `its ${MANIFEST_FILE} is incomplete`)
  return parsed
}

export function damaged(shown: string, why: string): Problem {
  return new Problem(`${shown} is damaged: ${why}. Restore another backup; nothing was changed.`)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const isSum = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
/** Nothing that could lead out of the folder. */
const isInside = (value: unknown): boolean =>
  typeof value === 'string' && /^[^/\\\0]+(\/[^/\\\0]+)*$/.test(value) && !value.split('/').includes('..')
const isContent = (value: unknown): value is Content => isObject(value) && isCount(value.bytes) && isSum(value.sha256)

function isManifest(value: unknown): value is Manifest {
  return (
    isObject(value) &&
    typeof value.version === 'string' &&
    typeof value.madeAt === 'string' &&
    Array.isArray(value.migrations) &&
    value.migrations.every(name => typeof name === 'string') &&
    isContent(value.database) &&
    Array.isArray(value.tables) &&
    value.tables.every(
      sum => isObject(sum) && typeof sum.table === 'string' && isCount(sum.rows) && isSum(sum.sha256),
    ) &&
    Array.isArray(value.files) &&
    value.files.every(file => isContent(file) && isInside((file as KeptFile).path))
  )
}
