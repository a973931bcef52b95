/** Whole lists as one parameter: the statement is the same whatever their length, and the server need not plan a thousand of them. */
import { type Kysely, type RawBuilder, SqliteAdapter, sql } from 'kysely'
import type { Database } from './schema/index.ts'

const isSqlite = (db: Kysely<Database>): boolean => db.getExecutor().adapter instanceof SqliteAdapter

/** Whether a column holds one of these values, all of them numbers or all of them texts. */
export function among(db: Kysely<Database>, column: string, values: readonly (number | string)[]): RawBuilder<boolean> {
  if (isSqlite(db)) return sql`${sql.ref(column)} in (select value from json_each(${JSON.stringify(values)}))`
  const type = sql.raw(typeof values[0] === 'number' ? 'bigint[]' : 'text[]')
  return sql`${sql.ref(column)} = any(cast(${values} as ${type}))`
}

/** Rows of a number, a text and a number, named `first`, `second` and `third`: to be joined with. */
export function rowsOf(
  db: Kysely<Database>,
  rows: ReadonlyArray<readonly [number, string | null, number]>,
): RawBuilder<unknown> {
  if (isSqlite(db))
    return sql`(select json_extract(value, '$[0]') as first, json_extract(value, '$[1]') as second,
      json_extract(value, '$[2]') as third from json_each(${JSON.stringify(rows)}))`
  return sql`(select * from unnest(cast(${rows.map(([first]) => first)} as bigint[]), cast(${rows.map(row => row[1])} as text[]),
    cast(${rows.map(row => row[2])} as bigint[])) as listed(first, second, third))`
}
