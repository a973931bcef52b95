/** Owner of the bots of a database file: an exclusive lock on `<db>.owner`, which the system ends with the process. */
import SqliteDatabase from 'better-sqlite3'
import { errorCode } from '../../lib/problem.ts'
import type { Ownership } from '../engine.ts'

/** One lock serves all bots of the file: whoever owns one of them owns them all. */
export function createOwners(path: string): (bot: string) => Promise<Ownership | null> {
  let held: SqliteDatabase.Database | null = null
  let holders = 0
  return async () => {
    held ??= take(`${path}.owner`)
    if (!held) return null
    holders++
    let released = false
    return {
      // The lock lives as long as the process does.
      lost: new Promise(() => {}),
      release: async () => {
        if (released) return
        released = true
        holders--
        if (holders > 0) return
        held?.close()
        held = null
      },
    }
  }
}

function take(path: string): SqliteDatabase.Database | null {
  const lock = new SqliteDatabase(path, { timeout: 0 })
  try {
    // `locking_mode` keeps what BEGIN EXCLUSIVE takes; nothing is ever written.
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock.close()
    if (errorCode(error)?.startsWith('SQLITE_BUSY')) return null
    throw error
  }
}
