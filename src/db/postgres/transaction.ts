/** Transactions on a pool, and group commit for small work that many wait for at once. */
import { type Kysely, sql, type Transaction } from 'kysely'
import { errorCode } from '../../lib/problem.ts'
import type { Work } from '../engine.ts'
import { createQueue, type Job, type Outcome } from '../queue.ts'
import type { Database } from '../schema/index.ts'

// 40001 serialization failure, 40P01 deadlock: the server chose this one to try again.
const AGAIN = new Set(['40001', '40P01'])
const TRIES = 4
const MAX_GROUP = 128

/** Runs `work` in a transaction of its own; a deadlock is tried again. */
export async function inTransaction<T>(db: Kysely<Database>, work: Work<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (attempt === TRIES || !AGAIN.has(errorCode(error) ?? '')) throw error
    }
  }
}

/** Work that waits together shares a transaction, each in a savepoint; see Engine.grouped. */
export function createGroups(db: Kysely<Database>): <T>(work: Work<T>) => Promise<T> {
  // The rest of this tick may bring company.
  return createQueue(setImmediate, async waiting => {
    const group = waiting.splice(0, MAX_GROUP)
    try {
      const outcomes = await inTransaction(db, trx => runGroup(trx as Transaction<Database>, group))
      outcomes.forEach((outcome, i) => {
        group[i]?.settle(outcome)
      })
    } catch (error) {
      for (const job of group) job.settle({ error })
    }
  })
}

async function runGroup(trx: Kysely<Database>, group: readonly Job[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const job of group) {
    if (group.length > 1) await sql`savepoint one`.execute(trx)
    try {
      outcomes.push({ value: await job.work(trx) })
      if (group.length > 1) await sql`release savepoint one`.execute(trx)
    } catch (error) {
      if (group.length === 1 || AGAIN.has(errorCode(error) ?? '')) throw error
      await sql`rollback to savepoint one`.execute(trx)
      outcomes.push({ error })
    }
  }
  return outcomes
}
