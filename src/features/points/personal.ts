/** What is kept about a member's points. */
import type { App } from '../../app.ts'
import type { Exported } from '../contribution.ts'

/** Every entry, and the totals that follow from them. */
export async function exportPoints(app: App, memberId: string): Promise<Record<string, Exported>> {
  const ledger = await app.db
    .selectFrom('ledger')
    .select(['id', 'account_id', 'unit', 'amount', 'source', 'day', 'at', 'reverses'])
    .where('member_id', '=', memberId)
    .orderBy('id')
    .execute()
  const balances = await app.db
    .selectFrom('balances')
    .select(['unit', 'total'])
    .where('member_id', '=', memberId)
    .orderBy('unit')
    .execute()
  const standings = await app.db
    .selectFrom('standings')
    .select(['period', 'points', 'reached_at'])
    .where('member_id', '=', memberId)
    .orderBy('period')
    .execute()
  return { ledger, balances, standings }
}
