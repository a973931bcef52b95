/** Rows that a link or a connection moves: each is listed under its cause, so that it can be moved back. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { changed, type Database } from '../../db/index.ts'
import type { MemberMerge, MemberSplit } from '../contribution.ts'

type Table = keyof Database

/** Tables whose rows say which member they are about, and by which column one is found. */
export interface Owned {
  readonly table: Table
  /** The column that names a row, a number or a text. */
  readonly key: string
  /** The column that says by which account a row was made; null where rows do not say. */
  readonly account: string | null
}

/** Lists one changed value under a cause. */
export async function listMove(
  app: App,
  cause: string,
  table: Table,
  key: string,
  column: string,
  before: string | number | null,
  after: string | number | null,
): Promise<void> {
  const written = (value: string | number | null) => (value === null ? null : String(value))
  await app.db
    .insertInto('moves')
    .values({
      cause,
      table_name: table,
      row_key: key,
      column_name: column,
      before: written(before),
      after: written(after),
    })
    .onConflict(conflict => conflict.columns(['cause', 'table_name', 'row_key', 'column_name']).doNothing())
    .execute()
}

export interface Moved {
  readonly key: string
  readonly before: string | null
  readonly after: string | null
}

/** What a cause changed in one column of a table. */
export async function movedBy(app: App, cause: string, table: Table, column: string): Promise<Moved[]> {
  return app.db
    .selectFrom('moves')
    .select(['row_key as key', 'before', 'after'])
    .where('cause', '=', cause)
    .where('table_name', '=', table)
    .where('column_name', '=', column)
    .orderBy('id')
    .execute()
}

/** Moves all rows of a member to another one, each listed; `unless` names rows that stay. Returns how many went. */
export async function moveRows(
  app: App,
  { cause, from, into }: MemberMerge,
  { table, key }: Omit<Owned, 'account'>,
  unless = sql<boolean>`1 = 0`,
): Promise<number> {
  const rows = sql.table(table)
  const id = sql.ref(`${table}.${key}`)
  const theirs = sql`${sql.ref(`${table}.member_id`)} = ${from} and not (${unless})`
  await sql`insert into moves (cause, table_name, row_key, column_name, before, after)
    select ${cause}, ${table}, cast(${id} as text), 'member_id', ${from}, ${into} from ${rows} where ${theirs}`.execute(
    app.db,
  )
  const result = await sql`update ${rows} set member_id = ${into} where ${theirs}`.execute(app.db)
  return changed({ numUpdatedRows: result.numAffectedRows ?? 0n })
}

/** Moves rows back: those that the cause had moved away from `to`, and those that the returning accounts made since. */
export async function moveRowsBack(
  app: App,
  { cause, from, to, accounts }: MemberSplit,
  { table, key, account }: Owned,
): Promise<number> {
  const id = sql.ref(`${table}.${key}`)
  const listed = sql`cast(${id} as text) in (select row_key from moves where cause = ${cause}
    and table_name = ${table} and column_name = 'member_id' and before = ${to})`
  const theirs =
    account === null || accounts.length === 0
      ? sql`1 = 0`
      : sql`${sql.ref(`${table}.${account}`)} in (${sql.join(accounts)})`
  const result =
    await sql`update ${sql.table(table)} set member_id = ${to} where member_id = ${from} and (${listed} or ${theirs})`.execute(
      app.db,
    )
  return changed({ numUpdatedRows: result.numAffectedRows ?? 0n })
}
