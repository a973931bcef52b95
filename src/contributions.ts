/** Walks over all features: verifying, repairing, seeding. */
import { type App, snapshot, transaction } from './app.ts'
import type { DemoMember, Difference } from './features/contribution.ts'
import { contributions } from './features/index.ts'

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
