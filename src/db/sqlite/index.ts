/** The embedded engine: one file, one writing connection, one reading connection. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { makeFolder } from '../../lib/durable.ts'
import { errorCode, Problem } from '../../lib/problem.ts'
import { createBatches } from '../batch.ts'
import type { Engine, OpenOptions, Work } from '../engine.ts'
import type { Database } from '../schema/index.ts'
import { createBulk } from './bulk.ts'
import { kyselyOver, openRaw, type Raw } from './connection.ts'
import { createOwners } from './lock.ts'
import { createWriter } from './transaction.ts'

/** Opens (and creates, unless it must exist) the database file. */
export function openSqlite(
  path: string,
  { synchronous = 'full', named = 'DATABASE_URL=', mustExist = false }: OpenOptions = {},
): Engine {
  const shown = `${named}sqlite:${path}`
  if (mustExist && !existsSync(path)) throw new Problem(`${shown}: there is no such file. Correct the path.`)
  const writing = explained(path, shown, () => {
    makeFolder(dirname(path))
    return openRaw(path, { readonly: false, synchronous })
  })
  const writer = kyselyOver(writing)
  const submit = createWriter(writing, writer)
  const reader = kyselyOver(explained(path, shown, () => openRaw(path, { readonly: true, synchronous })))
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
    bulk: createBulk(path, shown),
    close: async () => {
      await reader.destroy()
      await writer.destroy()
    },
  }
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
  return kyselyOver(
    explained(path, `DATABASE_URL=sqlite:${path}`, () => openRaw(path, { readonly: true, synchronous: 'full' })),
  )
}

function explained(path: string, url: string, open: () => Raw): Raw {
  try {
    return open()
  } catch (error) {
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
