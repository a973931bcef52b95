/** Two persons prove to be one, and may be told apart again. Every row moved is listed under the merge. */
import type { App } from '../../app.ts'
import { changed } from '../../db/index.ts'
import { movedBy } from '../people/index.ts'
import { adoptProfile, returnProfile } from '../profiles/index.ts'
import { change, lockMembers, memberLike, partMembers, standingMember, uniteMembers, type Walk } from './members.ts'

/** From here to the end of the transaction nobody links or unlinks these persons. */
async function lockPersons(app: App, ids: readonly string[]): Promise<void> {
  if (app.can.rowLocks)
    await app.db
      .selectFrom('persons')
      .select('id')
      .where('id', 'in', [...ids])
      .orderBy('id')
      .forUpdate()
      .execute()
}

/** The person somebody is by now. */
async function rootOf(app: App, personId: string): Promise<string> {
  const row = await app.db.selectFrom('persons').select('merged_into').where('id', '=', personId).executeTakeFirst()
  return row?.merged_into ? rootOf(app, row.merged_into) : personId
}

/** The members that a person is, merged ones left out. */
const membersOf = (app: App, personId: string) =>
  app.db
    .selectFrom('members')
    .select(['id', 'community_id as communityId'])
    .where('person_id', '=', personId)
    .where('merged_into', 'is', null)
    .orderBy('id')
    .execute()

/** Everything of `from` becomes `into`'s; null when they are one already. Runs inside a transaction. */
export async function mergePersons(
  app: App,
  walk: Walk,
  { from, into, confirmedBy, at }: { from: string; into: string; confirmedBy: string; at: number },
): Promise<string | null> {
  await lockPersons(app, [from, into])
  const persons = await app.db
    .selectFrom('persons')
    .select(['id', 'locale', 'merged_into'])
    .where('id', 'in', [from, into])
    .execute()
  const theirs = persons.find(({ id }) => id === from)
  const ours = persons.find(({ id }) => id === into)
  if (!theirs || !ours || theirs.merged_into !== null || ours.merged_into !== null) return null
  const cause = app.ids('mrg')
  await app.db
    .insertInto('merges')
    .values({
      id: cause,
      from_person: from,
      into_person: into,
      merged_at: at,
      undone_at: null,
      confirmed_by: confirmedBy,
    })
    .execute()
  for (const { id, communityId } of await membersOf(app, from)) {
    const target = await standingMember(app, cause, communityId, into)
    if (target) await uniteMembers(app, walk, { cause, from: id, into: target, at })
    else {
      await lockMembers(app, [id])
      await change(app, cause, 'members', id, 'person_id', from, into)
    }
  }
  const accounts = await app.db.selectFrom('accounts').select('id').where('person_id', '=', from).execute()
  for (const { id } of accounts) await change(app, cause, 'accounts', id, 'person_id', from, into)
  await change(app, cause, 'persons', into, 'locale', ours.locale, ours.locale ?? theirs.locale)
  await change(app, cause, 'persons', from, 'merged_into', null, into)
  await adoptProfile(app, cause, from, into)
  return cause
}

/** Which of a person's accounts were ever in a place of a community. */
async function accountsIn(app: App, communityId: string, accountIds: readonly string[]): Promise<string[]> {
  if (accountIds.length === 0) return []
  const rows = await app.db
    .selectFrom('presences')
    .innerJoin('places', 'places.id', 'presences.place_id')
    .select('presences.account_id as id')
    .distinct()
    .where('places.community_id', '=', communityId)
    .where('presences.account_id', 'in', [...accountIds])
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * Undoes a merge: the accounts it moved are a person of their own again, with what they did before and since. False when it was undone
 * before. Works in any order with other links and connections: what goes is told by the accounts, not by the clock.
 */
export async function splitPersons(app: App, walk: Walk, cause: string, at: number): Promise<boolean> {
  const merge = await app.db.selectFrom('merges').selectAll().where('id', '=', cause).executeTakeFirst()
  if (!merge) return false
  const home = merge.from_person
  await lockPersons(app, [home, merge.into_person])
  const undone = await app.db
    .updateTable('merges')
    .set({ undone_at: at })
    .where('id', '=', cause)
    .where('undone_at', 'is', null)
    .executeTakeFirst()
  if (changed(undone) === 0) return false
  // Both may have become a third person since.
  const current = await rootOf(app, merge.into_person)
  await lockPersons(app, [current])
  const listed = (await movedBy(app, cause, 'accounts', 'person_id')).map(({ key }) => key)
  const theirs = await app.db
    .selectFrom('accounts')
    .select('id')
    .where('person_id', '=', current)
    .where('id', 'in', listed.length > 0 ? listed : [''])
    .execute()
  const going = theirs.map(({ id }) => id)
  if (going.length > 0) await app.db.updateTable('accounts').set({ person_id: home }).where('id', 'in', going).execute()
  const staying = (await app.db.selectFrom('accounts').select('id').where('person_id', '=', current).execute()).map(
    ({ id }) => id,
  )
  await app.db.updateTable('persons').set({ merged_into: null }).where('id', '=', home).execute()
  const [locale] = await movedBy(app, cause, 'persons', 'locale')
  if (locale) await app.db.updateTable('persons').set({ locale: null }).where('id', '=', locale.key).execute()
  const parting = { app, walk, cause, home, current, going, staying, at }
  for (const member of await membersOf(app, current)) await partIn(parting, member)
  await returnProfile(app, cause, current, home)
  return true
}

interface Parting {
  readonly app: App
  readonly walk: Walk
  readonly cause: string
  /** The person that comes into being again. */
  readonly home: string
  readonly current: string
  readonly going: readonly string[]
  readonly staying: readonly string[]
  readonly at: number
}

/** One membership of the person that was: theirs alone, the others' alone, or to be parted. */
async function partIn(
  { app, walk, cause, home, current, going, staying, at }: Parting,
  member: { id: string; communityId: string },
): Promise<void> {
  const original = (
    await app.db
      .selectFrom('members')
      .select('id')
      .where('community_id', '=', member.communityId)
      .where('person_id', '=', home)
      .executeTakeFirst()
  )?.id
  const movedWhole = (await movedBy(app, cause, 'members', 'person_id')).some(({ key }) => key === member.id)
  const goingHere = await accountsIn(app, member.communityId, going)
  if (original === undefined && !movedWhole && goingHere.length === 0) return
  const stayingHere = await accountsIn(app, member.communityId, staying)
  const undoing = `${cause}-undone`
  const part = async (to: string, accounts: readonly string[]) => {
    await partMembers(app, walk, { cause, undoing, from: member.id, to, accounts, at })
    await followTheirPerson(app, member.id, to)
  }
  if (original !== undefined) return part(original, going)
  if (stayingHere.length === 0) {
    await lockMembers(app, [member.id])
    await app.db.updateTable('members').set({ person_id: home }).where('id', '=', member.id).execute()
    return
  }
  if (movedWhole) {
    // It was theirs; the others came to the community since.
    await app.db.updateTable('members').set({ person_id: home }).where('id', '=', member.id).execute()
    return part(await memberLike(app, member.id, member.communityId, current), staying)
  }
  return part(await memberLike(app, member.id, member.communityId, home), going)
}

/** Of those who had become one with a member that was parted, each goes with the person they are. */
async function followTheirPerson(app: App, from: string, to: string): Promise<void> {
  const { person_id: person } = await app.db
    .selectFrom('members')
    .select('person_id')
    .where('id', '=', to)
    .executeTakeFirstOrThrow()
  const merged = await app.db
    .selectFrom('members')
    .select(['id', 'person_id'])
    .where('merged_into', '=', from)
    .execute()
  for (const row of merged)
    if (row.id !== to && (await rootOf(app, row.person_id)) === person)
      await app.db.updateTable('members').set({ merged_into: to }).where('id', '=', row.id).execute()
}
