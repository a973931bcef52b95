// Databases on the tests' PostgreSQL server: made per call, named after the run, dropped even after a run that was killed.
import { randomBytes } from 'node:crypto'
import pg from 'pg'

const PREFIX = 'muster_test_'

/** Eight hex digits that name one `npm test`. */
export function newRunId(): string {
  return randomBytes(4).toString('hex')
}

export function databaseName(runId: string): string {
  return `${PREFIX}${runId}_${randomBytes(6).toString('hex')}`
}

export function templateName(runId: string, key: string): string {
  return `${PREFIX}${runId}_template_${key}`
}

/** The same server and user, another database. */
function withDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** One connection to the server's own database for the length of `use`. */
export async function onServer<T>(
  serverUrl: string,
  use: (client: pg.Client) => Promise<T>,
  name?: string,
): Promise<T> {
  const client = new pg.Client({ connectionString: serverUrl, application_name: name })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** template0 rather than template1: nobody can be connected to it, which would make the copy fail. */
export async function createDatabase(serverUrl: string, name: string, template = 'template0'): Promise<string> {
  await onServer(serverUrl, client => client.query(`create database ${name} template ${template}`))
  return withDatabase(serverUrl, name)
}

export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await onServer(serverUrl, client => client.query(`drop database if exists ${name} with (force)`))
}

/**
 * Registers this run on the server by a connection held until `close`, which drops what the run made. First drops the
 * databases of runs that hold no such connection any more: those were killed.
 */
export async function registerRun(serverUrl: string, runId: string): Promise<{ close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: serverUrl, application_name: PREFIX + runId })
  // A server that ends before the run is told to the tests by their own connections.
  client.on('error', () => {})
  await client.connect()
  const names = await client.query<{ datname: string }>(
    String.raw`select datname from pg_database where datname like 'muster\_test\_%'
      and substr(datname, 1, ${PREFIX.length + 8}) not in (select application_name from pg_stat_activity)`,
  )
  for (const { datname } of names.rows) await client.query(`drop database if exists ${datname} with (force)`)
  return {
    async close() {
      const own = await client.query<{ datname: string }>(
        'select datname from pg_database where starts_with(datname, $1)',
        [PREFIX + runId],
      )
      for (const { datname } of own.rows) await client.query(`drop database if exists ${datname} with (force)`)
      await client.end()
    },
  }
}

/** Makes the template once per run, whichever test process asks first; the others wait for it. */
export async function ensureTemplate(
  serverUrl: string,
  name: string,
  prepare: (url: string) => Promise<void>,
): Promise<void> {
  await onServer(serverUrl, async client => {
    // Held until this connection ends.
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const ready = await client.query('select 1 from pg_database where datname = $1', [name])
    if (ready.rowCount) return
    const building = `${name}_building`
    await client.query(`drop database if exists ${building} with (force)`)
    await client.query(`create database ${building} template template0`)
    await prepare(withDatabase(serverUrl, building))
    await client.query(`alter database ${building} rename to ${name}`)
  })
}
