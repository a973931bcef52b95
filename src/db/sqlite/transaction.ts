/** One writer, and everyone who writes at about the same time shares its COMMIT. */
import type { Kysely } from 'kysely'
import type { Work } from '../engine.ts'
import { createQueue, type Job, type Outcome } from '../queue.ts'
import type { Database } from '../schema/index.ts'
import { begin, type Raw } from './connection.ts'

// A group ends after this much work, so that the first in it does not wait for a crowd.
const MAX_GROUP = 256
const MAX_GROUP_MS = 20

/**
 * Transactions over one connection, in the order they were asked for. Those that wait together run in one BEGIN IMMEDIATE … COMMIT, each in
 * a savepoint: a failing one undoes itself alone, and nobody hears of success before the COMMIT.
 */
export function createWriter(raw: Raw, db: Kysely<Database>): <T>(work: Work<T>) => Promise<T> {
  const steps = {
    savepoint: raw.prepare('savepoint one'),
    release: raw.prepare('release one'),
    rollbackTo: raw.prepare('rollback to one'),
    rollback: raw.prepare('rollback'),
    commit: raw.prepare('commit'),
  }

  /** Undoes what is left of a transaction; a disk that is full has done so itself. */
  const undo = () => {
    if (raw.inTransaction) steps.rollback.run()
  }

  async function runGroup(waiting: Job[]): Promise<void> {
    const finished: Array<{ job: Job; outcome: Outcome }> = []
    const failAll = (error: unknown) => {
      for (const { job } of finished) job.settle({ error })
    }
    try {
      await begin(raw)
    } catch (error) {
      for (const job of waiting.splice(0)) job.settle({ error })
      return
    }
    const until = performance.now() + MAX_GROUP_MS
    while (waiting.length > 0 && finished.length < MAX_GROUP && (finished.length === 0 || performance.now() < until)) {
      const job = waiting.shift() as Job
      // Before the first there is nothing to keep: the transaction itself is its savepoint.
      const first = finished.length === 0
      let outcome: Outcome
      try {
        if (!first) steps.savepoint.run()
        outcome = { value: await job.work(db) }
        if (!first) steps.release.run()
      } catch (error) {
        outcome = { error }
        if (first || !raw.inTransaction) {
          // A full disk and the like undo the whole transaction: everyone in it hears of it.
          undo()
          job.settle(outcome)
          failAll(error)
          return
        }
        try {
          steps.rollbackTo.run()
          steps.release.run()
        } catch (broken) {
          undo()
          job.settle(outcome)
          failAll(broken)
          return
        }
      }
      finished.push({ job, outcome })
    }
    try {
      steps.commit.run()
    } catch (error) {
      undo()
      failAll(error)
      return
    }
    for (const { job, outcome } of finished) job.settle(outcome)
  }

  // What is asked for at once comes along; what comes while the group runs joins it.
  return createQueue(queueMicrotask, runGroup)
}
