/** What people wrote into forms. */
import type { App } from '../../app.ts'
import type { Exported, Leaver, Whole } from '../contribution.ts'

/** Forms somebody opened in the last weeks; what stood in one is kept only while it is open. */
export async function exportForms(app: App, { accountIds }: Whole): Promise<Record<string, Exported>> {
  if (accountIds.length === 0) return { forms: [] }
  const rows = await app.db
    .selectFrom('forms')
    .select(['form', 'draft', 'step', 'state', 'opened_at', 'expires_at', 'finished_at'])
    .where('account_id', 'in', [...accountIds])
    .orderBy('id')
    .execute()
  return {
    forms: rows.map(({ form, draft, ...row }) => ({
      command: JSON.parse(form).command,
      values: JSON.parse(form).values,
      draft: JSON.parse(draft),
      ...row,
    })),
  }
}

export async function forgetForms(app: App, { accountIds }: Leaver): Promise<void> {
  if (accountIds.length === 0) return
  await app.db
    .deleteFrom('forms')
    .where('account_id', 'in', [...accountIds])
    .execute()
}
