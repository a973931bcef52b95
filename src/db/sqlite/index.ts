/** The embedded engine: one file, one writing connection, one reading connection. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { errorCode, Problem } from '../../lib/problem.ts'
import { createBatches } from '../batch.ts'
import type { Engine, Work } from '../engine.ts'
import type { Database } from '../schema/index.ts'
import { kyselyOver, openRaw, type Raw } from './connection.ts'
import { createOwners } from './lock.ts'
import { createWriter } from './transaction.ts'

export interface SqliteOptions {
  /** `full` (default) survives a power cut; `normal` may lose the last moments of one, never a process crash. */
  readonly synchronous?: 'full' | 'normal'
}

/** Opens (and creates) the database file. */
export function openSqlite(path: string, options: SqliteOptions = {}): Engine {
  const synchronous = options.synchronous ?? 'full'
  const writing = explained(path, () => {
    makeFolder(dirname(path))
    return openRaw(path, { readonly: false, synchronous })
  })
  const writer = kyselyOver(writing)
  const submit = createWriter(writing, writer)
  const reader = kyselyOver(explained(path, () => openRaw(path, { readonly: true, synchronous })))
  const { version } = writing.prepare('select sqlite_version() as version').get() as { version: string }
  return {
    title: `SQLite ${version}`,
    capabilities: { rowLocks: false },
    reader,
    transaction: submit,
    grouped: submit,
    batched: createBatches(submit),
    snapshot: work => snapshot(path, work),
    // There is one writer, and it is this transaction.
    lockTables: async () => {},
    own: createOwners(path),
    migrating: writer,
    close: async () => {
      await reader.destroy()
      await writer.destroy()
    },
  }
}

/** One folder at a time: node's own recursion never ends below a place like /proc, where making a folder says that its parent is missing. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  const parent = dirname(folder)
  if (parent !== folder) makeFolder(parent)
  mkdirSync(folder)
}

/** A connection of its own, in one read transaction. */
async function snapshot<T>(path: string, work: Work<T>): Promise<T> {
  const db = await openSqliteReader(path)
  try {
    await sql`begin`.execute(db)
    return await work(db)
  } finally {
    await db.destroy()
  }
}

/** For another thread: reads what is committed. */
export function openSqliteReader(path: string): Kysely<Database> {
  return kyselyOver(explained(path, () => openRaw(path, { readonly: true, synchronous: 'full' })))
}

function explained(path: string, open: () => Raw): Raw {
  try {
    return open()
  } catch (error) {
    const url = `DATABASE_URL=sqlite:${path}`
    switch (errorCode(error)) {
      case 'SQLITE_NOTADB':
        throw new Problem(
          `${url} is not a Muster database (the file is something else). Name another file, or move that one away.`,
        )
      case 'SQLITE_CORRUPT':
        throw new Problem(`${url} is damaged. Restore your last backup, or move the file away to start anew.`)
      case 'SQLITE_FULL':
      case 'ENOSPC':
        throw new Problem(`${url} cannot be written: the disk is full. Free some space and start again.`)
      case 'SQLITE_BUSY':
        throw new Problem(`${url} is locked by another program. Close it and start again.`)
      default: {
        const why = existsSync(path) ? 'cannot be opened for reading and writing' : 'cannot be created'
        throw new Problem(
          `${url} ${why} (${errorCode(error) ?? 'unknown reason'}). Check the path and who may write there.`,
          { cause: error },
        )
      }
    }
  }
}
