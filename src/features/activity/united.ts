/** Activity when members prove to be one person, when they are told apart, and when a community becomes part of another. */
import type { App } from '../../app.ts'
import type { MemberMerge, MemberSplit } from '../contribution.ts'
import { moveRows, moveRowsBack } from '../people/index.ts'
import { recomputedDays } from './days.ts'

const ACTIVITY = { table: 'activity', key: 'id', account: 'account_id' } as const

export async function mergeActivity(app: App, merge: MemberMerge): Promise<void> {
  await moveRows(app, merge, ACTIVITY)
  await recount(app, merge.from)
  await recount(app, merge.into)
}

export async function splitActivity(app: App, split: MemberSplit): Promise<void> {
  await moveRowsBack(app, split, ACTIVITY)
  await recount(app, split.from)
  await recount(app, split.to)
}

async function recount(app: App, memberId: string): Promise<void> {
  await app.db.deleteFrom('activity_days').where('member_id', '=', memberId).execute()
  for (const row of await recomputedDays(app, memberId)) await app.db.insertInto('activity_days').values(row).execute()
}

/** What a member did belongs to the community that the member is in. */
export async function rehomeActivity(app: App, memberId: string, communityId: string): Promise<void> {
  await app.db
    .updateTable('activity')
    .set({ community_id: communityId })
    .where('member_id', '=', memberId)
    .where('community_id', '<>', communityId)
    .execute()
}
