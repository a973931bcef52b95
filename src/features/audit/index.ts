/** Every change that staff make: who, what, before, after. A row is written in the transaction of the change. */
import type { App } from '../../app.ts'
import type { Contribution } from '../contribution.ts'

/** Who made a change: somebody's account, a program by its API key, or nobody in particular (the command line). */
export type Actor = { readonly accountId: string } | { readonly apiKeyId: string } | null

export interface Change {
  readonly communityId: string
  readonly by: Actor
  /** What was done, such as `setting.changed`: a noun and what happened to it. */
  readonly action: string
  /** What it was done to, such as `zone` or a member's id. Never a name. */
  readonly subject: string
  /** Plain values; null for what was not there. */
  readonly before: unknown
  readonly after: unknown
  readonly at: number
}

const written = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value)

/** Writes down a change; call it inside the transaction of the change. */
export async function audit(app: App, change: Change): Promise<void> {
  const { communityId, by, action, subject, before, after, at } = change
  await app.db
    .insertInto('audit')
    .values({
      community_id: communityId,
      account_id: by && 'accountId' in by ? by.accountId : null,
      api_key_id: by && 'apiKeyId' in by ? by.apiKeyId : null,
      action,
      subject,
      before: written(before),
      after: written(after),
      at,
    })
    .execute()
}

export interface AuditEntry {
  readonly id: number
  /** The name of whoever did it; null for a program or the command line. */
  readonly who: string | null
  readonly apiKeyId: string | null
  readonly action: string
  readonly subject: string
  readonly before: unknown
  readonly after: unknown
  readonly at: number
}

const read = (value: string | null): unknown => (value === null ? null : JSON.parse(value))

/** Changes in a community, newest first: at most `limit`, older than `before`, about one subject when given. */
export async function auditEntries(
  app: App,
  communityId: string,
  limit: number,
  narrowed: { before?: number; subject?: string; action?: string } = {},
): Promise<AuditEntry[]> {
  let query = app.db
    .selectFrom('audit')
    .leftJoin('accounts', 'accounts.id', 'audit.account_id')
    .select([
      'audit.id',
      'accounts.name as who',
      'audit.api_key_id as apiKeyId',
      'audit.action',
      'audit.subject',
      'audit.before',
      'audit.after',
      'audit.at',
    ])
    .where('audit.community_id', '=', communityId)
  if (narrowed.before !== undefined) query = query.where('audit.id', '<', narrowed.before)
  if (narrowed.subject !== undefined) query = query.where('audit.subject', '=', narrowed.subject)
  if (narrowed.action !== undefined) query = query.where('audit.action', '=', narrowed.action)
  const rows = await query.orderBy('audit.id', 'desc').limit(limit).execute()
  return rows.map(row => ({ ...row, before: read(row.before), after: read(row.after) }))
}

export const contribution: Contribution = { name: 'audit', tables: ['audit'] }
