/** One writer, and everyone who writes at about the same time shares its COMMIT. */
import type { Kysely } from 'kysely'
import type { Work } from '../engine.ts'
import type { Database } from '../schema/index.ts'
import { begin, type Raw } from './connection.ts'

interface Job {
  readonly work: Work<unknown>
  settle(outcome: { value: unknown } | { error: unknown }): void
}

// A group ends after this much work, so that the first in it does not wait for a crowd.
const MAX_GROUP = 256
const MAX_GROUP_MS = 20

/**
 * Transactions over one connection, in the order they were asked for. Those that wait together run in one BEGIN IMMEDIATE … COMMIT, each in
 * a savepoint: a failing one undoes itself alone, and nobody hears of success before the COMMIT.
 */
export function createWriter(raw: Raw, db: Kysely<Database>): <T>(work: Work<T>) => Promise<T> {
  const waiting: Job[] = []
  let draining = false

  async function drain(): Promise<void> {
    try {
      while (waiting.length > 0) await runGroup()
    } finally {
      draining = false
    }
  }

  async function runGroup(): Promise<void> {
    const finished: Array<{ job: Job; outcome: { value: unknown } | { error: unknown } }> = []
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
      // Alone so far and nobody behind: the transaction itself is savepoint enough.
      raw.exec('savepoint one')
      let outcome: { value: unknown } | { error: unknown }
      try {
        outcome = { value: await job.work(db) }
        raw.exec('release one')
      } catch (error) {
        outcome = { error }
        if (!raw.inTransaction) {
          // A full disk and the like undo the whole transaction: everyone in it hears of it.
          job.settle(outcome)
          failAll(error)
          return
        }
        raw.exec('rollback to one; release one')
      }
      finished.push({ job, outcome })
    }
    try {
      raw.exec('commit')
    } catch (error) {
      if (raw.inTransaction) raw.exec('rollback')
      failAll(error)
      return
    }
    for (const { job, outcome } of finished) job.settle(outcome)
  }

  return work =>
    new Promise((resolve, reject) => {
      waiting.push({
        work,
        settle: outcome => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as never)),
      })
      if (draining) return
      draining = true
      // The rest of this tick may bring company.
      setImmediate(() => void drain())
    })
}
