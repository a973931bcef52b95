/** What happened in a community, newest first. */
import type { App } from '../../app.ts'
import type { Day } from '../../lib/time.ts'

export interface ActivityRow {
  readonly id: number
  readonly kind: string
  readonly memberId: string | null
  readonly day: Day
  readonly at: number
  readonly details: Readonly<Record<string, unknown>>
}

/** Facts of one community, the newest first: at most `limit`, older than `before`, about one member or of one kind when given. */
export async function readActivity(
  app: App,
  communityId: string,
  page: { limit: number; before?: number; memberId?: string; kind?: string },
): Promise<ActivityRow[]> {
  let query = app.db
    .selectFrom('activity')
    .select(['id', 'kind', 'member_id as memberId', 'day', 'at', 'details'])
    .where('community_id', '=', communityId)
  if (page.before !== undefined) query = query.where('id', '<', page.before)
  if (page.memberId !== undefined) query = query.where('member_id', '=', page.memberId)
  if (page.kind !== undefined) query = query.where('kind', '=', page.kind)
  const rows = await query.orderBy('id', 'desc').limit(page.limit).execute()
  return rows.map(row => ({ ...row, details: JSON.parse(row.details) as Record<string, unknown> }))
}
