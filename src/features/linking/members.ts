/** Members of one community become one, or one becomes two: the rows of every feature, then the members themselves. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { unindexed } from '../../db/index.ts'
import { inChunks } from '../../lib/chunks.ts'
import type { MemberMerge, MemberSplit, Parting } from '../contribution.ts'
import { currentCommunity, currentPerson, type Move, moveAll, origins } from '../people/index.ts'
import { absorb, decisionsOf, release } from './decisions.ts'
import { mergedInto } from './merged.ts'

/** What every feature does when members unite or part; the walk over all contributions. */
export interface Walk {
  merge(app: App, merge: MemberMerge): Promise<void>
  unmerge(app: App, split: MemberSplit): Promise<void>
  rehome(app: App, memberIds: readonly string[], communityId: string): Promise<void>
}

/** From here to the end of the transaction nobody writes anything for these members; always taken in the same order. */
export async function lockMembers(app: App, ids: readonly string[]): Promise<void> {
  if (!app.can.rowLocks) return
  for (const chunk of inChunks([...new Set(ids)].sort()))
    await app.db.selectFrom('members').select('id').where('id', 'in', chunk).orderBy('id').forUpdate().execute()
}

/** What `from` did counts for `into` from now on, pair by pair. Of what both decided, the more private holds. */
export async function uniteMembers(app: App, walk: Walk, merge: MemberMerge): Promise<void> {
  const { cause, pairs, at } = merge
  if (pairs.length === 0) return
  const into = new Map(pairs.map(pair => [pair.from, pair.into]))
  await lockMembers(app, [...into.keys(), ...into.values()])
  await absorb(app, pairs)
  // Whoever had become one with `from` is one with `into` now: never a chain.
  const followers = await mergedInto(app, [...into.keys()])
  await moveAll(app, cause, 'members', 'merged_into', [
    ...pairs.map(pair => ({ key: pair.from, before: null, after: pair.into })),
    ...followers.map((row): Move => ({ key: row.id, before: row.into, after: into.get(row.into) ?? null })),
  ])
  for (const chunk of inChunks([...into.keys()]))
    await app.db
      .updateTable('members')
      .set({ left_at: at })
      .where('id', 'in', chunk)
      .where('left_at', 'is', null)
      .execute()
  await walk.merge(app, merge)
}

/** Each `to`, merged before or made for this, gets back what is theirs. Both are afterwards as their own facts have them. */
export async function partMembers(app: App, walk: Walk, split: MemberSplit): Promise<void> {
  const { partings, at } = split
  if (partings.length === 0) return
  const ids = partings.flatMap(({ from, to }) => [from, to])
  await lockMembers(app, ids)
  const before = await decisionsOf(
    app,
    partings.map(({ from }) => from),
  )
  for (const chunk of inChunks(partings.map(({ to }) => to)))
    await app.db.updateTable('members').set({ merged_into: null }).where('id', 'in', chunk).execute()
  await followTheirs(app, partings)
  await release(app, partings, before)
  await walk.unmerge(app, split)
  await settle(app, ids, at)
}

/** Of those who had become one with members that were parted, each goes with the person and the community that they are of. */
async function followTheirs(app: App, partings: readonly Parting[]): Promise<void> {
  const to = new Map(partings.map(parting => [parting.from, parting.to]))
  const followers = await mergedInto(app, [...to.keys()])
  const first = await origins(
    app,
    'members',
    'community_id',
    followers.map(({ id }) => id),
  )
  for (const { id, into, personId, communityId } of followers) {
    const { person, community } = await app.db
      .selectFrom('members')
      .select(['person_id as person', 'community_id as community'])
      .where('id', '=', to.get(into) ?? '')
      .executeTakeFirstOrThrow()
    if ((await currentPerson(app, personId)) !== person) continue
    if ((await currentCommunity(app, first.get(id) ?? communityId)) !== community) continue
    await app.db
      .updateTable('members')
      .set({ merged_into: to.get(into) ?? null })
      .where('id', '=', id)
      .execute()
  }
}

/**
 * A member is here while one of their accounts is in a place of the community, and goes by the name of one of those. A place that the bot
 * has left counts: nobody but the bot left.
 */
export async function settle(app: App, ids: readonly string[], at: number): Promise<void> {
  for (const chunk of inChunks(ids)) {
    const rows = await app.db
      .selectFrom('members')
      .innerJoin('accounts', 'accounts.person_id', 'members.person_id')
      .innerJoin('presences', 'presences.account_id', 'accounts.id')
      .innerJoin('places', 'places.id', 'presences.place_id')
      .select(['members.id', 'members.name', 'members.left_at as leftAt'])
      .select(['accounts.name as known', 'presences.left_at as goneAt'])
      .where('members.id', 'in', chunk)
      .where('members.merged_into', 'is', null)
      .where(unindexed('places.community_id'), '=', sql<string>`members.community_id`)
      .orderBy('presences.joined_at', 'desc')
      .execute()
    const groups = Map.groupBy(rows, ({ id }) => id)
    for (const theirs of groups.values()) await settleOne(app, theirs)
    const nowhere = chunk.filter(id => !groups.has(id))
    if (nowhere.length > 0)
      await app.db
        .updateTable('members')
        .set({ left_at: at })
        .where('id', 'in', nowhere)
        .where('left_at', 'is', null)
        .execute()
  }
}

interface Somewhere {
  readonly id: string
  readonly name: string
  readonly leftAt: number | null
  /** What one of their accounts is called, and since when it is gone from one place. */
  readonly known: string
  readonly goneAt: number | null
}

async function settleOne(app: App, presences: readonly Somewhere[]): Promise<void> {
  const [first] = presences
  if (!first) return
  const here = presences.filter(({ goneAt }) => goneAt === null)
  const left = here.length > 0 ? null : (first.leftAt ?? Math.max(...presences.map(({ goneAt }) => goneAt ?? 0)))
  const names = (here.length > 0 ? here : presences).map(({ known }) => known)
  const name = names.includes(first.name) ? first.name : (names[0] ?? first.name)
  if (left === first.leftAt && name === first.name) return
  await app.db.updateTable('members').set({ left_at: left, name }).where('id', '=', first.id).execute()
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
  if (rules.length > 0)
    await app.db
      .insertInto('day_rules')
      .values(rules.map(rule => ({ ...rule, member_id: id })))
      .execute()
  return id
}
