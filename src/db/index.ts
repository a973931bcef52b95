/** Opening a database by its URL. */
import { existsSync, realpathSync } from 'node:fs'
import type { Kysely } from 'kysely'
import { Problem, withoutPassword } from '../lib/problem.ts'
import type { Engine, OpenOptions } from './engine.ts'
import type { Database } from './schema/index.ts'

export type { BatchWork } from './batch.ts'
export { type Capabilities, changed, type Engine, type OpenOptions, type Ownership, toNumber } from './engine.ts'
export { among, rowsOf } from './lists.ts'
export { unindexed } from './plan.ts'
export type { Database } from './schema/index.ts'

/** `sqlite:data/muster.db` or `postgres://user@host/name`; each engine is loaded only when it is used. */
export async function openEngine(url: string, options: OpenOptions = {}): Promise<Engine> {
  if (/^postgres(ql)?:\/\//.test(url)) return (await import('./postgres/index.ts')).openPostgres(url, options)
  return (await import('./sqlite/index.ts')).openSqlite(sqlitePath(url, options), options)
}

/** Whether a URL names this very file. */
export function namesFile(url: string, path: string): boolean {
  if (!url.startsWith('sqlite:') || !existsSync(sqlitePath(url)) || !existsSync(path)) return false
  return realpathSync(sqlitePath(url)) === realpathSync(path)
}

/** A connection that only reads, for another thread. */
export async function openReader(url: string): Promise<Kysely<Database>> {
  if (/^postgres(ql)?:\/\//.test(url)) return (await import('./postgres/index.ts')).openPostgresReader(url)
  return (await import('./sqlite/index.ts')).openSqliteReader(sqlitePath(url))
}

function sqlitePath(url: string, { named = 'DATABASE_URL=' }: OpenOptions = {}): string {
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1]
  if (!path)
    throw new Problem(
      `${named}${withoutPassword(url)} is neither sqlite:PATH nor postgres://…. Write for instance sqlite:data/muster.db.`,
    )
  return path
}
