/** Kysely over one better-sqlite3 connection, with cached statements and transactional DDL. */
import SqliteDatabase from 'better-sqlite3'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { errorCode } from '../../lib/problem.ts'
import type { Database } from '../schema/index.ts'

export type Raw = SqliteDatabase.Database

// A statement costs about 2 kB; the whole product has a few hundred.
const MAX_STATEMENTS = 1000
// How long another process may hold the file before we give up on it.
const BUSY_MS = 5000

/** Opens a file; `readonly` connections see committed data only. */
export function openRaw(path: string, how: { readonly: boolean; synchronous: 'full' | 'normal' | 'off' }): Raw {
  // Opening, and reading while another process opens or mends the file, may have to wait for a moment; writing waits in `begin`.
  const raw = new SqliteDatabase(path, { readonly: how.readonly, fileMustExist: how.readonly, timeout: BUSY_MS })
  if (!how.readonly) raw.pragma('journal_mode = wal')
  raw.pragma(`synchronous = ${how.synchronous}`)
  raw.pragma('foreign_keys = on')
  raw.pragma('cache_size = -16000')
  raw.pragma('temp_store = memory')
  if (!how.readonly) raw.pragma('busy_timeout = 0')
  return raw
}

/** BEGIN IMMEDIATE, waiting for another process without blocking this one. */
export async function begin(raw: Raw): Promise<void> {
  const until = performance.now() + BUSY_MS
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    try {
      raw.exec('begin immediate')
      return
    } catch (error) {
      if (!errorCode(error)?.startsWith('SQLITE_BUSY') || performance.now() > until) throw error
      await new Promise(resolve => setTimeout(resolve, wait))
    }
  }
}

function createConnection(raw: Raw): DatabaseConnection {
  const statements = new Map<string, SqliteDatabase.Statement<unknown[]>>()
  const prepare = (sql: string) => {
    let statement = statements.get(sql)
    if (!statement) {
      if (statements.size >= MAX_STATEMENTS) statements.clear()
      statement = raw.prepare<unknown[]>(sql)
      statements.set(sql, statement)
    }
    return statement
  }
  return {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const statement = prepare(query.sql)
      if (statement.reader) return { rows: statement.all(...query.parameters) as R[] }
      const { changes, lastInsertRowid } = statement.run(...query.parameters)
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    },
    async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
      // A statement of its own: a cached one may not be entered twice.
      for (const row of raw.prepare<unknown[]>(query.sql).iterate(...query.parameters)) yield { rows: [row as R] }
    },
  }
}

function createDriver(raw: Raw): Driver {
  const connection = createConnection(raw)
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: () => begin(raw),
    commitTransaction: async () => void raw.exec('commit'),
    rollbackTransaction: async () => void (raw.inTransaction && raw.exec('rollback')),
    destroy: async () => void raw.close(),
  }
}

/** Kysely whose queries all run on `raw`, at once and in order. */
export function kyselyOver(raw: Raw): Kysely<Database> {
  return new Kysely<Database>({
    dialect: {
      createDriver: () => createDriver(raw),
      // SQLite rolls DDL back like anything else; without this a failed migration would leave half of itself behind.
      createAdapter: () => Object.defineProperty(new SqliteAdapter(), 'supportsTransactionalDdl', { value: true }),
      createIntrospector: db => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
}
