/** Two persons prove to be one, and may be told apart again. Every row moved is listed under the merge. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { changed } from '../../db/index.ts'
import type { Pair, Parting } from '../contribution.ts'
import { currentPerson, moveAll, movedBy, origins, withMerged } from '../people/index.ts'
import { adoptProfile, returnProfile } from '../profiles/index.ts'
import { lockMembers, memberLike, partMembers, settle, uniteMembers, type Walk } from './members.ts'
import { mergedInto } from './merged.ts'

/** From here to the end of the transaction nobody links or unlinks these persons; what only refers to them goes on. */
async function lockPersons(app: App, ids: readonly string[]): Promise<void> {
  if (app.can.rowLocks)
    await app.db
      .selectFrom('persons')
      .select('id')
      .where('id', 'in', [...ids])
      .orderBy('id')
      .forNoKeyUpdate()
      .execute()
}

/** Locks every member that these persons are or were, those included that a connection makes or moves while this waits. */
async function lockMembersOf(app: App, personIds: readonly string[], known: readonly string[] = []): Promise<void> {
  if (!app.can.rowLocks) return
  const rows = await app.db.selectFrom('members').select('id').where('person_id', 'in', personIds).execute()
  const more = rows.map(({ id }) => id).filter(id => !known.includes(id))
  if (more.length === 0) return
  await lockMembers(app, more)
  await lockMembersOf(app, personIds, [...known, ...more])
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

const accountsOf = async (app: App, personId: string): Promise<string[]> => {
  const rows = await app.db.selectFrom('accounts').select('id').where('person_id', '=', personId).execute()
  return rows.map(({ id }) => id)
}

interface Merge {
  readonly from: string
  readonly into: string
  readonly confirmedBy: string
  readonly at: number
}

/** Everything of `from` becomes `into`'s; null when they are one already. Runs inside a transaction. */
export async function mergePersons(app: App, walk: Walk, merge: Merge): Promise<string | null> {
  const { from, into, at } = merge
  const cause = await beginMerge(app, merge)
  if (cause === null) return null
  const become = (ids: readonly string[]) => ids.map(key => ({ key, before: from, after: into }))
  await moveAll(app, cause, 'accounts', 'person_id', become(await accountsOf(app, from)))
  await moveAll(app, cause, 'persons', 'merged_into', [{ key: from, before: null, after: into }])
  await lockMembersOf(app, [from, into])
  const pairs: Pair[] = []
  const whole: string[] = []
  for (const { id, communityId } of await membersOf(app, from)) {
    const ours = await rowOf(app, communityId, into)
    if (ours) pairs.push({ from: id, into: ours.mergedInto ?? ours.id })
    else whole.push(id)
  }
  await moveAll(app, cause, 'members', 'person_id', become(whole))
  await uniteMembers(app, walk, { cause, pairs, at })
  await settle(app, [...whole, ...pairs.map(pair => pair.into)], at)
  await adoptProfile(app, cause, from, into)
  return cause
}

/** Writes down that two persons are one, and gives them one language; null when one of them is part of another already. */
async function beginMerge(app: App, { from, into, confirmedBy, at }: Merge): Promise<string | null> {
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
  if (ours.locale === null && theirs.locale !== null)
    await moveAll(app, cause, 'persons', 'locale', [{ key: into, before: null, after: theirs.locale }])
  return cause
}

/** Which accounts were ever in a place of a community. */
export async function accountsIn(app: App, communityId: string, accountIds: readonly string[]): Promise<string[]> {
  if (accountIds.length === 0) return []
  const rows = await app.db
    .selectFrom('presences')
    .innerJoin('places', 'places.id', 'presences.place_id')
    .select('presences.account_id as id')
    .distinct()
    .where('places.community_id', '=', communityId)
    .where('presences.account_id', 'in', accountIds)
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * Undoes a merge: the accounts that were `from_person`'s, or of whoever had become one with that person, are a person of their own again, with
 * what they did before and since. False when it was undone before. Works in any order with other links and connections.
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
  const current = await currentPerson(app, merge.into_person)
  await lockPersons(app, [current])
  const persons = await partAccounts(app, home, current)
  await returnLocale(app, cause)
  await lockMembersOf(app, [current, ...persons.theirs])
  const partings: Parting[] = []
  for (const member of await membersOf(app, current)) partings.push(...(await partIn(app, persons, member)))
  await partMembers(app, walk, { undoing: `${cause}-undone`, partings, since: merge.merged_at, at })
  await settle(
    app,
    [...(await membersOf(app, home)), ...(await membersOf(app, current))].map(({ id }) => id),
    at,
  )
  await followAsked(app, persons)
  await returnProfile(app, cause, current, home)
  return true
}

/** A language that was adopted goes, unless the person chose one since. */
async function returnLocale(app: App, cause: string): Promise<void> {
  for (const { key, after } of await movedBy(app, cause, 'persons', 'locale'))
    await sql`update persons set locale = null where id = ${key} and locale = ${after}`.execute(app.db)
}

/** Whoever asked to be forgotten meant themselves: what waits goes with the account that asked. */
async function followAsked(app: App, { going, current, home }: Persons): Promise<void> {
  if (going.length === 0) return
  await sql`update forget_requests set person_id = ${home} where person_id = ${current} and account_id in (${sql.join(going)})
    and cancelled_at is null and done_at is null`.execute(app.db)
}

interface Persons {
  /** The person that comes into being again, with those who had become one with them. */
  readonly home: string
  readonly theirs: readonly string[]
  readonly current: string
  readonly going: readonly string[]
  readonly staying: readonly string[]
}

/** Gives a person their accounts back: those that were theirs first, or of whoever had become one with them. */
async function partAccounts(app: App, home: string, current: string): Promise<Persons> {
  await app.db.updateTable('persons').set({ merged_into: null }).where('id', '=', home).execute()
  const theirs = await withMerged(app, 'persons', [home])
  const accounts = await accountsOf(app, current)
  const first = await origins(app, 'accounts', 'person_id', accounts)
  const going = accounts.filter(id => theirs.includes(first.get(id) ?? current))
  const staying = accounts.filter(id => !going.includes(id))
  if (going.length > 0) await app.db.updateTable('accounts').set({ person_id: home }).where('id', 'in', going).execute()
  return { home, theirs, current, going, staying }
}

/** One membership of the person that was: theirs alone, the others' alone, or to be parted. */
async function partIn(
  app: App,
  { home, theirs, current, going, staying }: Persons,
  { id, communityId }: { id: string; communityId: string },
): Promise<Parting[]> {
  const merged = await mergedInto(app, [id])
  const first = await origins(app, 'members', 'person_id', [id, ...merged.map(row => row.id)])
  const become = (row: string) => app.db.updateTable('members').set({ person_id: home }).where('id', '=', row).execute()
  const own = merged.filter(row => theirs.includes(first.get(row.id) ?? row.personId))
  // Those that had become another person's as a whole, before they became one with this one, are their own again.
  for (const { id: row, personId, communityId: where } of own)
    if (!theirs.includes(personId) && !(await rowOf(app, where, home))) await become(row)
  if (theirs.includes(first.get(id) ?? current)) {
    await become(id)
    // It was theirs; the others came to the community since.
    if ((await accountsIn(app, communityId, staying)).length === 0) return []
    const to = (await rowOf(app, communityId, current))?.id ?? (await memberLike(app, id, communityId, current))
    return [{ from: id, to, accounts: staying, lately: [], stays: going }]
  }
  const original = (await rowOf(app, communityId, home))?.id
  if (original !== undefined) return [{ from: id, to: original, accounts: going, lately: [], stays: staying }]
  if (own.length === 0 && (await accountsIn(app, communityId, going)).length === 0) return []
  if (own.length > 0 || (await accountsIn(app, communityId, staying)).length > 0)
    return [{ from: id, to: await memberLike(app, id, communityId, home), accounts: going, lately: [], stays: staying }]
  await become(id)
  return []
}

/** The row that a person has in a community. */
const rowOf = (app: App, communityId: string, personId: string) =>
  app.db
    .selectFrom('members')
    .select(['id', 'merged_into as mergedInto'])
    .where('community_id', '=', communityId)
    .where('person_id', '=', personId)
    .executeTakeFirst()
