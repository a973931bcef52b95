/** What is kept about a member's days. */
import type { App } from '../../app.ts'
import type { Exported } from '../contribution.ts'

/** In which zones their days were counted. */
export async function exportDayRules(app: App, memberId: string): Promise<Record<string, Exported>> {
  const rows = await app.db
    .selectFrom('day_rules')
    .select(['from_at', 'zone', 'day_start', 'last_day', 'first_day', 'requested_at'])
    .where('member_id', '=', memberId)
    .orderBy('from_at')
    .execute()
  return { day_rules: rows }
}
