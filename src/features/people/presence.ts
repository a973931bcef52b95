/** Who is where: accounts, places and members appear and change. Each function runs inside a transaction. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import type { Role } from '../../chat/command.ts'
import type { PlaceSighting, Sighting } from '../../chat/request.ts'
import type { Platform } from '../../chat/text.ts'
import { changed, unindexed } from '../../db/index.ts'
import { nearestLocale } from '../../lib/locale.ts'
import { startDays } from '../days/index.ts'

interface Seen {
  readonly id: string
  readonly personId: string
  /** Whether they go by another name than before. */
  readonly renamed: boolean
}

/** The account behind a sighting, made on first sight and kept up to date. */
export async function seeAccount(app: App, platform: Platform, who: Sighting, at: number): Promise<Seen> {
  const known = () =>
    app.db
      .selectFrom('accounts')
      .select(['id', 'person_id as personId', 'name', 'username', 'locale', 'deleted_at as deletedAt'])
      .where('platform', '=', platform)
      .where('platform_id', '=', who.platformId)
      .executeTakeFirst()
  let row = await known()
  if (!row) {
    const personId = app.ids('per')
    await app.db
      .insertInto('persons')
      .values({ id: personId, locale: null, merged_into: null, created_at: at })
      .execute()
    const id = app.ids('acc')
    const inserted = await app.db
      .insertInto('accounts')
      .values({
        id,
        person_id: personId,
        platform,
        platform_id: who.platformId,
        name: who.name,
        username: who.username ?? null,
        locale: who.locale ?? null,
        direct_at: null,
        community_id: null,
        created_at: at,
      })
      .onConflict(conflict => conflict.columns(['platform', 'platform_id']).doNothing())
      .executeTakeFirst()
    if (changed(inserted) > 0) return { id, personId, renamed: false }
    // Somebody else was faster: theirs counts, ours leaves nothing behind.
    await app.db.deleteFrom('persons').where('id', '=', personId).execute()
    row = await known()
  }
  if (!row) throw new Error('an account that exists could not be read')
  const changes = {
    name: who.name,
    username: who.username === undefined ? row.username : who.username || null,
    locale: who.locale ?? row.locale,
  }
  const renamed = changes.name !== row.name
  // Whoever is seen is there, whatever the platform said before.
  const revived = row.deletedAt !== null
  if (renamed || revived || changes.username !== row.username || changes.locale !== row.locale) {
    await app.db
      .updateTable('accounts')
      .set({ ...changes, deleted_at: null })
      .where('id', '=', row.id)
      .execute()
    if (renamed) await renameMembers(app, row, who.name)
  }
  return { id: row.id, personId: row.personId, renamed }
}

/**
 * Somebody goes by another name where this account is known, as long as they went by its name there: what they are called on one
 * platform is nobody's business on another.
 */
async function renameMembers(app: App, account: { id: string; personId: string; name: string }, name: string) {
  await app.db
    .updateTable('members')
    .set({ name })
    .where('person_id', '=', account.personId)
    .where('name', '=', account.name)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('presences')
          .innerJoin('places', 'places.id', 'presences.place_id')
          .select('presences.place_id')
          .where('presences.account_id', '=', account.id)
          .where(unindexed('places.community_id'), '=', sql<string>`members.community_id`),
      ),
    )
    .execute()
}

export interface Place {
  readonly id: string
  readonly communityId: string
  /** Whether this is its first sight, a return of the bot, or nothing new. */
  readonly news: 'new' | 'returned' | 'renamed' | null
}

/** The place behind a sighting; a new one becomes a community of its own with the installation's defaults. */
export async function seePlace(
  app: App,
  platform: Platform,
  bot: string,
  place: PlaceSighting,
  at: number,
  locale?: string,
): Promise<Place> {
  const known = () =>
    app.db
      .selectFrom('places')
      .select(['id', 'community_id as communityId', 'title', 'kind', 'bot', 'left_at as leftAt', 'moved_to as movedTo'])
      .where('platform', '=', platform)
      .where('platform_id', '=', place.platformId)
      .executeTakeFirst()
  let row = await held(app, known)
  if (!row) {
    const communityId = app.ids('com')
    const name = place.title || place.platformId
    await app.db
      .insertInto('communities')
      .values({
        id: communityId,
        name,
        locale: nearestLocale(locale) ?? app.defaults.locale,
        zone: app.defaults.zone,
        day_start: 0,
        created_at: at,
      })
      .execute()
    const id = app.ids('plc')
    const inserted = await app.db
      .insertInto('places')
      .values({
        id,
        community_id: communityId,
        platform,
        platform_id: place.platformId,
        bot,
        kind: place.kind,
        title: place.title,
        joined_at: at,
        left_at: null,
        moved_to: null,
      })
      .onConflict(conflict => conflict.columns(['platform', 'platform_id']).doNothing())
      .executeTakeFirst()
    if (changed(inserted) > 0) return { id, communityId, news: 'new' }
    await app.db.deleteFrom('communities').where('id', '=', communityId).execute()
    row = await held(app, known)
  }
  if (!row) throw new Error('a place that exists could not be read')
  // What still arrives under the old id of a group (a press on an old message) belongs to where it lives now.
  if (row.movedTo !== null) return { id: row.movedTo, communityId: row.communityId, news: null }
  const title = place.title || row.title
  const returned = row.leftAt !== null
  const renamed = title !== row.title
  if (returned || renamed || row.kind !== place.kind || row.bot !== bot) {
    await app.db
      .updateTable('places')
      .set({ title, kind: place.kind, bot, left_at: null })
      .where('id', '=', row.id)
      .execute()
  }
  if (renamed) await renameCommunity(app, row.communityId, row.title, title)
  return { id: row.id, communityId: row.communityId, news: returned ? 'returned' : renamed ? 'renamed' : null }
}

/** Reads a place whose community stays the one it is until the end of the transaction: connecting communities waits. */
async function held<P extends { communityId: string }>(
  app: App,
  read: () => Promise<P | undefined>,
): Promise<P | undefined> {
  const row = await read()
  if (!row || !app.can.rowLocks) return row
  await app.db.selectFrom('communities').select('id').where('id', '=', row.communityId).forShare().execute()
  const now = await read()
  return now?.communityId === row.communityId ? now : held(app, read)
}

/** A community that still has the name of its place follows when the place is renamed. */
async function renameCommunity(app: App, communityId: string, before: string, after: string): Promise<void> {
  await app.db
    .updateTable('communities')
    .set({ name: after })
    .where('id', '=', communityId)
    .where('name', '=', before)
    .execute()
}

export interface Arrival {
  readonly accountId: string
  readonly personId: string
  readonly place: Place
  readonly memberId: string
  readonly news: 'joined' | 'returned' | null
  readonly renamed: boolean
}

/**
 * How we know that somebody is in a place: the platform said so, or they asked for something there. What they asked before they left may
 * reach us after; and a button can still be pressed by somebody who is kept out.
 */
export type Evidence = 'announced' | 'asked' | 'pressed'

async function isGone(app: App, placeId: string, accountId: string, at: number, evidence: Evidence): Promise<boolean> {
  if (evidence === 'announced') return false
  const presence = await app.db
    .selectFrom('presences')
    .select(['left_at as leftAt', 'banned_at as bannedAt'])
    .where('place_id', '=', placeId)
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  if (!presence || presence.leftAt === null) return false
  if (presence.bannedAt !== null) return evidence === 'pressed' || at <= presence.bannedAt
  return at < presence.leftAt
}

/** Somebody is in a place: account, person, member and presence exist and are current afterwards. */
export async function arrive(
  app: App,
  where: { platform: Platform; bot: string; place: PlaceSighting },
  who: Sighting,
  at: number,
  evidence: Evidence = 'announced',
): Promise<Arrival> {
  const place = await seePlace(app, where.platform, where.bot, where.place, at, who.locale)
  const { id: accountId, personId, renamed } = await seeAccount(app, where.platform, who, at)
  const gone = await isGone(app, place.id, accountId, at, evidence)
  const member = await seeMember(app, place.communityId, personId, who.name, at, !gone)
  const arrival = { accountId, personId, renamed, place, ...member }
  if (gone) return arrival
  await app.db
    .insertInto('presences')
    .values({ place_id: place.id, account_id: accountId, role: who.role ?? 'member', joined_at: at, left_at: null })
    .onConflict(conflict =>
      conflict
        .columns(['place_id', 'account_id'])
        .doUpdateSet({ left_at: null, banned_at: null, ...(who.role !== undefined && { role: who.role }) }),
    )
    .execute()
  await app.db.updateTable('accounts').set({ community_id: place.communityId }).where('id', '=', accountId).execute()
  return arrival
}

async function seeMember(
  app: App,
  communityId: string,
  personId: string,
  name: string,
  at: number,
  here = true,
): Promise<Pick<Arrival, 'memberId' | 'news'>> {
  const id = app.ids('mem')
  const inserted = await app.db
    .insertInto('members')
    .values({ id, community_id: communityId, person_id: personId, name, hidden_at: null, joined_at: at, left_at: null })
    .onConflict(conflict => conflict.columns(['community_id', 'person_id']).doNothing())
    .executeTakeFirst()
  if (changed(inserted) > 0) {
    const community = await app.db
      .selectFrom('communities')
      .select(['zone', 'day_start'])
      .where('id', '=', communityId)
      .executeTakeFirstOrThrow()
    await startDays(app, id, community.zone, community.day_start, at)
    return { memberId: id, news: 'joined' }
  }
  const row = await app.db
    .selectFrom('members')
    .select(['id', 'left_at'])
    .where('community_id', '=', communityId)
    .where('person_id', '=', personId)
    .executeTakeFirstOrThrow()
  if (row.left_at === null || !here) return { memberId: row.id, news: null }
  await app.db.updateTable('members').set({ left_at: null }).where('id', '=', row.id).execute()
  return { memberId: row.id, news: 'returned' }
}

/** The staff of a place as the platform lists them: everyone else there is a plain member. Returns who of them came or came back. */
export async function setRoles(
  app: App,
  where: { platform: Platform; bot: string; place: PlaceSighting },
  staff: ReadonlyArray<Sighting & { readonly role: Role }>,
  at: number,
): Promise<Arrival[]> {
  const place = await seePlace(app, where.platform, where.bot, where.place, at)
  const arrivals: Arrival[] = []
  for (const who of staff) {
    const account = await seeAccount(app, where.platform, who, at)
    const member = await seeMember(app, place.communityId, account.personId, who.name, at)
    arrivals.push({ accountId: account.id, personId: account.personId, renamed: account.renamed, place, ...member })
    await app.db
      .insertInto('presences')
      .values({ place_id: place.id, account_id: account.id, role: who.role, joined_at: at, left_at: null })
      .onConflict(conflict =>
        conflict.columns(['place_id', 'account_id']).doUpdateSet({ role: who.role, left_at: null, banned_at: null }),
      )
      .execute()
    // They may never write in the place itself: then their private chat is about it.
    await app.db
      .updateTable('accounts')
      .set({ community_id: place.communityId })
      .where('id', '=', account.id)
      .where('community_id', 'is', null)
      .execute()
  }
  const accountIds = arrivals.map(({ accountId }) => accountId)
  let others = app.db
    .updateTable('presences')
    .set({ role: 'member' })
    .where('place_id', '=', place.id)
    .where('role', '<>', 'member')
  if (accountIds.length > 0) others = others.where('account_id', 'not in', accountIds)
  await others.execute()
  return arrivals
}

/** Where a bot is, as far as we know. */
export async function placesOf(app: App, bot: string): Promise<PlaceSighting[]> {
  return app.db
    .selectFrom('places')
    .select(['platform_id as platformId', 'kind', 'title'])
    .where('bot', '=', bot)
    .where('left_at', 'is', null)
    .execute()
}
