/** What is kept about what a member did. */
import type { App } from '../../app.ts'
import type { Exported } from '../contribution.ts'

/** Every fact, and the days that were active ones. */
export async function exportActivity(app: App, memberId: string): Promise<Record<string, Exported>> {
  const facts = await app.db
    .selectFrom('activity')
    .select(['id', 'account_id', 'kind', 'subject', 'day', 'at', 'details'])
    .where('member_id', '=', memberId)
    .orderBy('id')
    .execute()
  const days = await app.db
    .selectFrom('activity_days')
    .select(['day', 'count'])
    .where('member_id', '=', memberId)
    .orderBy('day')
    .execute()
  return { activity: facts.map(fact => ({ ...fact, details: JSON.parse(fact.details) })), activity_days: days }
}
