/** Two communities become one, and may be told apart again: places, members, and what belongs to them. */
import type { App } from '../../app.ts'
import { changed } from '../../db/index.ts'
import { movedBy } from '../people/index.ts'
import {
  change,
  lockMembers,
  memberLike,
  partMembers,
  settlePresence,
  standingMember,
  uniteMembers,
  type Walk,
} from './members.ts'

export interface Connecting {
  /** The community that ends. */
  readonly from: string
  /** The community that stays, with its settings. */
  readonly into: string
  readonly issuedBy: string
  readonly redeemedBy: string
  readonly at: number
}

async function lockCommunities(app: App, ids: readonly string[]): Promise<void> {
  if (app.can.rowLocks)
    await app.db
      .selectFrom('communities')
      .select('id')
      .where('id', 'in', [...ids])
      .orderBy('id')
      .forUpdate()
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
  const places = await app.db.selectFrom('places').select('id').where('community_id', '=', from).execute()
  for (const { id } of places) await change(app, cause, 'places', id, 'community_id', from, into)
  await moveMembers(app, walk, cause, from, into, at)
  const chats = await app.db.selectFrom('accounts').select('id').where('community_id', '=', from).execute()
  for (const { id } of chats) await change(app, cause, 'accounts', id, 'community_id', from, into)
  await change(app, cause, 'communities', from, 'merged_into', null, into)
  return cause
}

/** Members go along; whoever is in both already is one member afterwards. */
async function moveMembers(app: App, walk: Walk, cause: string, from: string, into: string, at: number): Promise<void> {
  const theirs = await app.db
    .selectFrom('members')
    .select(['id', 'person_id', 'merged_into'])
    .where('community_id', '=', from)
    .orderBy('id')
    .execute()
  await lockMembers(
    app,
    theirs.map(({ id }) => id),
  )
  for (const { id, person_id, merged_into } of theirs) {
    const target = await standingMember(app, cause, into, person_id)
    if (target === null) {
      await change(app, cause, 'members', id, 'community_id', from, into)
      await walk.rehome(app, id, into)
    } else if (merged_into === null) {
      await uniteMembers(app, walk, { cause, from: id, into: target, at })
      await walk.rehome(app, target, into)
    }
  }
}

/** Undoes a connection: the places it brought are a community of their own again, with their people. False when it was undone before. */
export async function partCommunities(app: App, walk: Walk, cause: string, at: number): Promise<boolean> {
  const row = await app.db.selectFrom('connections').selectAll().where('id', '=', cause).executeTakeFirst()
  if (!row) return false
  const { from_community: home, into_community: current } = row
  await lockCommunities(app, [home, current])
  const undone = await app.db
    .updateTable('connections')
    .set({ undone_at: at })
    .where('id', '=', cause)
    .where('undone_at', 'is', null)
    .executeTakeFirst()
  if (changed(undone) === 0) return false
  const back = (await movedBy(app, cause, 'places', 'community_id')).map(({ key }) => key)
  await app.db.updateTable('communities').set({ merged_into: null }).where('id', '=', home).execute()
  // Where `current` has become part of a third one, the places went along.
  const root = await rootOf(app, current)
  if (back.length > 0)
    await app.db
      .updateTable('places')
      .set({ community_id: home })
      .where('id', 'in', back)
      .where('community_id', '=', root)
      .execute()
  const parting = { app, walk, cause, home, current: root, at }
  for (const member of await affected(parting)) await partIn(parting, member)
  const chats = (await movedBy(app, cause, 'accounts', 'community_id')).map(({ key }) => key)
  if (chats.length > 0)
    await app.db
      .updateTable('accounts')
      .set({ community_id: home })
      .where('id', 'in', chats)
      .where('community_id', '=', root)
      .execute()
  return true
}

async function rootOf(app: App, communityId: string): Promise<string> {
  const row = await app.db
    .selectFrom('communities')
    .select('merged_into')
    .where('id', '=', communityId)
    .executeTakeFirst()
  return row?.merged_into ? rootOf(app, row.merged_into) : communityId
}

interface Parting {
  readonly app: App
  readonly walk: Walk
  readonly cause: string
  readonly home: string
  readonly current: string
  readonly at: number
}

interface Affected {
  readonly id: string
  readonly personId: string
}

/** Members of the united community who have been in a place that goes, or who were brought along. */
async function affected({ app, cause, home, current }: Parting): Promise<Affected[]> {
  const members = () =>
    app.db
      .selectFrom('members')
      .select(['members.id', 'members.person_id as personId'])
      .where('members.community_id', '=', current)
      .where('members.merged_into', 'is', null)
  const present = await members()
    .innerJoin('accounts', 'accounts.person_id', 'members.person_id')
    .innerJoin('presences', 'presences.account_id', 'accounts.id')
    .innerJoin('places', 'places.id', 'presences.place_id')
    .where('places.community_id', '=', home)
    .distinct()
    .execute()
  const brought = await members()
    .innerJoin('moves', 'moves.row_key', 'members.id')
    .where('moves.cause', '=', cause)
    .where('moves.table_name', '=', 'members')
    .where('moves.column_name', '=', 'community_id')
    .execute()
  const all = new Map([...present, ...brought].map(member => [member.id, member]))
  return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** One member of the united community: goes, or stays with a part of what was done. */
async function partIn({ app, walk, cause, home, current, at }: Parting, member: Affected): Promise<void> {
  const here = async (communityId: string): Promise<string[]> => {
    const rows = await app.db
      .selectFrom('presences')
      .innerJoin('accounts', 'accounts.id', 'presences.account_id')
      .innerJoin('places', 'places.id', 'presences.place_id')
      .select('accounts.id')
      .distinct()
      .where('accounts.person_id', '=', member.personId)
      .where('places.community_id', '=', communityId)
      .execute()
    return rows.map(({ id }) => id)
  }
  const staying = await here(current)
  // An account that is in places of both stays with what it did since; what it did before is listed.
  const going = (await here(home)).filter(id => !staying.includes(id))
  const original = await originalOf(app, cause, home, current, member)
  const split = { cause, undoing: `${cause}-undone`, from: member.id, accounts: going, at }
  if (original === null && staying.length === 0) {
    await lockMembers(app, [member.id])
    await move(app, walk, member.id, home)
    await settlePresence(app, member.id, at)
    return followers(app, walk, cause, member.id, member.id, home)
  }
  const to = original ?? (await memberLike(app, member.id, home, member.personId))
  await app.db
    .updateTable('members')
    .set({ community_id: home, person_id: member.personId })
    .where('id', '=', to)
    .execute()
  await partMembers(app, walk, { ...split, to })
  await walk.rehome(app, to, home)
  await followers(app, walk, cause, member.id, to, home)
}

/** A member is in another community from now on, and so is what they did. */
async function move(app: App, walk: Walk, id: string, communityId: string): Promise<void> {
  await app.db.updateTable('members').set({ community_id: communityId }).where('id', '=', id).execute()
  await walk.rehome(app, id, communityId)
}

/**
 * The member whom this one was in the community that comes into being again: one that was merged into this one, by the connection itself
 * or by a link made since. Null when there is none, or when this very member is it.
 */
async function originalOf(
  app: App,
  cause: string,
  home: string,
  current: string,
  member: Affected,
): Promise<string | null> {
  const brought = (await movedBy(app, cause, 'members', 'community_id')).map(({ key }) => key)
  const row = await app.db
    .selectFrom('members')
    .select('id')
    .where('id', '<>', member.id)
    .where(eb =>
      eb.or([
        // Theirs in any case: a person has one row in a community.
        eb.and([eb('community_id', '=', home), eb('person_id', '=', member.personId)]),
        eb.and([eb('community_id', '=', home), eb('merged_into', '=', member.id)]),
        eb.and([
          eb('community_id', '=', current),
          eb('merged_into', '=', member.id),
          eb('id', 'in', brought.length > 0 ? brought : ['']),
        ]),
      ]),
    )
    .orderBy(eb => eb.case().when('person_id', '=', member.personId).then(0).else(1).end())
    .orderBy(eb => eb.case().when('community_id', '=', home).then(0).else(1).end())
    .orderBy('id')
    .executeTakeFirst()
  return row?.id ?? null
}

/** Those who had become one with a member, and who were of the community that comes into being again, go with what was theirs. */
async function followers(app: App, walk: Walk, cause: string, from: string, to: string, home: string): Promise<void> {
  const brought = new Set((await movedBy(app, cause, 'members', 'community_id')).map(({ key }) => key))
  const merged = await app.db
    .selectFrom('members')
    .select(['id', 'community_id as communityId', 'person_id as personId'])
    .where('merged_into', '=', from)
    .where('id', '<>', to)
    .execute()
  for (const { id, communityId, personId } of merged) {
    if (communityId !== home && !brought.has(id)) continue
    await app.db.updateTable('members').set({ merged_into: to }).where('id', '=', id).execute()
    if (communityId === home || (await rowOf(app, home, personId))) continue
    await move(app, walk, id, home)
  }
}

const rowOf = (app: App, communityId: string, personId: string) =>
  app.db
    .selectFrom('members')
    .select('id')
    .where('community_id', '=', communityId)
    .where('person_id', '=', personId)
    .executeTakeFirst()
