/** A pg pool whose statements are prepared once per connection, and whose 64-bit numbers arrive as numbers. */
import { createHash } from 'node:crypto'
import pg from 'pg'
import { toNumber } from '../engine.ts'

const INT8 = 20
const NUMERIC = 1700
// One process: enough for requests, jobs and the sender at once, far below a server's default of 100.
const POOL_SIZE = 10

const names = new Map<string, string>()
// Only what the product itself writes is prepared; a runaway of generated SQL must not fill the server.
const MAX_NAMES = 2000

function statementName(sql: string): string | undefined {
  let name = names.get(sql)
  if (name === undefined && names.size < MAX_NAMES) {
    name = createHash('sha256').update(sql).digest('base64url').slice(0, 32)
    names.set(sql, name)
  }
  return name
}

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC
      ? toNumber
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
}

/** A pool; its idle connections do not keep the process alive. */
export function openPool(url: string, options: { readonly size?: number; readonly readonly?: boolean } = {}): pg.Pool {
  class PreparingClient extends pg.Client {
    // Kysely calls query(sql, parameters); a name lets the server parse each text once.
    override query(...args: unknown[]): never {
      const [text, values] = args
      const run = super.query.bind(this) as (...all: unknown[]) => never
      const name =
        typeof text === 'string' && Array.isArray(values) && values.length > 0 ? statementName(text) : undefined
      return name === undefined ? run(...args) : run({ name, text, values })
    }
  }
  const pool = new pg.Pool({
    connectionString: url,
    max: options.size ?? POOL_SIZE,
    types,
    Client: PreparingClient,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
    keepAlive: true,
    application_name: 'muster',
    ...(options.readonly && { options: '-c default_transaction_read_only=on' }),
  })
  // A connection that breaks while idle is simply replaced by the next query's.
  pool.on('error', () => {})
  return pool
}
