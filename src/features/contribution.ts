/** What a feature brings to the walks over all features (src/contributions.ts). */
import type { App } from '../app.ts'
import type { Database } from '../db/index.ts'
import type { Day } from '../lib/time.ts'

/** A derived number that does not follow from its source rows. */
export interface Difference {
  /** Which number, such as `streaks member=mem… camp=daily current`. */
  readonly what: string
  readonly stored: string
  readonly recomputed: string
}

/** One person of the demo community and the days they were active, oldest first. */
export interface DemoMember {
  readonly memberId: string
  readonly accountId: string
  readonly activeDays: readonly Day[]
}

export interface Contribution {
  readonly name: string
  /** The tables this feature owns; every table has one owner. */
  readonly tables: ReadonlyArray<keyof Database>
  /** Recomputes every derived number from its source rows. */
  verify?(app: App): Promise<Difference[]>
  /** Writes the recomputed numbers over the stored ones. */
  repair?(app: App): Promise<void>
  /** Writes believable history for the demo community through the feature's own use cases. */
  seed?(app: App, cast: readonly DemoMember[]): Promise<void>
}

/** Compares stored rows with recomputed ones, both by key; a missing row counts as a difference. */
export function compare(
  table: string,
  stored: ReadonlyMap<string, Readonly<Record<string, string | number>>>,
  recomputed: ReadonlyMap<string, Readonly<Record<string, string | number>>>,
): Difference[] {
  const differences: Difference[] = []
  for (const key of new Set([...stored.keys(), ...recomputed.keys()])) {
    const was = stored.get(key)
    const is = recomputed.get(key)
    for (const column of Object.keys(is ?? was ?? {})) {
      const before = was ? String(was[column]) : 'no row'
      const after = is ? String(is[column]) : 'no row'
      if (before !== after) differences.push({ what: `${table} ${key} ${column}`, stored: before, recomputed: after })
    }
  }
  return differences
}
