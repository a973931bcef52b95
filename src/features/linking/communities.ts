/** Two communities become one, and may be told apart again: places, members, and what belongs to them. */
import type { App } from '../../app.ts'
import { changed } from '../../db/index.ts'
import { inChunks } from '../../lib/chunks.ts'
import type { Pair } from '../contribution.ts'
import { currentCommunity, moveAll, movedBy, origins, withMerged } from '../people/index.ts'
import { lockMembers, partMembers, settle, uniteMembers, type Walk } from './members.ts'
import { partingsOf } from './parting.ts'

export interface Connecting {
  /** The community that ends. */
  readonly from: string
  /** The community that stays, with its settings. */
  readonly into: string
  readonly issuedBy: string
  readonly redeemedBy: string
  readonly at: number
}

/**
 * From here to the end of the transaction nobody arrives in these communities. What only refers to them goes on: it may hold a member
 * that is to be locked next.
 */
async function lockCommunities(app: App, ids: readonly string[]): Promise<void> {
  if (app.can.rowLocks)
    await app.db
      .selectFrom('communities')
      .select('id')
      .where('id', 'in', [...ids])
      .orderBy('id')
      .forNoKeyUpdate()
      .execute()
}

/** Makes two communities one; null when one of them is part of another already. Runs inside a transaction. */
export async function connectCommunities(app: App, walk: Walk, connecting: Connecting): Promise<string | null> {
  const { from, into, at } = connecting
  await lockCommunities(app, [from, into])
  const rows = await app.db
    .selectFrom('communities')
    .select(['id', 'merged_into'])
    .where('id', 'in', [from, into])
    .execute()
  if (from === into || rows.length < 2 || rows.some(row => row.merged_into !== null)) return null
  const cause = app.ids('cnn')
  await app.db
    .insertInto('connections')
    .values({
      id: cause,
      from_community: from,
      into_community: into,
      issued_by: connecting.issuedBy,
      redeemed_by: connecting.redeemedBy,
      connected_at: at,
      undone_at: null,
    })
    .execute()
  await moveAll(app, cause, 'communities', 'merged_into', [{ key: from, before: null, after: into }])
  const become = (ids: readonly string[]) => ids.map(key => ({ key, before: from, after: into }))
  await moveAll(app, cause, 'places', 'community_id', become(await idsOf(app, 'places', from)))
  await moveAll(app, cause, 'accounts', 'community_id', become(await idsOf(app, 'accounts', from)))
  // All of them before anything is read of them: whoever is linked at this moment is somebody else afterwards.
  await lockMembers(app, [...(await idsOf(app, 'members', from)), ...(await idsOf(app, 'members', into))])
  const { pairs, brought } = await meeting(app, from, into)
  await moveAll(app, cause, 'members', 'community_id', become(brought))
  await walk.rehome(app, brought, into)
  const united = pairs.map(pair => pair.into)
  await uniteMembers(app, walk, { cause, pairs, at })
  await walk.rehome(app, united, into)
  await settle(app, united, at)
  return cause
}

const idsOf = async (app: App, table: 'places' | 'accounts' | 'members', communityId: string): Promise<string[]> => {
  const rows = await app.db.selectFrom(table).select('id').where('community_id', '=', communityId).execute()
  return rows.map(({ id }) => id)
}

const everyMember = (app: App, communityId: string) =>
  app.db
    .selectFrom('members')
    .select(['id', 'person_id as personId', 'merged_into as mergedInto'])
    .where('community_id', '=', communityId)
    .orderBy('id')
    .execute()

/** Whoever is in both communities already is one member afterwards; the others are brought along. */
async function meeting(app: App, from: string, into: string): Promise<{ pairs: Pair[]; brought: string[] }> {
  const ours = new Map((await everyMember(app, into)).map(row => [row.personId, row.mergedInto ?? row.id]))
  const pairs: Pair[] = []
  const brought: string[] = []
  for (const { id, personId, mergedInto } of await everyMember(app, from)) {
    // Whoever became another stays where it was, and goes on pointing there.
    if (mergedInto !== null) continue
    const target = ours.get(personId)
    if (target === undefined) brought.push(id)
    else pairs.push({ from: id, into: target })
  }
  return { pairs, brought }
}

/** Undoes a connection: the places it brought are a community of their own again, with their people. False when it was undone before. */
export async function partCommunities(app: App, walk: Walk, cause: string, at: number): Promise<boolean> {
  const row = await app.db.selectFrom('connections').selectAll().where('id', '=', cause).executeTakeFirst()
  if (!row) return false
  const home = row.from_community
  await lockCommunities(app, [home, row.into_community])
  const undone = await app.db
    .updateTable('connections')
    .set({ undone_at: at })
    .where('id', '=', cause)
    .where('undone_at', 'is', null)
    .executeTakeFirst()
  if (changed(undone) === 0) return false
  await app.db.updateTable('communities').set({ merged_into: null }).where('id', '=', home).execute()
  // What it became part of may be part of a third one by now, and something may have become part of it.
  const current = await currentCommunity(app, row.into_community)
  const theirs = await withMerged(app, 'communities', [home])
  await returnPlaces(app, current, home, theirs)
  await lockMembers(app, [...(await idsOf(app, 'members', home)), ...(await idsOf(app, 'members', current))])
  const { partings, moved } = await partingsOf(app, { home, theirs, current })
  await walk.rehome(app, moved, home)
  await partMembers(app, walk, { undoing: `${cause}-undone`, partings, since: row.connected_at, at })
  for (const [communityId, memberIds] of await byCommunity(
    app,
    partings.flatMap(({ from, to }) => [from, to]),
  ))
    await walk.rehome(app, memberIds, communityId)
  await settle(app, moved, at)
  await returnChats(app, cause, current, home)
  return true
}

/** Places that came from the community, and the ids they left behind when they moved. */
async function returnPlaces(app: App, current: string, home: string, theirs: readonly string[]): Promise<void> {
  const places = await app.db
    .selectFrom('places')
    .select(['id', 'moved_to as movedTo'])
    .where('community_id', '=', current)
    .execute()
  const livesAt = (place: { id: string; movedTo: string | null }) => place.movedTo ?? place.id
  const first = await origins(app, 'places', 'community_id', places.map(livesAt))
  const back = places.filter(place => theirs.includes(first.get(livesAt(place)) ?? current)).map(({ id }) => id)
  if (back.length > 0) await app.db.updateTable('places').set({ community_id: home }).where('id', 'in', back).execute()
}

/** Private chats that were about the community, and those of people who are nowhere else by now. */
async function returnChats(app: App, cause: string, current: string, home: string): Promise<void> {
  const listed = new Set((await movedBy(app, cause, 'accounts', 'community_id')).map(({ key }) => key))
  const inPlaceOf = async (communityId: string) => {
    const rows = await app.db
      .selectFrom('places')
      .innerJoin('presences', 'presences.place_id', 'places.id')
      .innerJoin('accounts', 'accounts.id', 'presences.account_id')
      .select('accounts.id')
      .where('places.community_id', '=', communityId)
      .where('accounts.community_id', '=', current)
      .execute()
    return new Set(rows.map(({ id }) => id))
  }
  const stay = await inPlaceOf(current)
  const back = [...(await inPlaceOf(home))].filter(id => listed.has(id) || !stay.has(id))
  for (const chunk of inChunks(back))
    await app.db.updateTable('accounts').set({ community_id: home }).where('id', 'in', chunk).execute()
}

async function byCommunity(app: App, memberIds: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const chunk of inChunks(memberIds)) {
    const rows = await app.db.selectFrom('members').select(['id', 'community_id']).where('id', 'in', chunk).execute()
    for (const { id, community_id } of rows) found.set(community_id, [...(found.get(community_id) ?? []), id])
  }
  return found
}
