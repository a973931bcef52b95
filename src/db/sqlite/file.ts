/** The file of a database as a whole: copied while it is written to, and made fit to be kept. */
import SqliteDatabase from 'better-sqlite3'
import { Problem } from '../../lib/problem.ts'
import type { PageStep } from '../bulk.ts'
import { openRaw, type Raw } from './connection.ts'

// 4 MB: an instant of work between two looks at what else is to be done.
const PAGES_A_STEP = 1024

/**
 * SQLite's own online backup, page by page. The connection is held in one read transaction: the copy is of that moment, writers go on, and
 * their writes do not make it begin again, as they would without.
 */
export async function copyFile(path: string, to: string, step: PageStep): Promise<void> {
  const raw = openRaw(path, { readonly: true, synchronous: 'full' })
  try {
    raw.exec('begin')
    raw.prepare('select 1 from sqlite_master').get()
    await raw.backup(to, {
      progress({ totalPages, remainingPages }) {
        step(totalPages - remainingPages, totalPages)
        return PAGES_A_STEP
      },
    })
  } finally {
    raw.close()
  }
}

/** Makes one file of a database that nobody has open, to be read from anywhere (also where nothing can be written); refuses a damaged one. */
export function sealFile(path: string, shown: string): void {
  const raw = new SqliteDatabase(path)
  try {
    // The other files of the write-ahead log are part of a database as long as it is in that mode.
    raw.pragma('journal_mode = delete')
    const found = raw.pragma('integrity_check(1)', { simple: true })
    if (found !== 'ok')
      throw new Problem(`${shown} is damaged (${String(found).replaceAll(/\s+/g, ' ')}). Restore your last backup.`)
    refuseLooseEnds(raw, shown)
  } finally {
    raw.close()
  }
}

/** Refuses rows that refer to rows which are not there. */
export function refuseLooseEnds(raw: Raw, shown: string): void {
  const loose = raw.prepare('select "table", parent from pragma_foreign_key_check limit 1').get() as
    | { table: string; parent: string }
    | undefined
  if (loose) throw new Problem(`${shown}: rows of ${loose.table} refer to rows of ${loose.parent} that are not there.`)
}
