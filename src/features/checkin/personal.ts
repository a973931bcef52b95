/** What is kept about a member's check-ins. */
import type { App } from '../../app.ts'
import type { Exported, Leaver } from '../contribution.ts'
import { tracesOf } from '../traces.ts'

/** Every check-in with its note, and the streaks that follow. */
export async function exportCheckins(app: App, memberId: string): Promise<Record<string, Exported>> {
  const checkins = await app.db
    .selectFrom('checkins')
    .select(['id', 'account_id', 'camp', 'day', 'zone', 'note', 'at', 'superseded_at'])
    .where('member_id', '=', memberId)
    .orderBy('id')
    .execute()
  const streaks = await app.db
    .selectFrom('streaks')
    .select(['camp', 'current', 'longest', 'total', 'last_day'])
    .where('member_id', '=', memberId)
    .orderBy('camp')
    .execute()
  return { checkins, streaks }
}

/** That they checked in stays, for the sums; what they wrote goes. */
export async function forgetNotes(app: App, { memberIds }: Leaver): Promise<void> {
  if (memberIds.length === 0) return
  await app.db
    .updateTable('checkins')
    .set({ note: null })
    .where('member_id', 'in', [...memberIds])
    .where('note', 'is not', null)
    .execute()
}

const BATCH = 500

/** A batch of what others wrote: their words stay, the name in them goes. */
export async function redactNotes(app: App, who: Leaver, after: number): Promise<number | null> {
  const rows = await app.db
    .selectFrom('checkins')
    .select(['id', 'note'])
    .where('id', '>', after)
    .where('note', 'is not', null)
    .orderBy('id')
    .limit(BATCH)
    .execute()
  const { unnamed } = tracesOf(who)
  for (const { id, note } of rows) {
    const without = note === null ? null : unnamed(note)
    if (without !== note)
      await app.db
        .updateTable('checkins')
        .set({ note: without })
        .where('id', '=', id)
        .where('note', '=', note)
        .execute()
  }
  return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
}
