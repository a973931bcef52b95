/**
 * Rows that a link or a connection moves: each is listed under its cause, then moved by that list, so that nothing is moved that is not
 * listed. All of it in a few statements, however many members there are: a connection of thousands holds the only writer meanwhile.
 */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import type { Database } from '../../db/index.ts'
import { inChunks } from '../../lib/chunks.ts'
import type { MemberSplit, Parting } from '../contribution.ts'

type Table = keyof Database
/** Tables whose rows have a number, a member, and the account that made them (null for what nobody made). */
const NUMBERED = ['activity', 'checkins', 'ledger', 'outbox'] as const satisfies readonly Table[]
type Numbered = (typeof NUMBERED)[number]
type Value = string | number | null

/** One changed value, by the key of its row. */
export interface Move {
  readonly key: string
  readonly before: Value
  readonly after: Value
}

/** Columns of instants; all others that are moved hold texts. */
const isInstant = (column: string): boolean => column.endsWith('_at')
/** The key in the list as the table has it, so that its own index finds the row. */
const listedKey = (table: Table) =>
  NUMBERED.some(numbered => numbered === table) ? sql`cast(moves.row_key as bigint)` : sql.ref('moves.row_key')
const written = (value: Value) => (value === null ? null : String(value))

/** Lists changes of one column under a cause. What is listed already stands: it was so before. */
export async function listMoves(
  app: App,
  cause: string,
  table: Table,
  column: string,
  moves: readonly Move[],
): Promise<void> {
  for (const chunk of inChunks(moves))
    await app.db
      .insertInto('moves')
      .values(
        chunk.map(({ key, before, after }) => ({
          cause,
          table_name: table,
          row_key: key,
          column_name: column,
          before: written(before),
          after: written(after),
        })),
      )
      .onConflict(conflict => conflict.columns(['cause', 'table_name', 'row_key', 'column_name']).doNothing())
      .execute()
}

/** Changes one column of the rows that are listed for it under a cause. */
export async function applyMoves(app: App, cause: string, table: Table, column: string): Promise<void> {
  const after = isInstant(column) ? sql`cast(moves.after as bigint)` : sql`moves.after`
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${after} from moves where moves.cause = ${cause}
    and moves.table_name = ${table} and moves.column_name = ${column} and ${sql.ref(`${table}.id`)} = ${listedKey(table)}`.execute(
    app.db,
  )
}

/** Lists changes and makes them. */
export async function moveAll(app: App, cause: string, table: Table, column: string, moves: readonly Move[]) {
  if (moves.length === 0) return
  await listMoves(app, cause, table, column, moves)
  await applyMoves(app, cause, table, column)
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

/** What a column of these rows held before anything moved them for the first time; rows that nothing moved are left out. */
export async function origins(
  app: App,
  table: Table,
  column: string,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const chunk of inChunks(keys)) {
    const rows = await app.db
      .selectFrom('moves')
      .select(['row_key as key', 'before'])
      .where('table_name', '=', table)
      .where('row_key', 'in', chunk)
      .where('column_name', '=', column)
      .orderBy('id', 'desc')
      .execute()
    // The first one comes last and stays.
    for (const { key, before } of rows) if (before !== null) found.set(key, before)
  }
  return found
}

/**
 * Rows of the members that a cause merged go to those they were merged into; `unless` names those that stay. The pairs are read from what
 * is listed for members already.
 */
export async function moveRows(app: App, cause: string, table: Numbered, unless = sql<boolean>`1 = 0`): Promise<void> {
  const id = sql.ref(`${table}.id`)
  await sql`insert into moves (cause, table_name, row_key, column_name, before, after)
    select ${cause}, ${table}, cast(${id} as text), 'member_id', pair.row_key, pair.after
    from moves as pair join ${sql.table(table)} on ${sql.ref(`${table}.member_id`)} = pair.row_key
    where pair.cause = ${cause} and pair.table_name = 'members' and pair.column_name = 'merged_into' and pair.before is null
    and not (${unless})`.execute(app.db)
  await applyMoves(app, cause, table, 'member_id')
}

/** Rows of members that part, in three steps: by account, by what was done since they are one, and by where a row came from first. */
export async function partRows(app: App, split: MemberSplit, table: Numbered): Promise<void> {
  for (const partings of inChunks(split.partings)) {
    await byAccount(app, table, triples(partings, 'accounts'))
    await byAccount(app, table, triples(partings, 'lately'), split.since)
    await byOrigin(app, table, partings)
  }
}

type Triple = readonly [account: string, from: string, to: string]

const triples = (partings: readonly Parting[], which: 'accounts' | 'lately'): Triple[] =>
  partings.flatMap(parting => parting[which].map((account): Triple => [account, parting.from, parting.to]))

/** What these accounts did goes; of what was done since an instant, only what nothing moved. */
async function byAccount(app: App, table: Numbered, going: readonly Triple[], since?: number): Promise<void> {
  const rows = sql.table(table)
  const at = sql.ref(`${table}.${table === 'outbox' ? 'created_at' : 'at'}`)
  const only =
    since === undefined
      ? sql`1 = 1`
      : sql`${at} >= ${since} and not exists (select 1 from moves where table_name = ${table}
          and row_key = cast(${rows}.id as text) and column_name = 'member_id')`
  for (const chunk of inChunks(going))
    await sql`update ${rows} set member_id = going.column3
      from (values ${sql.join(chunk.map(triple => sql`(${sql.join(triple)})`))}) as going
      where ${rows}.account_id = going.column1 and ${rows}.member_id = going.column2 and ${only}`.execute(app.db)
}

async function byOrigin(app: App, table: Numbered, partings: readonly Parting[]): Promise<void> {
  const rows = sql.table(table)
  const stays = partings.flatMap(parting => parting.stays)
  const open =
    stays.length > 0 ? sql`(one.account_id is null or one.account_id not in (${sql.join(stays)}))` : sql`1 = 1`
  // `cross join` keeps SQLite from beginning with the list, which is as long as everything that was ever moved.
  await sql`update ${rows} set member_id = back.whose from (
      select one.id, coalesce(home.merged_into, home.id) as whose
      from ${rows} as one cross join moves as first cross join members as home
      where one.member_id in (${sql.join(partings.map(({ from }) => from))}) and ${open}
      and first.table_name = ${table} and first.row_key = cast(one.id as text) and first.column_name = 'member_id'
      and first.id = (select min(id) from moves where table_name = first.table_name and row_key = first.row_key
        and column_name = first.column_name)
      and home.id = first.before
    ) as back where ${rows}.id = back.id and back.whose in (${sql.join(partings.map(({ to }) => to))})`.execute(app.db)
}
