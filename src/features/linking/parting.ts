/** Who goes where when a connection is undone, and which accounts take their facts along. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { toNumber } from '../../db/index.ts'
import { inChunks } from '../../lib/chunks.ts'
import type { Parting } from '../contribution.ts'
import { origins } from '../people/index.ts'
import { memberLike } from './members.ts'
import { type Merged, mergedInto } from './merged.ts'

export interface Halves {
  /** The community that comes into being again, with those that had become part of it. */
  readonly home: string
  readonly theirs: readonly string[]
  /** What it was part of. */
  readonly current: string
}

interface Member {
  readonly id: string
  readonly personId: string
  /** Whether they were brought along. */
  readonly brought: boolean
  /** Those who are one with them, by where they are from. */
  readonly fromHome: readonly Merged[]
  readonly fromCurrent: readonly Merged[]
}

/**
 * Moves those who go as they are, and makes rows for those who are in both halves. What remains is to part the facts of the latter; `moved`
 * are in the other community by now.
 */
export async function partingsOf(app: App, halves: Halves): Promise<{ partings: Parting[]; moved: string[] }> {
  const { home, current } = halves
  const members = await membersOf(app, halves)
  const whereabouts = await accountsByPerson(app, halves)
  const rows = await rowsByPerson(app, home)
  const plans = members.flatMap(member => planOf(member, whereabouts.get(member.personId) ?? [], rows, halves) ?? [])
  const moved = plans.flatMap(({ moved: ids }) => ids)
  for (const chunk of inChunks(moved))
    await app.db.updateTable('members').set({ community_id: home }).where('id', 'in', chunk).execute()
  const partings: Parting[] = []
  for (const { member, to, goes, accounts, lately, stays } of plans) {
    if (to === null) continue
    const other = to ?? (await memberLike(app, member.id, goes ? current : home, member.personId))
    partings.push({ from: member.id, to: other, accounts, lately, stays })
  }
  return { partings, moved }
}

/** The members of what was one community, with those who had become one with them. */
async function membersOf(app: App, { theirs, current }: Halves): Promise<Member[]> {
  const members = await app.db
    .selectFrom('members')
    .select(['id', 'person_id as personId'])
    .where('community_id', '=', current)
    .where('merged_into', 'is', null)
    .orderBy('id')
    .execute()
  const ids = members.map(({ id }) => id)
  const followers = await mergedInto(app, ids)
  const first = await origins(app, 'members', 'community_id', [...ids, ...followers.map(({ id }) => id)])
  const isTheirs = (id: string, communityId: string) => theirs.includes(first.get(id) ?? communityId)
  const groups = Map.groupBy(followers, ({ into }) => into)
  return members.map(({ id, personId }) => {
    const merged = groups.get(id) ?? []
    return {
      ...{ id, personId, brought: isTheirs(id, current) },
      fromHome: merged.filter(row => isTheirs(row.id, row.communityId)),
      fromCurrent: merged.filter(row => !isTheirs(row.id, row.communityId)),
    }
  })
}

/** An account in the places of both halves: 2 where it is, 1 where it was, 0 where it never was. */
interface Whereabouts {
  readonly accountId: string
  readonly home: number
  readonly current: number
}

async function accountsByPerson(app: App, { home, current }: Halves): Promise<Map<string, Whereabouts[]>> {
  const in_ = (communityId: string) =>
    sql<number>`max(case when places.community_id = ${communityId} then
      case when presences.left_at is null then 2 else 1 end else 0 end)`
  const rows = await app.db
    .selectFrom('places')
    .innerJoin('presences', 'presences.place_id', 'places.id')
    .innerJoin('accounts', 'accounts.id', 'presences.account_id')
    .select(['accounts.id as accountId', 'accounts.person_id as personId'])
    .select([in_(home).as('home'), in_(current).as('current')])
    .where('places.community_id', 'in', [home, current])
    .groupBy(['accounts.id', 'accounts.person_id'])
    .execute()
  const accounts = rows.map(row => ({ ...row, home: toNumber(row.home), current: toNumber(row.current) }))
  return Map.groupBy(accounts, ({ personId }) => personId)
}

/** The row that each person has in the community that comes into being again. */
async function rowsByPerson(app: App, home: string): Promise<Map<string, string>> {
  const rows = await app.db.selectFrom('members').select(['id', 'person_id']).where('community_id', '=', home).execute()
  return new Map(rows.map(({ id, person_id }) => [person_id, id]))
}

interface Plan extends Pick<Parting, 'accounts' | 'lately' | 'stays'> {
  readonly member: Member
  /** Whether the member itself goes. */
  readonly goes: boolean
  /** Rows that are in the other community from now on. */
  readonly moved: readonly string[]
  /** The row for the other half; undefined where one has to be made, null where nobody is in the other half. */
  readonly to: string | null | undefined
}

/** What becomes of one member; null where everything stays as it is. Pure. */
function planOf(
  member: Member,
  accounts: readonly Whereabouts[],
  rows: ReadonlyMap<string, string>,
  { theirs, current }: Halves,
): Plan | null {
  const { id, personId, brought, fromHome, fromCurrent } = member
  const those = (are: (where: Whereabouts) => boolean) => accounts.filter(are).map(({ accountId }) => accountId)
  const onlyHome = those(where => where.current === 0)
  const onlyCurrent = those(where => where.home === 0)
  // Of those who were in both, what they did since goes to where they are; whoever still is in both stays with it.
  const rather = those(where => where.current > 0 && where.home > where.current)
  const others = those(where => where.home > 0 && where.current >= where.home)
  const back = fromHome.filter(each => !theirs.includes(each.communityId) && !rows.has(each.personId))
  const moved = back.map(each => each.id)
  const row = rows.get(personId) ?? back.find(each => each.personId === personId)?.id
  const cameSince = onlyHome.length > 0 && onlyHome.length === accounts.length
  if (row !== undefined || !(brought || cameSince)) {
    if (onlyHome.length + rather.length + others.length + fromHome.length === 0) return null
    return { member, goes: false, moved, to: row, accounts: onlyHome, lately: rather, stays: onlyCurrent }
  }
  const isInCurrent = onlyCurrent.length + others.length + fromCurrent.length > 0
  const isOwn = (each: Merged) => each.personId === personId && each.communityId === current
  const to = isInCurrent ? fromCurrent.find(isOwn)?.id : null
  return { member, goes: true, moved: [id, ...moved], to, accounts: onlyCurrent, lately: others, stays: onlyHome }
}
