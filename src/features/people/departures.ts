/** People and bots that leave, are kept out, or are no more. Each function runs inside a transaction. */
import type { App } from '../../app.ts'
import type { PlaceSighting, Sighting } from '../../chat/request.ts'
import type { Platform } from '../../chat/text.ts'
import { changed, unindexed } from '../../db/index.ts'
import type { Leaver } from '../contribution.ts'
import { lockMember } from '../days/index.ts'

export interface Departure {
  readonly accountId: string
  readonly memberId: string
  readonly communityId: string
  readonly placeId: string
  /** Whether it was the last place of the community, so that the membership ended with it. */
  readonly ended: boolean
}

/** Accounts in places, with the membership that goes with it. */
const presences = (app: App) =>
  app.db
    .selectFrom('presences')
    .innerJoin('places', 'places.id', 'presences.place_id')
    .innerJoin('accounts', 'accounts.id', 'presences.account_id')
    .innerJoin('members', join =>
      join
        .onRef('members.community_id', '=', 'places.community_id')
        .onRef('members.person_id', '=', 'accounts.person_id'),
    )
    .select([
      'places.id as placeId',
      'places.community_id as communityId',
      'accounts.id as accountId',
      'accounts.person_id as personId',
      'members.id as memberId',
      'presences.left_at as leftAt',
      'presences.banned_at as bannedAt',
    ])

const presenceOf = (app: App, platform: Platform, place: PlaceSighting, who: Sighting) =>
  presences(app)
    .where('places.platform', '=', platform)
    .where('places.platform_id', '=', place.platformId)
    .where('accounts.platform', '=', platform)
    .where('accounts.platform_id', '=', who.platformId)

type Presence = Awaited<ReturnType<ReturnType<typeof presences>['executeTakeFirstOrThrow']>>

/** Ends one presence; the membership ends with the last place of the community. */
async function end(app: App, presence: Presence, at: number): Promise<Departure> {
  const { accountId, memberId, communityId, placeId, personId } = presence
  // Leaving two places at once: the second must see that the first is left.
  await lockMember(app, memberId)
  await app.db
    .updateTable('presences')
    .set({ left_at: at, role: 'member' })
    .where('place_id', '=', placeId)
    .where('account_id', '=', accountId)
    .execute()
  const elsewhere = await app.db
    .selectFrom('presences')
    .innerJoin('places', 'places.id', 'presences.place_id')
    .innerJoin('accounts', 'accounts.id', 'presences.account_id')
    .select('presences.place_id')
    .where(unindexed('places.community_id'), '=', communityId)
    .where('accounts.person_id', '=', personId)
    .where('presences.left_at', 'is', null)
    .where('places.left_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  if (elsewhere) return { accountId, memberId, communityId, placeId, ended: false }
  const left = await app.db
    .updateTable('members')
    .set({ left_at: at })
    .where('id', '=', memberId)
    .where('left_at', 'is', null)
    .executeTakeFirst()
  return { accountId, memberId, communityId, placeId, ended: changed(left) > 0 }
}

/** Somebody left a place. Null when we never knew them there, or knew it already. */
export async function depart(
  app: App,
  platform: Platform,
  place: PlaceSighting,
  who: Sighting,
  at: number,
): Promise<Departure | null> {
  const presence = await presenceOf(app, platform, place, who).where('presences.left_at', 'is', null).executeTakeFirst()
  return presence ? end(app, presence, at) : null
}

/** Staff keep somebody out of a place from now on. Null when we never knew them there, or knew it already. */
export async function ban(
  app: App,
  platform: Platform,
  place: PlaceSighting,
  who: Sighting,
  at: number,
): Promise<Departure | null> {
  const presence = await presenceOf(app, platform, place, who)
    .where('presences.banned_at', 'is', null)
    .executeTakeFirst()
  if (!presence) return null
  await app.db
    .updateTable('presences')
    .set({ banned_at: at })
    .where('place_id', '=', presence.placeId)
    .where('account_id', '=', presence.accountId)
    .execute()
  const { leftAt: _, bannedAt: __, personId: ___, ...known } = presence
  const departure = presence.leftAt === null ? await end(app, presence, at) : { ...known, ended: false }
  // Whoever leaves may come back to their role; whoever is thrown out may not.
  await app.db
    .updateTable('members')
    .set({ role: null })
    .where('id', '=', presence.memberId)
    .where('left_at', 'is not', null)
    .execute()
  return departure
}

/** Staff no longer keep somebody out; they are not back by that. Null when nobody was kept out. */
export async function unban(
  app: App,
  platform: Platform,
  place: PlaceSighting,
  who: Sighting,
): Promise<Departure | null> {
  const presence = await presenceOf(app, platform, place, who)
    .where('presences.banned_at', 'is not', null)
    .executeTakeFirst()
  if (!presence) return null
  const { accountId, memberId, communityId, placeId } = presence
  await app.db
    .updateTable('presences')
    .set({ banned_at: null })
    .where('place_id', '=', placeId)
    .where('account_id', '=', accountId)
    .execute()
  return { accountId, memberId, communityId, placeId, ended: false }
}

/** An account is no more: it leaves everywhere, and nobody can write to it. Null for one we never knew, or know to be gone. */
export async function loseAccount(
  app: App,
  platform: Platform,
  platformId: string,
  at: number,
): Promise<{ accountId: string; departures: Departure[] } | null> {
  const account = await app.db
    .updateTable('accounts')
    .set({ deleted_at: at, direct_at: null })
    .where('platform', '=', platform)
    .where('platform_id', '=', platformId)
    .where('deleted_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (!account) return null
  const here = await presences(app)
    .where('accounts.id', '=', account.id)
    .where('presences.left_at', 'is', null)
    .orderBy('places.id')
    .execute()
  const departures: Departure[] = []
  for (const presence of here) departures.push(await end(app, presence, at))
  return { accountId: account.id, departures }
}

/** The bot is no longer in a place; its people stay members, since nobody but the bot left. Null when it was not there before. */
export async function leavePlace(
  app: App,
  platform: Platform,
  platformId: string,
  at: number,
): Promise<{ id: string; communityId: string } | null> {
  const row = await app.db
    .updateTable('places')
    .set({ left_at: at })
    .where('platform', '=', platform)
    .where('platform_id', '=', platformId)
    .where('left_at', 'is', null)
    .returning(['id', 'community_id'])
    .executeTakeFirst()
  return row ? { id: row.id, communityId: row.community_id } : null
}

/** Ends every presence, role and membership of somebody; returns the memberships, those that ended before included. */
export async function endAccess(app: App, who: Leaver): Promise<Array<{ memberId: string; communityId: string }>> {
  // What they are doing at this moment comes to its end first.
  for (const memberId of who.memberIds) await lockMember(app, memberId)
  if (who.accountIds.length > 0)
    await app.db
      .updateTable('presences')
      .set({ left_at: who.at, role: 'member' })
      .where('account_id', 'in', [...who.accountIds])
      .where('left_at', 'is', null)
      .execute()
  if (who.memberIds.length === 0) return []
  await app.db
    .updateTable('members')
    .set({ role: null })
    .where('id', 'in', [...who.memberIds])
    .execute()
  await app.db
    .updateTable('members')
    .set({ left_at: who.at })
    .where('id', 'in', [...who.memberIds])
    .where('left_at', 'is', null)
    .execute()
  const rows = await app.db
    .selectFrom('members')
    .select(['id as memberId', 'community_id as communityId'])
    .where('id', 'in', [...who.memberIds])
    .where('merged_into', 'is', null)
    .orderBy('id')
    .execute()
  return rows
}
