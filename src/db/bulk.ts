/** Moving whole tables: what copying, backing up and restoring ask of an engine. Everything is read from the live schema, nothing listed here. */
import { errorCode, Problem } from '../lib/problem.ts'

export type Value = string | number | null
/** Values in the order of the table's columns. */
export type Row = readonly Value[]

export interface Column {
  readonly name: string
  /** Columns are text and whole numbers only; `other` is no column of Muster's. */
  readonly kind: 'text' | 'whole' | 'other'
}

export interface Table {
  readonly name: string
  /** Sorted by name, whatever order they were added in: so a row reads the same on both engines. */
  readonly columns: readonly Column[]
  /** The column whose numbers the engine gives out, if there is one. */
  readonly numbered: string | null
}

/** Everything in a database as of one moment. */
export interface Rows {
  /** Sorted by name; without those that remember migrations. */
  readonly tables: readonly Table[]
  isEmpty(table: Table): Promise<boolean>
  count(table: Table): Promise<number>
  /** All rows, some at a time, in whatever order the engine finds them. */
  batches(table: Table): AsyncIterable<readonly Row[]>
  /** The last number given out; one that was given out is never given out again, even when its row is gone. */
  lastNumber(table: Table): Promise<number>
}

/** A database being filled, in one transaction that may also read what it wrote. */
export interface Filling extends Rows {
  insert(table: Table, rows: readonly Row[]): Promise<void>
  /** Numbers go on after this one. */
  continueAfter(table: Table, last: number): Promise<void>
}

/** What `step` is told: how much of how much, in pages of the file. */
export type PageStep = (done: number, total: number) => void

export interface Bulk {
  /** Two engines on one database say the same. */
  identity(): Promise<string>
  /** Whether a running Muster answers from this database. */
  inUse(): Promise<boolean>
  /** Reads as of one moment, whatever is written meanwhile. */
  read<T>(work: (rows: Rows) => Promise<T>): Promise<T>
  /**
   * Runs `work` alone in one transaction: all of it is kept, or nothing. Triggers are set aside (a copy is no new fact) and references are
   * checked once at the end, so that rows may come in any order.
   */
  fill<T>(work: (target: Filling) => Promise<T>): Promise<T>
  /** Copies the database file as of one moment while it is written to; null where the database is no file. Errors are as they come. */
  readonly copyFile: ((to: string, step: PageStep) => Promise<void>) | null
}

/** Kysely's own. */
export const MIGRATION_TABLES: readonly string[] = ['kysely_migration', 'kysely_migration_lock']

/** A batch ends at this many rows, or this many characters of text. */
export const BATCH_ROWS = 1000
export const BATCH_CHARACTERS = 4_000_000

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const columnList = (table: Table): string => table.columns.map(({ name }) => quoted(name)).join(', ')
/** By code unit: the same everywhere. */
export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

const FULL = new Set(['SQLITE_FULL', 'ENOSPC', 'EDQUOT', '53100'])
const FORBIDDEN = /^(EACCES|EPERM|EROFS|42501|25006|SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|SQLITE_AUTH)/
const LOST = /^(ECONNRESET|EPIPE|ETIMEDOUT|57P0\d|08)/

/** What the disk, the file or the server refuses, as one plain sentence about `what`; anything else is handed back as it is. */
export function inPlainWords(error: unknown, what: string): unknown {
  if (error instanceof Problem) return error
  const code = errorCode(error) ?? ''
  const because = { cause: error }
  if (FULL.has(code))
    return new Problem(`${what}: the disk is full. Free some space and run it again; nothing was kept.`, because)
  if (FORBIDDEN.test(code))
    return new Problem(
      `${what} may not be written or read by this user (${code}). Check the path and the rights.`,
      because,
    )
  if (code.startsWith('SQLITE_BUSY') || code === '55P03')
    return new Problem(`${what} is in use by another program. Stop it and run this again; nothing was kept.`, because)
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return new Problem(`${what} is damaged (${code}).`, because)
  if (/^(SQLITE_IOERR|EIO)/.test(code))
    return new Problem(`${what}: the disk cannot be read or written there (${code}); nothing was kept.`, because)
  if (LOST.test(code) || (error instanceof Error && /^Connection terminated/.test(error.message)))
    return new Problem(`${what}: the connection was lost. Run it again; nothing was kept.`, because)
  return error
}

/** Runs `work`; see `inPlainWords`. */
export async function explaining<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw inPlainWords(error, what)
  }
}
