/** Whole tables of a PostgreSQL database (those of the schema that comes first in the search path). */
import type { Pool, PoolClient, QueryResultRow } from 'pg'
import { errorCode, Problem } from '../../lib/problem.ts'
import {
  BATCH_ROWS,
  type Bulk,
  byName,
  type Column,
  columnList,
  explaining,
  type Filling,
  inPlainWords,
  MIGRATION_TABLES,
  quoted,
  type Row,
  type Rows,
  type Table,
} from '../bulk.ts'
import { OWNER_NAME } from './lock.ts'

/** `shown` is what sentences call the database. */
export function createBulk(pool: Pool, shown: string): Bulk {
  return {
    async identity() {
      const { rows } = await pool.query<{ identity: string }>(
        `select concat_ws(' ', 'server', pg_postmaster_start_time(), d.oid, current_schema()) as identity
         from pg_database d where d.datname = current_database()`,
      )
      return rows[0]?.identity ?? ''
    },
    async inUse() {
      const { rowCount } = await pool.query({
        text: 'select 1 from pg_stat_activity where datname = current_database() and starts_with(application_name, $1)',
        values: [OWNER_NAME],
      })
      return rowCount !== 0
    },
    read: work =>
      explaining(shown, () =>
        inTransaction(pool, 'begin isolation level repeatable read, read only', async client =>
          work(await rowsOf(client, shown)),
        ),
      ),
    fill: work => explaining(shown, () => inTransaction(pool, 'begin', client => filling(client, shown, work))),
    copyFile: null,
  }
}

async function inTransaction<T>(pool: Pool, start: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  // A connection that breaks while the other side is being read is told by the next query.
  const ignore = () => {}
  client.on('error', ignore)
  let broken = false
  try {
    await client.query(start)
    // It takes as long as it takes, and waits for the other side meanwhile.
    await client.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.off('error', ignore)
    client.release(broken)
  }
}

interface Reference {
  readonly table: string
  readonly name: string
  readonly definition: string
}

async function filling<T>(client: PoolClient, shown: string, work: (target: Filling) => Promise<T>): Promise<T> {
  const rows = await rowsOf(client, shown)
  const names = rows.tables.map(({ name }) => quoted(name))
  if (names.length > 0) {
    await client.query("set local lock_timeout = '10s'")
    await client.query(`lock table ${names.join(', ')} in access exclusive mode`)
  }
  const references = await select<Reference>(
    client,
    `select t.relname as "table", c.conname as name, pg_get_constraintdef(c.oid) as definition
     from pg_constraint c join pg_class t on t.oid = c.conrelid
     where c.contype = 'f' and t.relnamespace = current_schema()::regnamespace and c.conparentid = 0`,
  )
  for (const { table, name } of references)
    await client.query(`alter table ${quoted(table)} drop constraint ${quoted(name)}`)
  for (const name of names) await client.query(`alter table ${name} disable trigger user`)
  const result = await work({ ...rows, ...writerOf(client, shown) })
  for (const name of names) await client.query(`alter table ${name} enable trigger user`)
  for (const { table, name, definition } of references) {
    await client
      .query(`alter table ${quoted(table)} add constraint ${quoted(name)} ${definition}`)
      .catch((error: unknown) => {
        if (errorCode(error) !== '23503') throw error
        throw new Problem(`${shown}: rows of ${table} refer to rows that are not there (${name}); nothing was kept.`)
      })
  }
  // The server knows nothing of what is in them yet, and would guess.
  for (const name of names) await client.query(`analyze ${name}`)
  return result
}

async function select<R extends QueryResultRow>(client: PoolClient, sql: string): Promise<R[]> {
  return (await client.query<R>(sql)).rows
}

interface FoundColumn {
  readonly table: string
  readonly column: string
  readonly type: string
  readonly numbered: boolean
}

async function tablesOf(client: PoolClient): Promise<Table[]> {
  // Tables of an extension are none of ours.
  const found = await select<FoundColumn>(
    client,
    `select c.relname as "table", a.attname as "column", format_type(a.atttypid, null) as type, a.attidentity <> '' as numbered
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       and not exists (select from pg_depend d
         where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`,
  )
  return [...Map.groupBy(found, ({ table }) => table)]
    .filter(([name]) => !MIGRATION_TABLES.includes(name))
    .map(([name, columns]) => ({
      name,
      columns: columns.map(({ column, type }) => ({ name: column, kind: kindOf(type) })).sort(byName),
      numbered: columns.find(({ numbered }) => numbered)?.column ?? null,
    }))
    .sort(byName)
}

function kindOf(type: string): Column['kind'] {
  if (type === 'text' || type === 'character varying') return 'text'
  return /^(small|big)?int(eger)?$/.test(type) ? 'whole' : 'other'
}

async function rowsOf(client: PoolClient, shown: string): Promise<Rows> {
  const one = async (sql: string) => {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' })
    return rows[0]?.[0] ?? null
  }
  return {
    tables: await tablesOf(client),
    isEmpty: async ({ name }) => (await one(`select 1 from ${quoted(name)} limit 1`)) === null,
    count: async ({ name }) => Number(await one(`select count(*) from ${quoted(name)}`)),
    batches: table => batches(client, shown, table),
    lastNumber: async ({ name, numbered }) => {
      if (numbered === null) return 0
      const { rows } = await client.query<{ sequence: string | null }>({
        text: 'select pg_get_serial_sequence($1, $2) as sequence',
        values: [quoted(name), numbered],
      })
      const sequence = rows[0]?.sequence
      const given = sequence ? await one(`select case when is_called then last_value end from ${sequence}`) : null
      return Math.max(Number(await one(`select max(${quoted(numbered)}) from ${quoted(name)}`)), Number(given))
    },
  }
}

async function* batches(client: PoolClient, shown: string, table: Table): AsyncGenerator<Row[]> {
  try {
    await client.query(`declare rows no scroll cursor for select ${columnList(table)} from ${quoted(table.name)}`)
    for (;;) {
      const { rows } = await client.query<unknown[]>({ text: `fetch ${BATCH_ROWS} from rows`, rowMode: 'array' })
      if (rows.length > 0) yield rows as Row[]
      if (rows.length < BATCH_ROWS) break
    }
    await client.query('close rows')
  } catch (error) {
    throw inPlainWords(error, shown)
  }
}

function writerOf(client: PoolClient, shown: string): Pick<Filling, 'insert' | 'continueAfter'> {
  return {
    insert: async (table, rows) => {
      // One parameter of all rows: twice as fast as an array per column, and one prepared statement per table.
      const values = table.columns.map(({ kind }, i) => (kind === 'whole' ? `(r->>${i})::bigint` : `r->>${i}`))
      const text = `insert into ${quoted(table.name)} (${columnList(table)}) overriding system value
        select ${values.join(', ')} from jsonb_array_elements($1::jsonb) r`
      await client
        .query({ name: `fill ${table.name}`, text, values: [JSON.stringify(rows)] })
        .catch((error: unknown) => {
          if (errorCode(error) !== '22P05') throw error
          throw new Problem(
            `${shown}: ${table.name} holds text with a character that PostgreSQL cannot keep (U+0000), in ${withNul(table, rows)}. Remove it there, then run this again; nothing was kept.`,
          )
        })
    },
    continueAfter: async ({ name, numbered }, last) => {
      if (numbered === null || last === 0) return
      await client.query(`alter table ${quoted(name)} alter column ${quoted(numbered)} restart with ${last + 1}`)
    },
  }
}

/** Where the character stands, without showing the text. */
function withNul(table: Table, rows: readonly Row[]): string {
  const row = rows.find(values => values.some(value => typeof value === 'string' && value.includes('\0'))) ?? []
  const column = table.columns[row.findIndex(value => typeof value === 'string' && value.includes('\0'))]
  const id = table.columns.findIndex(({ name }) => name === 'id')
  return `column ${column?.name ?? 'unknown'}${id < 0 ? '' : ` of the row with id ${String(row[id])}`}`
}
