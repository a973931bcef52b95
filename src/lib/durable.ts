/** Files that are whole on the disk, or not there: copied with their checksum, and flushed. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
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

/** Reads a file once; `seen` is told after each piece. */
export async function contentOf(path: string, seen: (bytes: number) => void = () => {}): Promise<Content> {
  return read(path, async (_, bytes) => seen(bytes))
}

/** Copies a file to where none is yet, flushed; what it holds. One that fails leaves nothing. */
export async function copyFlushed(path: string, to: string): Promise<Content> {
  await using target = await open(to, 'wx', 0o600)
  try {
    const content = await read(path, async piece => {
      for (let written = 0; written < piece.length; )
        written += (await target.write(piece, written, piece.length - written)).bytesWritten
    })
    await target.sync()
    return content
  } catch (error) {
    await rm(to, { force: true })
    throw error
  }
}

async function read(path: string, take: (piece: Buffer, bytes: number) => Promise<void>): Promise<Content> {
  await using source = await open(path, 'r')
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CHUNK)
  let bytes = 0
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, CHUNK)
    if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') }
    const piece = buffer.subarray(0, bytesRead)
    hash.update(piece)
    bytes += bytesRead
    await take(piece, bytes)
  }
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

/** Flushes the names in a folder and in all folders below. */
export async function flushFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await flushFolders(join(folder, entry.name))
  await flushFolder(folder)
}

/** Flushes the names in a folder. */
export async function flushFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r')
    await handle.sync()
  } catch (error) {
    // Not every system flushes folders.
    if (!['EISDIR', 'EPERM', 'EINVAL', 'EACCES'].includes(errorCode(error) ?? '')) throw error
  }
}

/** Flushes what is in a file. */
export async function flushFile(path: string): Promise<void> {
  await using handle = await open(path, 'r+')
  await handle.sync()
}
