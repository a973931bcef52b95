/** One statement, as it crosses to the thread beside the main one. */
import { CompiledQuery, type Kysely } from 'kysely'
import type { Database } from './schema/index.ts'
import type { Reading } from './worker.ts'

export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** The rows that a statement reads. */
export async function runStatement(db: Kysely<Database>, { sql, parameters }: Statement): Promise<unknown[]> {
  return (await db.executeQuery(CompiledQuery.raw(sql, [...parameters]))).rows
}

/** The job of the thread. */
export async function rowsOf(statement: Statement, reading: Reading): Promise<unknown[]> {
  return runStatement(await reading.db(), statement)
}
