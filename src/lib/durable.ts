/** Files that are whole on the disk, or not there: copied with their checksum, and flushed. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode } from './problem.ts'

/** What a file holds. */
export interface Content {
  readonly bytes: number
  readonly sha256: string
}

const CHUNK = 1 << 20

/** One folder at a time: node's own recursion never ends below a place like /proc, where making a folder says that its parent is missing. */
export function makeFolder(folder: string, mode?: number): void {
  if (existsSync(folder)) return
  const parent = dirname(folder)
  if (parent !== folder) makeFolder(parent, mode)
  mkdirSync(folder, { mode })
}

/** Reads a file once, and writes what it read where `to` says; `seen` is told after each piece. */
export async function contentOf(path: string, seen: (bytes: number) => void = () => {}, to?: string): Promise<Content> {
  await using source = await open(path, 'r')
  // Never over something that is there.
  await using target = to === undefined ? null : await open(to, 'wx', 0o600)
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CHUNK)
  let bytes = 0
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, CHUNK)
    if (bytesRead === 0) break
    const piece = buffer.subarray(0, bytesRead)
    hash.update(piece)
    for (let written = 0; target && written < bytesRead; )
      written += (await target.write(piece, written, bytesRead - written)).bytesWritten
    bytes += bytesRead
    seen(bytes)
  }
  await target?.sync()
  return { bytes, sha256: hash.digest('hex') }
}

/** Paths of all plain files below a folder, with `/`, sorted; none when there is no such folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = []
  const walk = async (below: string): Promise<void> => {
    const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return []
      throw error
    })
    for (const entry of entries) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) await walk(path)
      else if (entry.isFile()) found.push(path)
    }
  }
  await walk('')
  return found.sort()
}

/** Flushes a file, or the list of a folder's names. */
export async function flush(path: string): Promise<void> {
  try {
    await using handle = await open(path, 'r')
    await handle.sync()
  } catch (error) {
    // Not every system flushes folders.
    if (!['EISDIR', 'EPERM', 'EINVAL', 'EACCES'].includes(errorCode(error) ?? '')) throw error
  }
}
