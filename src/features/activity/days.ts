/** On which days a member was active, from the activity itself. */
import type { App } from '../../app.ts'
import { toNumber } from '../../db/index.ts'
import { inChunks } from '../../lib/chunks.ts'
import { DONE_TO_MEMBERS } from './fact.ts'

export interface ActiveDay {
  readonly member_id: string
  readonly day: string
  readonly count: number
}

/** Every active day as the activity has it; of some members when given. */
export async function recomputedDays(app: App, memberIds?: readonly string[]): Promise<ActiveDay[]> {
  let query = app.db
    .selectFrom('activity')
    .leftJoin('activity_todo', join =>
      join.onRef('activity_todo.activity_id', '=', 'activity.id').on('activity_todo.consumer', '=', 'activity-days'),
    )
    .select(({ fn }) => ['activity.member_id', 'activity.day', fn.countAll().as('count')])
    .where('activity.member_id', 'is not', null)
    .where('activity.kind', 'not in', DONE_TO_MEMBERS)
    // What is still to be consumed is not counted yet, and that is no difference.
    .where('activity_todo.activity_id', 'is', null)
    .groupBy(['activity.member_id', 'activity.day'])
  if (memberIds !== undefined) query = query.where('activity.member_id', 'in', memberIds)
  const rows = await query.execute()
  return rows.map(row => ({ member_id: row.member_id as string, day: row.day, count: toNumber(row.count) }))
}

/** Adds days where there are none. */
export async function writeDays(app: App, days: readonly ActiveDay[]): Promise<void> {
  for (const rows of inChunks(days)) await app.db.insertInto('activity_days').values(rows).execute()
}
