/** What uniting two persons would do, before anybody says yes. Reads only. */
import type { App } from '../../app.ts'
import { type Role, reaches } from '../../chat/command.ts'
import { toNumber } from '../../db/index.ts'
import { higher, roleByPlatforms } from '../people/index.ts'
import { balance } from '../points/index.ts'

export interface Uniting {
  readonly community: string
  /** Days checked in by the first, by the second, and by both. */
  readonly days: readonly [number, number]
  readonly both: number
  readonly points: readonly [number, number]
}

export interface Preview {
  /** Communities that both belong to. */
  readonly shared: readonly Uniting[]
  /** Names of communities that only one of them belongs to. */
  readonly single: readonly string[]
  /** Where one of them would get a role that only the other has. */
  readonly staff: ReadonlyArray<{ readonly community: string; readonly role: Role }>
}

/** What the two have, community by community. */
export async function preview(app: App, one: string, other: string): Promise<Preview> {
  const rows = await app.db
    .selectFrom('members')
    .innerJoin('communities', 'communities.id', 'members.community_id')
    .select(['members.id', 'members.person_id as personId', 'members.role', 'members.left_at as leftAt'])
    .select(['communities.id as communityId', 'communities.name'])
    .where('members.person_id', 'in', [one, other])
    .where('members.merged_into', 'is', null)
    .orderBy('communities.name')
    .orderBy('communities.id')
    .execute()
  const shared: Uniting[] = []
  const single: string[] = []
  const staff: Array<{ community: string; role: Role }> = []
  const roleOf = async (row: (typeof rows)[number] | undefined): Promise<Role> =>
    row && row.leftAt === null ? higher(await roleByPlatforms(app, row.communityId, row.id), row.role) : 'member'
  for (const group of Map.groupBy(rows, row => row.communityId).values()) {
    const [a, b] = [group.find(row => row.personId === one), group.find(row => row.personId === other)]
    const name = group[0]?.name ?? ''
    const [first, second] = [await roleOf(a), await roleOf(b)]
    if (first !== second) staff.push({ community: name, role: reaches(first, second) ? first : second })
    if (!a || !b) single.push(name)
    else
      shared.push({
        community: name,
        days: [await days(app, a.id), await days(app, b.id)],
        both: await daysOfBoth(app, a.id, b.id),
        points: [await balance(app, a.id, 'points'), await balance(app, b.id, 'points')],
      })
  }
  return { shared, single, staff }
}

async function days(app: App, memberId: string): Promise<number> {
  const row = await app.db
    .selectFrom('checkins')
    .select(({ fn }) => fn.countAll().as('days'))
    .where('member_id', '=', memberId)
    .where('superseded_at', 'is', null)
    .executeTakeFirstOrThrow()
  return toNumber(row.days)
}

async function daysOfBoth(app: App, a: string, b: string): Promise<number> {
  const row = await app.db
    .selectFrom('checkins as one')
    .innerJoin('checkins as other', join =>
      join.onRef('other.camp', '=', 'one.camp').onRef('other.day', '=', 'one.day').on('other.member_id', '=', b),
    )
    .select(({ fn }) => fn.countAll().as('days'))
    .where('one.member_id', '=', a)
    .where('one.superseded_at', 'is', null)
    .where('other.superseded_at', 'is', null)
    .executeTakeFirstOrThrow()
  return toNumber(row.days)
}
