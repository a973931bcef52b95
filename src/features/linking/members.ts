/** Two members of one community become one, or one becomes two: the rows of every feature, then the members themselves. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import type { MemberMerge, MemberSplit } from '../contribution.ts'
import { listMove, movedBy } from '../people/index.ts'

/** What every feature does when members unite or part; the walk over all contributions. */
export interface Walk {
  merge(app: App, merge: MemberMerge): Promise<void>
  unmerge(app: App, split: MemberSplit): Promise<void>
  rehome(app: App, memberId: string, communityId: string): Promise<void>
}

/** Changes one value of a row that is named by its id, and lists it under the cause. */
export async function change(
  app: App,
  cause: string,
  table: 'members' | 'persons' | 'accounts' | 'places' | 'communities',
  id: string,
  column: string,
  before: string | number | null,
  after: string | number | null,
): Promise<void> {
  if (before === after) return
  await listMove(app, cause, table, id, column, before, after)
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${after} where id = ${id}`.execute(app.db)
}

/** From here to the end of the transaction nobody writes anything for these members; always taken in the same order. */
export async function lockMembers(app: App, ids: readonly string[]): Promise<void> {
  if (app.can.rowLocks && ids.length > 0)
    await app.db
      .selectFrom('members')
      .select('id')
      .where('id', 'in', [...ids])
      .orderBy('id')
      .forUpdate()
      .execute()
}

const RANK = { manager: 2, reviewer: 1 } as const
const attributes = ['id', 'joined_at', 'left_at', 'hidden_at', 'role', 'merged_into'] as const

/** What `from` did counts for `into` from now on. Of what both decided, the more private holds. */
export async function uniteMembers(app: App, walk: Walk, merge: MemberMerge): Promise<void> {
  const { cause, from, into, at } = merge
  await lockMembers(app, [from, into])
  await walk.merge(app, merge)
  const read = (id: string) =>
    app.db.selectFrom('members').select(attributes).where('id', '=', id).executeTakeFirstOrThrow()
  const theirs = await read(from)
  const ours = await read(into)
  const set = (
    id: string,
    column: (typeof attributes)[number],
    before: string | number | null,
    after: string | number | null,
  ) => change(app, cause, 'members', id, column, before, after)
  await set(into, 'joined_at', ours.joined_at, Math.min(ours.joined_at, theirs.joined_at))
  const left = ours.left_at === null || theirs.left_at === null ? null : Math.max(ours.left_at, theirs.left_at)
  await set(into, 'left_at', ours.left_at, left)
  const hidden = [ours.hidden_at, theirs.hidden_at].filter(each => each !== null)
  await set(into, 'hidden_at', ours.hidden_at, hidden.length > 0 ? Math.min(...hidden) : null)
  const rank = (role: keyof typeof RANK | null) => (role ? RANK[role] : 0)
  await set(into, 'role', ours.role, rank(theirs.role) > rank(ours.role) ? theirs.role : ours.role)
  // Whoever had become one with `from` is one with `into` now: never a chain.
  const followers = await app.db.selectFrom('members').select('id').where('merged_into', '=', from).execute()
  for (const { id } of followers) await set(id, 'merged_into', from, into)
  await set(from, 'merged_into', null, into)
  await set(from, 'left_at', theirs.left_at, theirs.left_at ?? at)
}

/** The member `to`, merged before or made for this, gets back what is theirs. Both are afterwards as their own facts have them. */
export async function partMembers(app: App, walk: Walk, split: MemberSplit): Promise<void> {
  const { cause, from, to, at } = split
  await lockMembers(app, [from, to])
  await app.db.updateTable('members').set({ merged_into: null }).where('id', '=', to).execute()
  for (const { key, before } of await movedBy(app, cause, 'members', 'merged_into'))
    if (before === to)
      await app.db
        .updateTable('members')
        .set({ merged_into: to })
        .where('id', '=', key)
        .where('merged_into', '=', from)
        .execute()
  for (const column of ['joined_at', 'left_at', 'hidden_at', 'role'] as const) await restore(app, cause, from, column)
  await restore(app, cause, to, 'left_at')
  await walk.unmerge(app, split)
  await settlePresence(app, from, at)
  await settlePresence(app, to, at)
}

/** Sets a value back to what it was, unless somebody has changed it since. */
async function restore(app: App, cause: string, id: string, column: string): Promise<void> {
  const listed = (await movedBy(app, cause, 'members', column)).find(({ key }) => key === id)
  if (!listed) return
  const value = (written: string | null) => (written !== null && column.endsWith('_at') ? Number(written) : written)
  const { before, after } = listed
  const name = sql.ref(column)
  const unchanged = after === null ? sql`${name} is null` : sql`${name} = ${value(after)}`
  await sql`update members set ${name} = ${value(before)} where id = ${id} and ${unchanged}`.execute(app.db)
}

/** A member is here while one of their accounts is in a place of the community. */
export async function settlePresence(app: App, memberId: string, at: number): Promise<void> {
  const here = await app.db
    .selectFrom('members')
    .innerJoin('accounts', 'accounts.person_id', 'members.person_id')
    .innerJoin('presences', 'presences.account_id', 'accounts.id')
    .innerJoin('places', join =>
      join.onRef('places.id', '=', 'presences.place_id').onRef('places.community_id', '=', 'members.community_id'),
    )
    .select('members.id')
    .where('members.id', '=', memberId)
    .where('presences.left_at', 'is', null)
    .where('places.left_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  await app.db
    .updateTable('members')
    .set({ left_at: here ? null : at })
    .where('id', '=', memberId)
    .where('left_at', here ? 'is not' : 'is', null)
    .execute()
}

/**
 * The member that a person is in a community; null when they never were one. A row that became one with somebody they no longer are is
 * theirs again.
 */
export async function standingMember(
  app: App,
  cause: string,
  communityId: string,
  personId: string,
): Promise<string | null> {
  const row = await app.db
    .selectFrom('members')
    .leftJoin('members as root', 'root.id', 'members.merged_into')
    .select([
      'members.id',
      'members.merged_into as mergedInto',
      'root.person_id as rootPerson',
      'root.community_id as rootCommunity',
    ])
    .where('members.community_id', '=', communityId)
    .where('members.person_id', '=', personId)
    .executeTakeFirst()
  if (!row || row.mergedInto === null) return row?.id ?? null
  if (row.rootPerson === personId && row.rootCommunity === communityId) return row.mergedInto
  await change(app, cause, 'members', row.id, 'merged_into', row.mergedInto, null)
  return row.id
}

/** A further member for a person, like one they are already: the same name, the same choices, the same days. */
export async function memberLike(app: App, model: string, communityId: string, personId: string): Promise<string> {
  const id = app.ids('mem')
  const { name, hidden_at, joined_at } = await app.db
    .selectFrom('members')
    .select(['name', 'hidden_at', 'joined_at'])
    .where('id', '=', model)
    .executeTakeFirstOrThrow()
  await app.db
    .insertInto('members')
    .values({ id, community_id: communityId, person_id: personId, name, hidden_at, joined_at, left_at: null })
    .execute()
  const rules = await app.db.selectFrom('day_rules').selectAll().where('member_id', '=', model).execute()
  for (const rule of rules)
    await app.db
      .insertInto('day_rules')
      .values({ ...rule, member_id: id })
      .execute()
  return id
}
