/** Everything that one human is here: what was linked and what was left belong to them too. */
import type { App } from '../../app.ts'
import type { Platform } from '../../chat/text.ts'
import type { Whole } from '../contribution.ts'

/** The person that somebody counts as now: the one they were linked into, if any. */
export async function currentPerson(app: App, personId: string): Promise<string> {
  let current = personId
  for (;;) {
    const row = await app.db.selectFrom('persons').select('merged_into').where('id', '=', current).executeTakeFirst()
    if (!row?.merged_into) return current
    current = row.merged_into
  }
}

/** Rows and all that were merged into them, and into those. */
export async function withMerged(
  app: App,
  table: 'persons' | 'members' | 'communities',
  ids: readonly string[],
): Promise<string[]> {
  const found = [...ids]
  let latest = found
  while (latest.length > 0) {
    const rows = await app.db.selectFrom(table).select('id').where('merged_into', 'in', latest).execute()
    latest = rows.map(({ id }) => id).filter(id => !found.includes(id))
    found.push(...latest)
  }
  return found
}

/** All persons, accounts and memberships that are one human, oldest first. */
export async function wholePerson(app: App, personId: string): Promise<Whole> {
  const root = await currentPerson(app, personId)
  const personIds = await withMerged(app, 'persons', [root])
  const accounts = await app.db
    .selectFrom('accounts')
    .select(['id', 'platform', 'platform_id as platformId', 'name', 'username'])
    .where('person_id', 'in', personIds)
    .orderBy('id')
    .execute()
  const members = await app.db.selectFrom('members').select('id').where('person_id', 'in', personIds).execute()
  const memberIds = await withMerged(
    app,
    'members',
    members.map(({ id }) => id),
  )
  return {
    personId: root,
    personIds: personIds.sort(),
    accountIds: accounts.map(({ id }) => id),
    memberIds: memberIds.sort(),
    identities: accounts.map(({ id: _id, ...identity }) => identity),
  }
}

export interface Account {
  readonly id: string
  readonly platform: Platform
  readonly name: string
  /** Whether their private chat is open. */
  readonly direct: boolean
}

/** The accounts of somebody, oldest first. */
export async function accountsOf(app: App, personId: string): Promise<Account[]> {
  const rows = await app.db
    .selectFrom('accounts')
    .select(['id', 'platform', 'name', 'direct_at as directAt'])
    .where('person_id', '=', personId)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(({ directAt, ...row }) => ({ ...row, direct: directAt !== null }))
}
