/** The words behind awards: they are about somebody, and go when that one is forgotten. */
import type { App } from '../../app.ts'
import type { Exported, Leaver } from '../contribution.ts'
import { tracesOf } from '../traces.ts'

/** Why a member was given points, or some were taken back. */
export async function exportReasons(app: App, memberId: string): Promise<Record<string, Exported>> {
  const awards = await app.db
    .selectFrom('awards')
    .select(['subject', 'reason'])
    .where('asked_as', '=', memberId)
    .orderBy('id')
    .execute()
  return { awards }
}

export async function forgetReasons(app: App, { memberIds }: Leaver): Promise<void> {
  await app.db
    .updateTable('awards')
    .set({ reason: null })
    .where('asked_as', 'in', [...memberIds])
    .execute()
}

const BATCH = 1000

/** A batch of what was written about others: the words stay, the name in them goes. */
export async function redactReasons(app: App, who: Leaver, after: number): Promise<number | null> {
  const rows = await app.db
    .selectFrom('awards')
    .select(['id', 'reason'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(BATCH)
    .execute()
  const { unnamed } = tracesOf(who)
  for (const { id, reason } of rows) {
    const without = reason === null ? null : unnamed(reason)
    if (without !== reason)
      await app.db
        .updateTable('awards')
        .set({ reason: without })
        .where('id', '=', id)
        .where('reason', '=', reason)
        .execute()
  }
  return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
}
