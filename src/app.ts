/** What every feature is given, and the one way to change the database. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Kysely } from 'kysely'
import type { Folder } from './db/folder.ts'
import type { BatchWork, Capabilities, Database, Engine } from './db/index.ts'
import { createReading, type ReadAside } from './db/reading.ts'
import type { Aside } from './db/worker.ts'
import type { Ids, Random } from './lib/ids.ts'
import type { Locale } from './lib/locale.ts'

/** Now, in epoch milliseconds. Injected, so that tests hold it and the playground moves it. */
export interface Clock {
  now(): number
}

export interface Log {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** What a new community starts with. */
export interface Defaults {
  readonly zone: string
  readonly locale: Locale
}

export interface App {
  /** Outside a transaction: for reading. Inside: the transaction. */
  readonly db: Kysely<Database>
  readonly engine: Engine
  readonly can: Capabilities
  readonly clock: Clock
  readonly ids: Ids
  readonly random: Random
  readonly log: Log
  readonly defaults: Defaults
  /** Where files that people sent are kept. */
  readonly files: Folder
  /** Runs a statement of more than a moment beside the main thread, where the process has another; it sees what is committed. */
  readonly readAside: ReadAside
  /** Whether `db` is a transaction. */
  readonly inside: boolean
}

export interface AppParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly ids: Ids
  readonly random: Random
  readonly log: Log
  readonly defaults: Defaults
  readonly files: Folder
  /** The thread beside the main one, in processes that others wait for. */
  readonly aside?: Aside
}

export function createApp({ aside, ...parts }: AppParts): App {
  const readAside = createReading(aside ?? null, parts.engine.reader)
  return { ...parts, readAside, db: parts.engine.reader, can: parts.engine.capabilities, inside: false }
}

const current = new AsyncLocalStorage<true>()

function refuseNesting(): void {
  if (current.getStore()) throw new Error('a transaction was asked for inside another one: pass the inner app on')
}

function enter<T>(app: App, how: 'transaction' | 'grouped', work: (app: App) => Promise<T>): Promise<T> {
  if (app.inside) return work(app)
  refuseNesting()
  return app.engine[how](db => current.run(true, () => work({ ...app, db, inside: true })))
}

/** Runs `work` in one transaction (or in the one it is called from) and resolves after COMMIT. It awaits nothing but `app.db`. */
export function transaction<T>(app: App, work: (app: App) => Promise<T>): Promise<T> {
  return enter(app, 'transaction', work)
}

/** The same for small work that many wait for at once: they share a COMMIT (group commit). */
export function grouped<T>(app: App, work: (app: App) => Promise<T>): Promise<T> {
  return enter(app, 'grouped', work)
}

/** Group commit of many items of the same work; see Engine.batched. Inside a transaction the item is written by itself, as part of it. */
export async function batched<I, O>(app: App, work: BatchWork<I, O>, item: I): Promise<O> {
  if (!app.inside) {
    refuseNesting()
    return app.engine.batched(work, item)
  }
  const [outcome] = await work(app.db, [item])
  return outcome as O
}

/** Runs `work` on everything as of one moment. It only reads. */
export function snapshot<T>(app: App, work: (app: App) => Promise<T>): Promise<T> {
  return app.engine.snapshot(db => work({ ...app, db }))
}
