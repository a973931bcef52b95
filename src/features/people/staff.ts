/** Staff: those whom the platforms name, and those whom the community named itself. The higher role counts. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { ROLES, type Role, reaches } from '../../chat/command.ts'
import type { Platform } from '../../chat/text.ts'

/** Roles that a community gives by itself; an owner is whom the platform names. */
export type NamedRole = 'reviewer' | 'manager'

export interface GivenRole {
  readonly role: Role
  readonly platform: Platform
  /** The title of the guild or group. */
  readonly place: string
}

export interface StaffMember {
  readonly memberId: string
  readonly personId: string
  readonly name: string
  readonly role: Role
  /** What the community itself named them. */
  readonly named: NamedRole | null
  /** What the platforms say, the highest first. */
  readonly given: readonly GivenRole[]
}

const rank = (role: Role): number => ROLES.indexOf(role)

/** Who is staff in the places of a community, one row for each place. */
const givenRoles = (app: App, communityId: string) =>
  app.db
    .selectFrom('places')
    .innerJoin('presences', 'presences.place_id', 'places.id')
    .innerJoin('accounts', 'accounts.id', 'presences.account_id')
    .innerJoin('members', join =>
      join
        .onRef('members.person_id', '=', 'accounts.person_id')
        .onRef('members.community_id', '=', 'places.community_id'),
    )
    .select([
      'members.id as memberId',
      'members.person_id as personId',
      'members.name',
      'members.role as named',
      'presences.role',
      'places.platform',
      'places.title as place',
    ])
    .where('places.community_id', '=', communityId)
    .where('places.left_at', 'is', null)
    // As the partial index says it.
    .where('presences.role', '<>', sql<'member'>`'member'`)
    .where('presences.left_at', 'is', null)
    .where('members.left_at', 'is', null)

/** Everybody who is staff of a community now, the highest first. Those who left count no longer. */
export async function staffOf(app: App, communityId: string): Promise<StaffMember[]> {
  const named = await app.db
    .selectFrom('members')
    .select(['id as memberId', 'person_id as personId', 'name', 'role as named'])
    .where('community_id', '=', communityId)
    .where('role', 'is not', null)
    .where('left_at', 'is', null)
    .execute()
  const given = Map.groupBy(await givenRoles(app, communityId).execute(), row => row.memberId)
  const people = new Map(
    [...named, ...[...given.values()].flatMap(rows => rows.slice(0, 1))].map(row => [row.memberId, row]),
  )
  return [...people.values()]
    .map(({ memberId, personId, name, named: own }): StaffMember => {
      const roles = (given.get(memberId) ?? [])
        .map(({ role, platform, place }) => ({ role, platform, place }))
        .sort((a, b) => rank(b.role) - rank(a.role) || (a.place < b.place ? -1 : 1))
      return { memberId, personId, name, role: higher(roles[0]?.role ?? 'member', own), named: own, given: roles }
    })
    .sort((a, b) => rank(b.role) - rank(a.role) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** The higher of what the platforms say and what the community named somebody. */
export function higher(given: Role, named: NamedRole | null): Role {
  return named !== null && !reaches(given, named) ? named : given
}

/** The highest role that the platforms give somebody in a community, wherever it is. */
export async function roleByPlatforms(app: App, communityId: string, memberId: string): Promise<Role> {
  const rows = await givenRoles(app, communityId).where('members.id', '=', memberId).execute()
  return rows.reduce<Role>((highest, { role }) => (reaches(highest, role) ? highest : role), 'member')
}

/** What the community named a member, whatever the platforms say; undefined for nobody of this community. */
export async function namedRole(
  app: App,
  communityId: string,
  memberId: string,
): Promise<NamedRole | null | undefined> {
  const row = await app.db
    .selectFrom('members')
    .select('role')
    .where('id', '=', memberId)
    .where('community_id', '=', communityId)
    .where('left_at', 'is', null)
    .executeTakeFirst()
  return row?.role
}

/** Names a member reviewer or manager, or takes that back. */
export async function nameRole(app: App, memberId: string, role: NamedRole | null): Promise<void> {
  await app.db.updateTable('members').set({ role }).where('id', '=', memberId).execute()
}
