/** Walks over all features: verifying, repairing, seeding, uniting and parting members, handing out and forgetting. */
import { setImmediate } from 'node:timers/promises'
import { type App, snapshot, transaction } from './app.ts'
import { endMemberships } from './features/communities/index.ts'
import type { DemoMember, Difference, Exported, Leaver } from './features/contribution.ts'
import { contributions } from './features/index.ts'
import type { Walk } from './features/linking/index.ts'
import { wholePerson } from './features/people/index.ts'
import { claimForgetting, dueForgetting, type ForgetRequest, saidGoodbye } from './features/privacy/index.ts'

/** Recomputes every derived number; an empty list means that all follow from their source rows. */
export async function verifyAll(app: App): Promise<Array<Difference & { feature: string }>> {
  // As of one moment: what is being written meanwhile is no difference.
  return snapshot(app, async reading => {
    const found: Array<Difference & { feature: string }> = []
    for (const { name, verify } of contributions) {
      for (const difference of (await verify?.(reading)) ?? []) found.push({ feature: name, ...difference })
    }
    return found
  })
}

/** Writes every derived number anew, in one transaction. */
export async function repairAll(app: App): Promise<void> {
  await transaction(app, async inner => {
    // What is booked meanwhile would be lost between reading the sources and writing the totals.
    const mended = contributions.filter(({ repair }) => repair).flatMap(({ tables }) => tables)
    await app.engine.lockTables(inner.db, mended)
    for (const { repair } of contributions) await repair?.(inner)
  })
}

/** Gives the demo community its history. */
export async function seedAll(app: App, cast: readonly DemoMember[]): Promise<void> {
  await transaction(app, async inner => {
    for (const { seed } of contributions) await seed?.(inner, cast)
  })
}

/** What every feature does when members unite, part, or change their community. */
export const walk: Walk = {
  async merge(app, merge) {
    for (const contribution of contributions) await contribution.merge?.(app, merge)
  },
  async unmerge(app, split) {
    for (const contribution of contributions) await contribution.unmerge?.(app, split)
  },
  async rehome(app, memberIds, communityId) {
    for (const contribution of contributions) await contribution.rehome?.(app, memberIds, communityId)
  },
}

type Kept = Record<string, Exported>

/** Everything kept about one human. Instants are milliseconds since 1970-01-01T00:00Z, days are their own. */
export interface PersonExport {
  readonly schema: 'muster-export'
  /** Raised when names or meanings change. */
  readonly version: 1
  readonly exported_at: number
  readonly person: Kept
  /** One for each community, left ones and ones that were united with others included. */
  readonly memberships: readonly Kept[]
}

/** Puts side by side what several features keep; two that use one name would hide each other. */
function beside(all: Kept, more: Kept = {}): Kept {
  for (const name of Object.keys(more))
    if (Object.hasOwn(all, name)) throw new Error(`two features export something under the name "${name}"`)
  return { ...all, ...more }
}

/** Everything kept about a person and whoever proved to be the same, as of one moment; the same every time while nothing changes. */
export async function exportAll(app: App, personId: string): Promise<PersonExport> {
  return snapshot(app, async reading => {
    const who = await wholePerson(reading, personId)
    let person: Kept = {}
    for (const { exportPerson } of contributions) person = beside(person, await exportPerson?.(reading, who))
    const memberships: Kept[] = []
    for (const memberId of who.memberIds) {
      let membership: Kept = {}
      for (const { exportMember } of contributions)
        membership = beside(membership, await exportMember?.(reading, memberId))
      memberships.push(membership)
    }
    return { schema: 'muster-export', version: 1, exported_at: app.clock.now(), person, memberships }
  })
}

/** Forgets everybody whose grace is over; returns how many. One that fails is logged and tried again by the next call. */
export async function forgetDue(app: App): Promise<number> {
  let done = 0
  for (const request of await dueForgetting(app)) {
    try {
      if (await forgetOne(app, request)) done++
    } catch (error) {
      app.log.error({ err: error, request: request.id }, 'somebody could not be forgotten; it is tried again')
    }
  }
  return done
}

/** The last words first, then what others were told, then everything else at once. Cut short anywhere, it begins anew. */
async function forgetOne(app: App, request: ForgetRequest): Promise<boolean> {
  const said = await transaction(app, async inner =>
    saidGoodbye(inner, request, await wholePerson(inner, request.personId)),
  )
  if (!said) return false
  const at = app.clock.now()
  const before: Leaver = { ...(await wholePerson(app, request.personId)), at }
  for (const { redact } of contributions) {
    let after: number | null = 0
    while (redact && after !== null) {
      const from: number = after
      after = await transaction(app, inner => redact(inner, before, from))
      // Whoever asks for something meanwhile has their turn between two batches.
      await setImmediate()
    }
  }
  return transaction(app, async inner => {
    if (!(await claimForgetting(inner, request.id, at))) return false
    const who: Leaver = { ...(await wholePerson(inner, request.personId)), at }
    await endMemberships(inner, who)
    for (const { forget } of contributions) await forget?.(inner, who)
    return true
  })
}
