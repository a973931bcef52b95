// The two database engines every feature test runs on, and a fresh database on either.
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, inject } from 'vitest'
import { createDatabase, databaseName, dropDatabase, ensureTemplate, templateName } from './databases.ts'
import type { RunContext } from './run-context.ts'

export interface Engine {
  name: 'sqlite' | 'postgres'
  /** As people write it. */
  label: 'SQLite' | 'PostgreSQL'
  /** False only for PostgreSQL on a machine where none could be found or started. */
  available: boolean
}

export interface FreshDatabase extends AsyncDisposable {
  /** What DATABASE_URL would be. */
  url: string
  drop(): Promise<void>
}

/** A prepared (for instance migrated) database that fresh ones are copied from. */
export interface DatabaseTemplate {
  key: string
  prepare(url: string): Promise<void>
}

// Undefined only when vitest was started by hand without test/vitest.config.ts.
const injected: RunContext | undefined = inject('run')

export const engines: Engine[] = [
  { name: 'sqlite', label: 'SQLite', available: true },
  { name: 'postgres', label: 'PostgreSQL', available: injected?.postgresUrl != null },
]

/**
 * `describe` once per engine; the tests inside count for that engine in the closing lines. Without a PostgreSQL server
 * its half is skipped, and the closing lines of `npm test` say so.
 */
export function forEachEngine(title: string, tests: (engine: Engine) => void): void {
  for (const engine of engines) {
    const suite = engine.available ? describe : describe.skip
    suite(`${title} (${engine.label})`, { tags: [engine.name] }, () => tests(engine))
  }
}

/** Names a preparation; it happens at most once per run and engine on PostgreSQL, once per test process on SQLite. `key`: a-z, 0-9, _. */
export function templateDatabase(key: string, prepare: (url: string) => Promise<void>): DatabaseTemplate {
  if (!/^[a-z0-9_]{1,24}$/.test(key)) throw new Error(`"${key}" cannot name a template: a-z, 0-9 and _, at most 24`)
  return { key, prepare }
}

/** A new database of its own, empty or a copy of the template; nobody else uses it, and `drop` removes it. */
export async function freshDatabase(engine: Engine, template?: DatabaseTemplate): Promise<FreshDatabase> {
  const made = engine.name === 'sqlite' ? await freshFile(template) : await freshOnServer(template)
  return { ...made, [Symbol.asyncDispose]: made.drop }
}

async function freshOnServer(template?: DatabaseTemplate): Promise<{ url: string; drop(): Promise<void> }> {
  const { runId, postgresUrl } = context()
  if (postgresUrl === null) throw new Error('there is no PostgreSQL in this run; use forEachEngine, which skips')
  const from = template && templateName(runId, template.key)
  if (template && from) await ensureTemplate(postgresUrl, from, template.prepare)
  const name = databaseName(runId)
  const url = await createDatabase(postgresUrl, name, from)
  return { url, drop: () => dropDatabase(postgresUrl, name) }
}

async function freshFile(template?: DatabaseTemplate): Promise<{ url: string; drop(): Promise<void> }> {
  const { folder } = context()
  const file = join(folder, `${randomBytes(6).toString('hex')}.db`)
  if (template) copyFileSync(await templateFile(folder, template), file)
  return { url: `sqlite:${file}`, drop: async () => removeSqlite(file) }
}

async function templateFile(folder: string, template: DatabaseTemplate): Promise<string> {
  const file = join(folder, `template-${template.key}.db`)
  if (existsSync(file)) return file
  const building = join(folder, `${randomBytes(6).toString('hex')}.building`)
  await template.prepare(`sqlite:${building}`)
  const wal = `${building}-wal`
  if (existsSync(wal) && statSync(wal).size > 0) {
    throw new Error(
      `preparing "${template.key}" left its SQLite connection open: the copy would miss what is in the WAL`,
    )
  }
  // Two processes may both have prepared one; either is right, and the rename never shows half a file.
  renameSync(building, file)
  removeSqlite(building)
  return file
}

function removeSqlite(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal', '.owner']) rmSync(file + suffix, { force: true })
}

function context(): RunContext {
  if (injected) return injected
  throw new Error('run the tests with "npm test -- <file>" (vitest by hand needs --config test/vitest.config.ts)')
}
