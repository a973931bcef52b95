/** Many small pieces of the same work, written by one statement. */
import type { Kysely } from 'kysely'
import type { Work } from './engine.ts'
import type { Database } from './schema/index.ts'

/** Writes all items with as few statements as possible; the outcomes in the order of the items. */
export interface BatchWork<I, O> {
  (db: Kysely<Database>, items: readonly I[]): Promise<readonly O[]>
  /** As many items at once, for work whose statements have few lengths. */
  readonly most?: number
}

interface Waiting {
  readonly item: unknown
  resolve(outcome: never): void
  reject(error: unknown): void
}

// Each length is a statement text of its own, kept prepared by the server.
const MAX_BATCH = 50

/**
 * Collects items for the same work while the batch before them is under way, so that a crowd costs a handful of statements and one COMMIT.
 * Resolves after COMMIT. When a batch fails, each item is tried by itself: one bad item fails one caller.
 */
export function createBatches(
  grouped: <T>(work: Work<T>) => Promise<T>,
): <I, O>(work: BatchWork<I, O>, item: I) => Promise<O> {
  const queues = new Map<BatchWork<never, never>, Waiting[]>()

  async function drain(work: BatchWork<never, never>, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, work.most ?? MAX_BATCH)
      const write = (part: readonly Waiting[]) => grouped(db => work(db, part.map(({ item }) => item) as never))
      try {
        const outcomes = await write(batch)
        batch.forEach(({ resolve }, i) => {
          resolve(outcomes[i] as never)
        })
      } catch (error) {
        if (batch.length === 1) batch[0]?.reject(error)
        else
          await Promise.all(
            batch.map(one => write([one]).then(([outcome]) => one.resolve(outcome as never), one.reject)),
          )
      }
    }
    queues.delete(work)
  }

  return (work, item) =>
    new Promise((resolve, reject) => {
      const waiting: Waiting = { item, resolve: resolve as Waiting['resolve'], reject }
      const queue = queues.get(work as never)
      if (queue) {
        queue.push(waiting)
        return
      }
      const fresh = [waiting]
      queues.set(work as never, fresh)
      // The rest of this tick may bring company.
      setImmediate(() => void drain(work as never, fresh))
    })
}
