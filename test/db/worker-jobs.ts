// Jobs for worker.test.ts: they run in the thread.
import { threadId } from 'node:worker_threads'
import { toNumber } from '#src/db/index.ts'
import type { Reading } from '#src/db/worker.ts'

export async function countPersons(_: null, { db }: Reading): Promise<number> {
  const { size } = await (await db())
    .selectFrom('persons')
    .select(({ fn }) => fn.countAll().as('size'))
    .executeTakeFirstOrThrow()
  return toNumber(size)
}

export async function insertPerson(id: string, { db }: Reading): Promise<void> {
  await (await db()).insertInto('persons').values({ id, created_at: 0 }).execute()
}

/** Sits on its thread until the other one sets the first cell. */
export function waitForSignal(cells: SharedArrayBuffer): string {
  const cell = new Int32Array(cells)
  return Atomics.wait(cell, 0, 0, 10_000)
}

/** Sets the first cell, then never returns. */
export function hang(cells: SharedArrayBuffer): Promise<never> {
  const cell = new Int32Array(cells)
  Atomics.store(cell, 0, 1)
  Atomics.notify(cell, 0)
  return new Promise(() => {})
}

export function refuse(code: string): never {
  throw Object.assign(new RangeError('the moon is not a day'), { code })
}

export function leave(code: number): never {
  process.exit(code)
}

export function fail(): Promise<void> {
  setImmediate(() => {
    throw new Error('thrown outside the job')
  })
  return new Promise(() => {})
}

export const whichThread = (_: null): number => threadId

export const uncopyable =
  (_: null): unknown =>
  () =>
    'a function'
