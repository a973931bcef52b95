/** What is kept about somebody as a person: their accounts, memberships and presences. */
import type { App } from '../../app.ts'
import { randomCharacters } from '../../lib/ids.ts'
import type { Exported, Leaver, Whole } from '../contribution.ts'

/** Their persons and accounts. */
export async function exportAccounts(app: App, who: Whole): Promise<Record<string, Exported>> {
  const persons = await app.db
    .selectFrom('persons')
    .select(['id', 'locale', 'merged_into', 'created_at'])
    .where('id', 'in', [...who.personIds])
    .orderBy('id')
    .execute()
  if (who.accountIds.length === 0) return { persons, accounts: [] }
  const accounts = await app.db
    .selectFrom('accounts')
    .select(['id', 'platform', 'platform_id', 'name', 'username', 'locale', 'direct_at', 'created_at', 'deleted_at'])
    .where('id', 'in', [...who.accountIds])
    .orderBy('id')
    .execute()
  return { persons, accounts }
}

/** A membership, and where in the community their accounts are or were. */
export async function exportMembership(app: App, memberId: string): Promise<Record<string, Exported>> {
  const member = await app.db
    .selectFrom('members')
    .innerJoin('communities', 'communities.id', 'members.community_id')
    .select([
      'members.id',
      'communities.name as community',
      'members.community_id',
      'members.person_id',
      'members.name',
      'members.role',
      'members.hidden_at',
      'members.joined_at',
      'members.left_at',
      'members.merged_into',
    ])
    .where('members.id', '=', memberId)
    .executeTakeFirstOrThrow()
  const presences = await app.db
    .selectFrom('presences')
    .innerJoin('places', 'places.id', 'presences.place_id')
    .innerJoin('accounts', 'accounts.id', 'presences.account_id')
    .select([
      'presences.account_id',
      'places.platform',
      'places.title as place',
      'presences.role',
      'presences.joined_at',
      'presences.left_at',
      'presences.banned_at',
    ])
    .where('accounts.person_id', '=', member.person_id)
    .where('places.community_id', '=', member.community_id)
    .orderBy('presences.place_id')
    .orderBy('presences.account_id')
    .execute()
  const { person_id: _, ...membership } = member
  return { membership, presences }
}

const TOKEN_SIZE = 20

/**
 * Nothing is left that tells who they were: accounts go by a random token, so that whoever comes back is somebody new; members have no
 * name. An empty name is shown as a former member's.
 */
export async function forgetAccounts(app: App, who: Leaver): Promise<void> {
  for (const id of who.accountIds)
    await app.db
      .updateTable('accounts')
      .set({
        platform_id: `forgotten:${randomCharacters(app.random, TOKEN_SIZE)}`,
        name: '',
        username: null,
        locale: null,
        direct_at: null,
        community_id: null,
        deleted_at: who.at,
      })
      .where('id', '=', id)
      .execute()
  await app.db
    .updateTable('persons')
    .set({ locale: null })
    .where('id', 'in', [...who.personIds])
    .execute()
  if (who.memberIds.length > 0)
    await app.db
      .updateTable('members')
      .set({ name: '' })
      .where('id', 'in', [...who.memberIds])
      .execute()
}
