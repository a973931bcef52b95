/** Bringing a database to this version's schema. */
import { readdir } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Migration, Migrator } from 'kysely/migration'
import { Problem } from '../lib/problem.ts'
import type { Engine } from './engine.ts'

const FOLDER = new URL('../../migrations/', import.meta.url)

/** Names of this version's migrations, in order, without loading them. */
async function known(): Promise<string[]> {
  const files = await readdir(fileURLToPath(FOLDER))
  return files
    .filter(file => /^\d{4}-.*\.ts$/.test(file))
    .map(file => file.slice(0, -3))
    .sort()
}

export interface SchemaState {
  /** Migrations the database has had. */
  readonly applied: readonly string[]
  /** Those of this version that it still needs. */
  readonly pending: readonly string[]
  /** Those it has had that this version has never heard of: a newer version was here. */
  readonly newer: readonly string[]
}

/** Where a database stands that has had these migrations. */
export async function stateOf(applied: readonly string[]): Promise<SchemaState> {
  const names = await known()
  return {
    applied,
    pending: names.filter(name => !applied.includes(name)),
    newer: applied.filter(name => !names.includes(name)),
  }
}

/** Where a database stands; changes nothing. */
export async function schemaState(engine: Engine): Promise<SchemaState> {
  const tables = await engine.reader.introspection.getTables({ withInternalKyselyTables: true })
  const applied = tables.some(table => table.name === 'kysely_migration')
    ? (
        await engine.reader
          .selectFrom('kysely_migration' as never)
          .select('name' as never)
          .orderBy('name' as never)
          .execute()
      ).map(row => (row as { name: string }).name)
    : []
  return stateOf(applied)
}

/** Applies what is pending (or of that, `only` these), each migration in one transaction; returns the names applied. */
export async function migrate(engine: Engine, only?: readonly string[]): Promise<string[]> {
  refuseNewer(await schemaState(engine))
  const migrator = new Migrator({
    db: engine.migrating,
    provider: {
      getMigrations: async () => {
        const names = (await known()).filter(name => only?.includes(name) ?? true)
        const load = (name: string) =>
          import(pathToFileURL(fileURLToPath(new URL(`${name}.ts`, FOLDER))).href) as Promise<Migration>
        return Object.fromEntries(await Promise.all(names.map(async name => [name, await load(name)] as const)))
      },
    },
  })
  // migrateToLatest reports a failure in its result instead of throwing it.
  const { error, results = [] } = await migrator.migrateToLatest()
  const failed = results.find(result => result.status === 'Error')
  if (error)
    throw new Error(`migration ${failed?.migrationName ?? ''} failed; nothing of it was kept`, { cause: error })
  return results.map(result => result.migrationName)
}

/** An older process must not touch what a newer one wrote; `subject` begins the sentence. */
export function refuseNewer(state: Pick<SchemaState, 'newer'>, subject = 'DATABASE_URL names a database'): void {
  if (state.newer.length === 0) return
  throw new Problem(
    `${subject} of a newer Muster (it has ${state.newer.join(', ')}, which this version does not know). Update this installation, or name another one.`,
  )
}

/**
 * Readies a database for `npm start`: a new one is created, one with pending migrations is refused with the command that applies them.
 * Returns whether it was new.
 */
export async function prepareSchema(engine: Engine): Promise<boolean> {
  const state = await schemaState(engine)
  refuseNewer(state)
  if (state.applied.length === 0) {
    await migrate(engine)
    return true
  }
  if (state.pending.length > 0) {
    const count = state.pending.length === 1 ? '1 migration is' : `${state.pending.length} migrations are`
    throw new Problem(
      `${count} pending for DATABASE_URL (${state.pending.join(', ')}). Run "npm run backup", then "npm run migrate", then start again.`,
    )
  }
  return false
}
