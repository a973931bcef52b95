/** What people choose for themselves. */
import type { App } from '../../app.ts'
import type { Locale } from '../../lib/locale.ts'

/** The language Muster speaks with a person; null follows their app. */
export async function setLocale(app: App, personId: string, locale: Locale | null): Promise<void> {
  await app.db.updateTable('persons').set({ locale }).where('id', '=', personId).execute()
}

/** Whether boards leave the member out. */
export async function setHidden(app: App, memberId: string, hidden: boolean, at: number): Promise<void> {
  await app.db
    .updateTable('members')
    .set({ hidden_at: hidden ? at : null })
    .where('id', '=', memberId)
    .where('hidden_at', hidden ? 'is' : 'is not', null)
    .execute()
}

/** Whether an account can be written to privately. */
export async function openDirect(app: App, accountId: string, open: boolean, at: number): Promise<void> {
  await app.db
    .updateTable('accounts')
    .set({ direct_at: open ? at : null })
    .where('id', '=', accountId)
    .where('direct_at', open ? 'is' : 'is not', null)
    .execute()
}

/** The communities a person belongs to now, by name. */
export async function communitiesOf(app: App, personId: string): Promise<Array<{ id: string; name: string }>> {
  return app.db
    .selectFrom('members')
    .innerJoin('communities', 'communities.id', 'members.community_id')
    .select(['communities.id', 'communities.name'])
    .where('members.person_id', '=', personId)
    .where('members.left_at', 'is', null)
    .orderBy('communities.name')
    .orderBy('communities.id')
    .execute()
}

/** A person's memberships, those they left included; whom others became is not theirs. */
export async function memberships(
  app: App,
  personId: string,
): Promise<Array<{ memberId: string; communityId: string }>> {
  return app.db
    .selectFrom('members')
    .select(['id as memberId', 'community_id as communityId'])
    .where('person_id', '=', personId)
    .where('merged_into', 'is', null)
    .orderBy('id')
    .execute()
}

/** The community that an account's private chat is about. */
export async function chooseCommunity(app: App, accountId: string, communityId: string | null): Promise<void> {
  await app.db.updateTable('accounts').set({ community_id: communityId }).where('id', '=', accountId).execute()
}

/** The language a person chose; null when their app decides. */
export async function localeOf(app: App, personId: string): Promise<Locale | null> {
  const row = await app.db.selectFrom('persons').select('locale').where('id', '=', personId).executeTakeFirst()
  return row?.locale ?? null
}

/** Whether a member chose to be left out of boards. */
export async function isHidden(app: App, memberId: string): Promise<boolean> {
  const row = await app.db.selectFrom('members').select('hidden_at').where('id', '=', memberId).executeTakeFirst()
  return typeof row?.hidden_at === 'number'
}
