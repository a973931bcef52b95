/** The engine for communities that outgrew one machine. */
import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Pool } from 'pg'
import { errorCode, Problem, withoutPassword } from '../../lib/problem.ts'
import { createBatches } from '../batch.ts'
import type { Engine, OpenOptions } from '../engine.ts'
import type { Database } from '../schema/index.ts'
import { createBulk } from './bulk.ts'
import { openPool } from './connection.ts'
import { own } from './lock.ts'
import { createGroups, inTransaction } from './transaction.ts'

/** Connects to a server; the database itself must exist. */
export async function openPostgres(url: string, { named = 'DATABASE_URL=' }: OpenOptions = {}): Promise<Engine> {
  const shown = named + withoutPassword(url)
  const pool = openPool(url)
  const version = await serverVersion(pool).catch(async error => {
    await pool.end()
    throw explained(shown, error)
  })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const groups = createGroups(db)
  return {
    title: `PostgreSQL ${version}`,
    capabilities: { rowLocks: true },
    reader: db,
    transaction: work => inTransaction(db, work),
    grouped: groups,
    batched: createBatches(groups),
    snapshot: work => db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
    lockTables: async (trx, tables) => {
      await sql`lock table ${sql.join(tables.map(table => sql.table(table)))} in share row exclusive mode`.execute(trx)
    },
    own: bot => own(url, bot),
    migrating: db,
    bulk: createBulk(pool, shown),
    close: () => db.destroy(),
  }
}

// Async, so that a URL that cannot be read is an answer like any other.
async function serverVersion(pool: Pool): Promise<string | undefined> {
  const { rows } = await pool.query<{ server_version: string }>('show server_version')
  return rows[0]?.server_version.split(' ')[0]
}

/** For another thread: reads only. */
export function openPostgresReader(url: string): Kysely<Database> {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: openPool(url, { size: 1, readonly: true }) }) })
}

function explained(shown: string, error: unknown): Problem {
  const code = errorCode(error)
  switch (code) {
    case 'ECONNREFUSED':
      return new Problem(`${shown}: no PostgreSQL answers there. Start it, or correct host and port.`)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Problem(`${shown}: there is no host of that name. Correct the host.`)
    case '28P01':
    case '28000':
      return new Problem(`${shown}: PostgreSQL does not accept that user or password. Correct them.`)
    case '3D000':
      return new Problem(`${shown}: that database does not exist. Create it (createdb NAME) and start again.`)
    default:
      return new Problem(
        `${shown}: PostgreSQL could not be used (${code ?? (error instanceof Error ? error.message : 'unknown reason')}).`,
        { cause: error },
      )
  }
}
