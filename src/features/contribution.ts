/** What a feature brings to the walks over all features (src/contributions.ts). */
import type { App } from '../app.ts'
import type { Platform } from '../chat/text.ts'
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

/** Two members of one community that are one from now on: what `from` did counts for `into`. */
export interface Pair {
  readonly from: string
  readonly into: string
}

/** Members prove to be one person, two by two. */
export interface MemberMerge {
  /** The link or connection that causes it; every row moved is listed under it (see people/moved.ts). */
  readonly cause: string
  readonly pairs: readonly Pair[]
  readonly at: number
}

/**
 * Two members that were one: `from` keeps what is not `to`'s. Where the accounts below do not tell, a fact goes to whoever it was moved from
 * first, and stays where nothing moved it.
 */
export interface Parting {
  readonly from: string
  readonly to: string
  /** Accounts whose facts go to `to`. */
  readonly accounts: readonly string[]
  /** Accounts whose facts go since `MemberSplit.since`, where nothing moved them. */
  readonly lately: readonly string[]
  /** Accounts whose facts stay. */
  readonly stays: readonly string[]
}

/** A link or connection is undone. */
export interface MemberSplit {
  /** Names the undoing, where it leaves entries of its own. */
  readonly undoing: string
  readonly partings: readonly Parting[]
  /** When they became one. */
  readonly since: number
  readonly at: number
}

/** Everything that one human is here, whatever was linked: accounts and memberships of before are theirs too. */
export interface Whole {
  readonly personId: string
  /** With those that proved to be the same. */
  readonly personIds: readonly string[]
  readonly accountIds: readonly string[]
  /** Left ones and merged ones included. */
  readonly memberIds: readonly string[]
  /** Their accounts as the platforms name them. */
  readonly identities: ReadonlyArray<{
    readonly platform: Platform
    readonly platformId: string
    readonly name: string
    readonly username: string | null
  }>
}

/** Somebody who asked to be forgotten. */
export interface Leaver extends Whole {
  readonly at: number
}

/** Plain JSON. */
export type Exported = string | number | null | Exported[] | { [name: string]: Exported }

export interface Contribution {
  readonly name: string
  /** The tables this feature owns; every table has one owner. */
  readonly tables: ReadonlyArray<keyof Database>
  /** Recomputes every derived number from its source rows. */
  verify?(app: App): Promise<Difference[]>
  /** Writes the recomputed numbers over the stored ones. */
  repair?(app: App): Promise<void>
  /** Moves the rows of members to other members, each listed, and sets right what derives from them. */
  merge?(app: App, merge: MemberMerge): Promise<void>
  /** Moves them back, and sets right what derives from them on both sides. */
  unmerge?(app: App, split: MemberSplit): Promise<void>
  /** Members are in another community now: rows that name the community follow. */
  rehome?(app: App, memberIds: readonly string[], communityId: string): Promise<void>
  /** Everything kept about somebody in one community, in their own words where there are any. */
  exportMember?(app: App, memberId: string): Promise<Record<string, Exported>>
  /** Everything kept about somebody whatever the community. */
  exportPerson?(app: App, who: Whole): Promise<Record<string, Exported>>
  /**
   * Takes somebody out of what others asked and were told, a batch of rows from behind `after` on; returns where to go on, null at the
   * end. Comes before `forget`, each batch in a transaction of its own; told twice, it changes nothing the second time.
   */
  redact?(app: App, who: Leaver, after: number): Promise<number | null>
  /** Removes or blanks what tells who somebody was; sums stay as they are. */
  forget?(app: App, who: Leaver): Promise<void>
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
