// An App on a database that is emptied instead of made anew: a PostgreSQL database takes most of a second to make and drop.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type App, createApp, type Log } from '#src/app.ts'
import { createFolder } from '#src/db/folder.ts'
import { openEngine } from '#src/db/index.ts'
import { createIds } from '#src/lib/ids.ts'
import { heldClock, type LogLine, seededRandom, type TestApp, type TestAppOptions, testApp } from './app.ts'
import type { Engine } from './engines.ts'

let shared: Promise<TestApp> | undefined
afterAll(async () => (await shared)?.[Symbol.asyncDispose]())

/** What empties every table, by database: thirty times as fast as `truncate`, which makes new files for each. */
const emptying = new Map<string, string>()

/** Rows go without asking triggers and references, and numbers begin at 1 again. Needs a superuser, as whoever owns a test server is. */
async function empty(app: App, url: string): Promise<void> {
  const run = (sql: string) =>
    app.db.executeQuery({ ...app.db.selectFrom('meta').selectAll().compile(), sql, parameters: [] })
  let sql = emptying.get(url)
  if (sql === undefined) {
    const tables = await app.db.introspection.getTables()
    const statements = tables.flatMap(({ name, columns }) => [
      `delete from "${name}"`,
      ...columns
        .filter(column => column.isAutoIncrementing)
        .map(column => `select setval(pg_get_serial_sequence('"${name}"', '${column.name}'), 1, false)`),
    ])
    sql = `begin; set local session_replication_role = replica; ${statements.join('; ')}; commit`
    emptying.set(url, sql)
  }
  await run(sql)
}

/** Like `testApp`, for tests that run one after another: on PostgreSQL those of one file share a database. */
export async function cleanApp(engine: Engine, options: TestAppOptions = {}): Promise<TestApp> {
  if (engine.name === 'sqlite') return testApp(engine, options)
  shared ??= testApp(engine)
  const { app: first, url } = await shared
  await empty(first, url)
  const clock = heldClock(options.at)
  const lines: LogLine[] = []
  const keep = (level: LogLine['level']) => (details: object, message: string) =>
    void lines.push({ level, details, message })
  const log: Log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
  const folder = join(tmpdir(), `muster-files-${randomUUID()}`)
  const make = (database: App['engine'], seed: number): App => {
    const random = seededRandom(seed)
    const defaults = { zone: options.zone ?? 'UTC', locale: options.locale ?? 'en' } as const
    const files = createFolder(folder, random)
    return createApp({ engine: database, clock, ids: createIds(clock.now, random), random, log, defaults, files })
  }
  const others: App[] = []
  return {
    app: make(first.engine, options.seed ?? 1),
    clock,
    url,
    lines,
    another: async () => {
      const other = make(await openEngine(url), 1000 + others.length)
      others.push(other)
      return other
    },
    [Symbol.asyncDispose]: async () => {
      for (const other of others) await other.engine.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
