/** What people sent as files. */
import type { App } from '../../app.ts'
import type { Exported, Leaver, Whole } from '../contribution.ts'

/** The files somebody sent, deleted ones too; their bytes are added where the export is written. */
export async function exportFiles(app: App, { accountIds }: Whole): Promise<Record<string, Exported>> {
  if (accountIds.length === 0) return { files: [] }
  const rows = await app.db
    .selectFrom('files')
    .select(['id', 'community_id', 'account_id', 'name', 'kind', 'bytes', 'sha256', 'created_at', 'deleted_at'])
    .where('account_id', 'in', [...accountIds])
    .orderBy('id')
    .execute()
  return { files: rows }
}

/** What they called their files goes at once, the bytes with the next sweep. */
export async function forgetFiles(app: App, { accountIds, at }: Leaver): Promise<void> {
  if (accountIds.length === 0) return
  const theirs = app.db
    .selectFrom('files')
    .select('id')
    .where('account_id', 'in', [...accountIds])
  await app.db.updateTable('files').set({ name: '' }).where('id', 'in', theirs).execute()
  await app.db
    .updateTable('files')
    .set({ deleted_at: at })
    .where('id', 'in', theirs)
    .where('deleted_at', 'is', null)
    .execute()
}
