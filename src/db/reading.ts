/** Statements that take more than a moment: read by the thread beside the main one. */
import type { CompiledQuery, Kysely } from 'kysely'
import type { Database } from './schema/index.ts'
import { runStatement } from './statement.ts'
import { type Aside, moduleAt } from './worker.ts'

const job = moduleAt<typeof import('./statement.ts')>(new URL('./statement.ts', import.meta.url))

export type ReadAside = <R>(query: CompiledQuery<R>) => Promise<R[]>

/** Reads in the thread where there is one, else here: a tool of the command line keeps nobody waiting. */
export const createReading =
  (aside: Aside | null, db: Kysely<Database>): ReadAside =>
  async <R>({ sql, parameters }: CompiledQuery<R>): Promise<R[]> => {
    const statement = { sql, parameters }
    return (await (aside ? aside.run(job, 'rowsOf', statement) : runStatement(db, statement))) as R[]
  }
