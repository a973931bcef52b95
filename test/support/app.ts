// An App for tests: a migrated database of its own, a held clock, counted ids, seeded randomness, a log that is kept.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, createApp, type Log } from '#src/app.ts'
import { createFolder } from '#src/db/folder.ts'
import { openEngine } from '#src/db/index.ts'
import { migrate } from '#src/db/migrate.ts'
import { createIds } from '#src/lib/ids.ts'
import type { Locale } from '#src/lib/locale.ts'
import { type Engine, freshDatabase, templateDatabase } from './engines.ts'
import { seededRandom } from './seeded-random.ts'

export { seededRandom } from './seeded-random.ts'

const migrated = templateDatabase('migrated', async url => {
  const engine = await openEngine(url)
  await migrate(engine)
  await engine.close()
})

/** A clock that moves only when told. */
export interface HeldClock {
  now(): number
  set(at: number): void
  advance(ms: number): void
}

/** Wednesday, 4 March 2026, 10:00 UTC. */
export const START = Date.UTC(2026, 2, 4, 10)

export function heldClock(at: number = START): HeldClock {
  let current = at
  return {
    now: () => current,
    set: to => {
      current = to
    },
    advance: ms => {
      current += ms
    },
  }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly details: object
  readonly message: string
}

export interface TestApp extends AsyncDisposable {
  readonly app: App
  readonly clock: HeldClock
  /** Where the database is, for a second process or connection. */
  readonly url: string
  readonly lines: LogLine[]
  /** Another App on the same database, as a second process would have. */
  another(): Promise<App>
}

export interface TestAppOptions {
  readonly at?: number
  readonly zone?: string
  readonly locale?: Locale
  readonly seed?: number
}

/** Opens a fresh, migrated database; disposing closes and drops it. */
export async function testApp(engine: Engine, options: TestAppOptions = {}): Promise<TestApp> {
  const database = await freshDatabase(engine, migrated)
  const clock = heldClock(options.at)
  const lines: LogLine[] = []
  const log = Object.fromEntries(
    (['debug', 'info', 'warn', 'error'] as const).map(level => [
      level,
      (details: object, message: string) => void lines.push({ level, details, message }),
    ]),
  ) as unknown as Log
  // Made at the first file.
  const folder = join(tmpdir(), `muster-files-${randomUUID()}`)
  const opened: App[] = []
  const open = async (seed: number): Promise<App> => {
    const random = seededRandom(seed)
    const app = createApp({
      engine: await openEngine(database.url, { synchronous: 'normal' }),
      clock,
      ids: createIds(clock.now, random),
      random,
      log,
      defaults: { zone: options.zone ?? 'UTC', locale: options.locale ?? 'en' },
      files: createFolder(folder, random),
    })
    opened.push(app)
    return app
  }
  const app = await open(options.seed ?? 1)
  return {
    app,
    clock,
    url: database.url,
    lines,
    another: () => open(1000 + opened.length),
    [Symbol.asyncDispose]: async () => {
      for (const each of opened) await each.engine.close()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
