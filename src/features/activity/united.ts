/** Activity when members prove to be one person, when they are told apart, and when a community becomes part of another. */
import type { App } from '../../app.ts'
import { inChunks } from '../../lib/chunks.ts'
import type { MemberMerge, MemberSplit } from '../contribution.ts'
import { moveRows, partRows } from '../people/index.ts'
import { recomputedDays, writeDays } from './days.ts'

export async function mergeActivity(app: App, { cause, pairs }: MemberMerge): Promise<void> {
  await moveRows(app, cause, 'activity')
  await recount(
    app,
    pairs.flatMap(({ from, into }) => [from, into]),
  )
}

export async function splitActivity(app: App, split: MemberSplit): Promise<void> {
  await partRows(app, split, 'activity')
  await recount(
    app,
    split.partings.flatMap(({ from, to }) => [from, to]),
  )
}

async function recount(app: App, memberIds: readonly string[]): Promise<void> {
  for (const chunk of inChunks(memberIds)) {
    await app.db.deleteFrom('activity_days').where('member_id', 'in', chunk).execute()
    await writeDays(app, await recomputedDays(app, chunk))
  }
}

/** What members did belongs to the community that they are in. */
export async function rehomeActivity(app: App, memberIds: readonly string[], communityId: string): Promise<void> {
  for (const chunk of inChunks(memberIds))
    await app.db
      .updateTable('activity')
      .set({ community_id: communityId })
      .where('member_id', 'in', chunk)
      .where('community_id', '<>', communityId)
      .execute()
}
