/** Every change that staff make: who, what, before, after. A row is written in the transaction of the change. */
import type { App } from '../../app.ts'
import type { Contribution } from '../contribution.ts'
import type { Action } from './actions.ts'
import { exportChanges, exportChangesTo } from './personal.ts'

export { ACTIONS, type Action } from './actions.ts'

/** Who made a change: somebody's account, a program by its API key, or nobody in particular (the command line). */
export type Actor = { readonly accountId: string } | { readonly apiKeyId: string } | null

export interface Change {
  readonly communityId: string
  readonly by: Actor
  /** What was done, such as `setting.changed`; its words are in actions.ts. */
  readonly action: Action
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
  /** The name of the API key it was done with. */
  readonly program: string | null
  readonly action: string
  readonly subject: string
  /** The name of the member or API key that the subject is. */
  readonly about: string | null
  readonly before: unknown
  readonly after: unknown
  readonly at: number
}

/** Which changes are wanted; whatever is left out does not matter. */
export interface Narrowed {
  /** Older than this one. */
  readonly before?: number
  readonly subjects?: readonly string[]
  readonly actions?: readonly Action[]
  /** Done by this member, or to them. */
  readonly member?: { readonly id: string; readonly personId: string }
}

const read = (value: string | null): unknown => (value === null ? null : JSON.parse(value))

/** Changes in a community, newest first, at most `limit`. */
export async function auditEntries(
  app: App,
  communityId: string,
  limit: number,
  narrowed: Narrowed = {},
): Promise<AuditEntry[]> {
  const { before, subjects, actions, member } = narrowed
  const rows = await app.db
    .selectFrom('audit')
    .leftJoin('accounts', 'accounts.id', 'audit.account_id')
    .leftJoin('api_keys as program', 'program.id', 'audit.api_key_id')
    .leftJoin('members', 'members.id', 'audit.subject')
    .leftJoin('api_keys as key', 'key.id', 'audit.subject')
    .select(eb => [
      'audit.id',
      'accounts.name as who',
      'program.name as program',
      'audit.action',
      'audit.subject',
      eb.fn.coalesce('members.name', 'key.name').as('about'),
      'audit.before',
      'audit.after',
      'audit.at',
    ])
    .where('audit.community_id', '=', communityId)
    .$if(before !== undefined, query => query.where('audit.id', '<', before ?? 0))
    .$if(subjects !== undefined, query => query.where('audit.subject', 'in', [...(subjects ?? [])]))
    .$if(actions !== undefined, query => query.where('audit.action', 'in', [...(actions ?? [])]))
    .$if(member !== undefined, query =>
      query.where(eb =>
        eb.or([
          eb('accounts.person_id', '=', member?.personId ?? ''),
          // Whoever proved to be the same person is meant too.
          eb(
            'audit.subject',
            'in',
            eb
              .selectFrom('members as they')
              .select('they.id')
              .where(inner =>
                inner.or([inner('they.id', '=', member?.id ?? ''), inner('they.merged_into', '=', member?.id ?? '')]),
              ),
          ),
        ]),
      ),
    )
    .orderBy('audit.id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(row => ({ ...row, before: read(row.before), after: read(row.after) }))
}

export const contribution: Contribution = {
  name: 'audit',
  tables: ['audit'],
  exportMember: exportChangesTo,
  exportPerson: exportChanges,
}
