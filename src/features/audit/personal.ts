/** What is written down about somebody's changes, and about changes to them. */
import type { App } from '../../app.ts'
import type { Exported, Whole } from '../contribution.ts'

const columns = ['id', 'community_id', 'action', 'subject', 'before', 'after', 'at'] as const

/** What they changed as staff. */
export async function exportChanges(app: App, { accountIds }: Whole): Promise<Record<string, Exported>> {
  if (accountIds.length === 0) return { changes_made: [] }
  const rows = await app.db
    .selectFrom('audit')
    .select(columns)
    .where('account_id', 'in', [...accountIds])
    .orderBy('id')
    .execute()
  return { changes_made: rows }
}

/** What staff changed about them; who did is the staff's own. */
export async function exportChangesTo(app: App, memberId: string): Promise<Record<string, Exported>> {
  const rows = await app.db
    .selectFrom('audit')
    .innerJoin('members', 'members.community_id', 'audit.community_id')
    .select(['audit.id', 'audit.action', 'audit.before', 'audit.after', 'audit.at'])
    .where('members.id', '=', memberId)
    .where('audit.subject', '=', memberId)
    .orderBy('audit.id')
    .execute()
  return { changes_to_them: rows }
}
