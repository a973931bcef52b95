/** Work that waits for its transaction; shared by both engines' group commits. */
import type { Work } from './engine.ts'

export type Outcome = { readonly value: unknown } | { readonly error: unknown }

export interface Job {
  readonly work: Work<unknown>
  settle(outcome: Outcome): void
}

/**
 * Hands work to `runGroup` until none waits; `runGroup` takes from the front what it runs, and settles all it took. `soon` starts it: what
 * is asked for by then comes along.
 */
export function createQueue(
  soon: (start: () => void) => void,
  runGroup: (waiting: Job[]) => Promise<void>,
): <T>(work: Work<T>) => Promise<T> {
  const waiting: Job[] = []
  let draining = false

  async function drain(): Promise<void> {
    try {
      while (waiting.length > 0) await runGroup(waiting)
    } finally {
      draining = false
    }
  }

  return work =>
    new Promise((resolve, reject) => {
      waiting.push({
        work,
        settle: outcome => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as never)),
      })
      if (draining) return
      draining = true
      soon(() => void drain())
    })
}
