/** What the two engines have in common, and their differences by name. */
import type { Kysely } from 'kysely'
import type { BatchWork } from './batch.ts'
import type { Bulk } from './bulk.ts'
import type { Database } from './schema/index.ts'

/** Differences between engines that code above may depend on. */
export interface Capabilities {
  /** Rows can be locked one by one (`for update`, `skip locked`); without, one writer at a time makes that needless. */
  readonly rowLocks: boolean
}

/** Work inside a transaction: awaits nothing but the database it is given. */
export type Work<T> = (db: Kysely<Database>) => Promise<T>

export interface OpenOptions {
  /**
   * SQLite: `full` (default) survives a power cut; `normal` may lose the last moments before one, and nothing when a process crashes;
   * `off` is for what is thrown away.
   */
  readonly synchronous?: 'full' | 'normal' | 'off'
  /** What sentences put before the URL; `DATABASE_URL=` unless it came from elsewhere. */
  readonly named?: string
  /** A database file that is not there is refused instead of made. */
  readonly mustExist?: boolean
}

export interface Engine {
  /** As people know it, with its version. */
  readonly title: string
  readonly capabilities: Capabilities
  /** For reading outside transactions; refuses to write where the engine can enforce that. */
  readonly reader: Kysely<Database>
  /** Runs `work` alone in a transaction; resolves after COMMIT. */
  transaction<T>(work: Work<T>): Promise<T>
  /**
   * Group commit: work handed in at about the same time shares one transaction, each in a savepoint, so that one failure fails
   * one caller. Resolves after COMMIT. For small work that many wait for at once.
   */
  grouped<T>(work: Work<T>): Promise<T>
  /** Group commit of many items of the same work, written by one statement where possible; `work` is the same function each time. */
  batched<I, O>(work: BatchWork<I, O>, item: I): Promise<O>
  /** Reads everything as of one moment, whatever is written meanwhile. */
  snapshot<T>(work: Work<T>): Promise<T>
  /** Becomes the only process that answers for `bot`, or null while another one does. Ends with the process, however it ends. */
  own(bot: string): Promise<Ownership | null>
  /** From here to the end of the transaction nobody else writes these tables. */
  lockTables(db: Kysely<Database>, tables: ReadonlyArray<keyof Database>): Promise<void>
  /** For migrations: one connection on which DDL is transactional. */
  readonly migrating: Kysely<Database>
  /** Moving whole tables; see copy.ts. */
  readonly bulk: Bulk
  close(): Promise<void>
}

export interface Ownership {
  /** Resolves when the lock is lost without having been given up. */
  readonly lost: Promise<void>
  release(): Promise<void>
}

/** How many rows an insert, update or delete touched. */
export function changed(
  result: { numInsertedOrUpdatedRows?: bigint; numUpdatedRows?: bigint; numDeletedRows?: bigint } | undefined,
): number {
  return Number(result?.numInsertedOrUpdatedRows ?? result?.numUpdatedRows ?? result?.numDeletedRows ?? 0n)
}

/** A count or sum as a number: some drivers hand 64-bit results over as strings. Refuses what a number cannot hold. */
export function toNumber(value: unknown): number {
  const number = Number(value ?? 0)
  if (!Number.isSafeInteger(number))
    throw new RangeError(`${String(value)} is not a whole number that can be held exactly`)
  return number
}
