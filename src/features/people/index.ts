/** Persons, their accounts on the platforms, and their membership of communities: recognising who asks. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import type { Asker, Community, Member, Role } from '../../chat/command.ts'
import { ROLES } from '../../chat/command.ts'
import type { Ask, RawArg } from '../../chat/request.ts'
import type { Mention, Platform } from '../../chat/text.ts'
import { unindexed } from '../../db/index.ts'
import { nearestLocale } from '../../lib/locale.ts'
import type { Contribution } from '../contribution.ts'
import { offSettings, partsIn } from './parts.ts'
import { exportAccounts, exportMembership, forgetAccounts } from './personal.ts'
import { higher } from './staff.ts'

export { ban, type Departure, depart, endAccess, leavePlace, loseAccount, unban } from './departures.ts'
export {
  chatLinks,
  directOf,
  type PrivateAddress,
  placesBehindDirect,
  privateAddresses,
  rememberChatLink,
} from './direct.ts'
export { currentCommunity, type Listed, listCommunities, listMembers, memberOf } from './directory.ts'
export { applyMoves, listMoves, type Move, moveAll, movedBy, moveRows, origins, partRows } from './moved.ts'
export { movePlace } from './moves.ts'
export { type PartSetting, partSetting, partsOff } from './parts.ts'
export {
  chooseCommunity,
  communitiesOf,
  isHidden,
  localeOf,
  memberships,
  openDirect,
  setHidden,
  setLocale,
} from './preferences.ts'
export {
  type Arrival,
  arrive,
  type Evidence,
  type Place,
  placesOf,
  seeAccount,
  seePlace,
  setRoles,
} from './presence.ts'
export { higher, type NamedRole, namedRole, nameRole, roleByPlatforms, type StaffMember, staffOf } from './staff.ts'
export { isStill } from './still.ts'
export { type Account, accountsOf, currentPerson, wholePerson, withMerged } from './whole.ts'

/** Who asks, and as which member of which community. */
export interface Identity {
  readonly asker: Asker
  readonly member: Member | null
  readonly community: Community | null
  /** Whether what the platform says differs from what is stored, so that `arrive` has something to write. */
  readonly stale: boolean
  /** Whether staff keep them out of the place they ask in: what they sent before still reaches us, and old buttons stay. */
  readonly banned: boolean
}

const ROLE_RANK = sql<number>`case presences.role when 'owner' then 3 when 'manager' then 2 when 'reviewer' then 1 else 0 end`

/** The highest role a person holds in any place of a community; what is stored for `except` does not count. */
const roleRank = (app: App, person: string, community: string, except: string | null) =>
  app.db
    .selectFrom('presences')
    .innerJoin('accounts as theirs', 'theirs.id', 'presences.account_id')
    .innerJoin('places as where', 'where.id', 'presences.place_id')
    .select(({ fn }) => fn.max(ROLE_RANK).as('rank'))
    .where('theirs.person_id', '=', sql<string>`${sql.ref(person)}`)
    .where(unindexed('where.community_id'), '=', sql<string>`${sql.ref(community)}`)
    .where('presences.left_at', 'is', null)
    .where('where.left_at', 'is', null)
    .$if(except !== null, query => query.where('where.platform_id', '<>', except ?? ''))

/** Reads who is behind a request; null for somebody, or somewhere, not seen before. */
export async function recognise(app: App, ask: Ask): Promise<Identity | null> {
  const placeId = ask.place?.platformId ?? ''
  const row = await app.db
    .selectFrom('accounts')
    .innerJoin('persons', 'persons.id', 'accounts.person_id')
    .leftJoin('places', join => join.on('places.platform', '=', ask.platform).on('places.platform_id', '=', placeId))
    .leftJoin('communities', join =>
      join.on(eb =>
        eb('communities.id', '=', ask.place ? eb.ref('places.community_id') : eb.ref('accounts.community_id')),
      ),
    )
    .leftJoin('members', join =>
      join.onRef('members.community_id', '=', 'communities.id').onRef('members.person_id', '=', 'accounts.person_id'),
    )
    .leftJoin('presences', join =>
      join.onRef('presences.place_id', '=', 'places.id').onRef('presences.account_id', '=', 'accounts.id'),
    )
    .select([
      'accounts.id as accountId',
      'accounts.person_id as personId',
      'accounts.name',
      'accounts.username',
      'accounts.locale as tag',
      'accounts.direct_at as directAt',
      'accounts.community_id as directCommunityId',
      'persons.locale as chosenLocale',
      'places.id as placeId',
      'places.left_at as placeLeftAt',
      'places.title',
      'places.kind as placeKind',
      'places.bot as placeBot',
      'communities.id as communityId',
      'communities.name as communityName',
      'communities.zone',
      'communities.locale as communityLocale',
      'members.id as memberId',
      'members.left_at as memberLeftAt',
      'members.role as named',
      'presences.role',
      'presences.left_at as presenceLeftAt',
      'presences.banned_at as bannedAt',
    ])
    // Where the request itself tells the role, that counts and not what was told before: the demoted are demoted at once.
    .select(() => [
      roleRank(app, 'accounts.person_id', 'communities.id', ask.from.role ? placeId : null).as('rank'),
      offSettings(app, 'communities.id').as('off'),
    ])
    .where('accounts.platform', '=', ask.platform)
    .where('accounts.platform_id', '=', ask.from.platformId)
    .executeTakeFirst()
  if (!row) return null
  const { from, place } = ask
  const stale =
    row.name !== from.name ||
    (from.username === undefined ? row.username : from.username || null) !== row.username ||
    (from.locale ?? row.tag) !== row.tag ||
    (place !== null &&
      (row.placeId === null ||
        row.placeLeftAt !== null ||
        row.directCommunityId !== row.communityId ||
        row.placeBot !== ask.bot ||
        (place.title !== '' && row.title !== place.title) ||
        row.placeKind !== place.kind ||
        row.memberId === null ||
        row.memberLeftAt !== null ||
        row.role === null ||
        row.presenceLeftAt !== null ||
        (from.role !== undefined && from.role !== row.role))) ||
    (place === null && row.directAt === null)
  const appLocale = nearestLocale(from.locale ?? row.tag) ?? row.communityLocale ?? app.defaults.locale
  const mention: Mention = { kind: 'mention', name: row.name, ids: { [ask.platform]: from.platformId } }
  const community: Community | null =
    row.communityId !== null && row.communityName !== null && row.zone !== null && row.communityLocale !== null
      ? {
          id: row.communityId,
          name: row.communityName,
          zone: row.zone,
          locale: row.communityLocale,
          off: partsIn(row.off),
        }
      : null
  const platformRole = ROLES[Math.max(Number(row.rank ?? 0), ROLES.indexOf(from.role ?? 'member'))] ?? 'member'
  // Whoever left is staff no longer, until they are back.
  const isHere = row.memberLeftAt === null || place !== null
  return {
    stale,
    banned: row.bannedAt !== null && (ask.kind === 'press' || ask.at <= row.bannedAt),
    community,
    member:
      row.memberId !== null && community && isHere
        ? { id: row.memberId, communityId: community.id, personId: row.personId, name: row.name, mention }
        : null,
    asker: {
      platform: ask.platform,
      accountId: row.accountId,
      personId: row.personId,
      platformId: from.platformId,
      name: row.name,
      mention,
      role: higher(platformRole, isHere ? row.named : null),
      locale: row.chosenLocale ?? appLocale,
      appLocale,
      direct: place === null,
      at: ask.at,
    },
  }
}

/** The community that a place belongs to; null for a place not seen before. */
export async function communityAt(app: App, platform: Platform, placeId: string): Promise<string | null> {
  const row = await app.db
    .selectFrom('places')
    .select('community_id')
    .where('platform', '=', platform)
    .where('platform_id', '=', placeId)
    .executeTakeFirst()
  return row?.community_id ?? null
}

/** The accounts of a member, for mentioning them anywhere. */
async function mentionOf(app: App, personId: string, name: string): Promise<Mention> {
  const accounts = await app.db
    .selectFrom('accounts')
    .select(['platform', 'platform_id'])
    .where('person_id', '=', personId)
    .execute()
  const ids: Partial<Record<Platform, string>> = {}
  for (const account of accounts) ids[account.platform] = account.platform_id
  return { kind: 'mention', name, ids }
}

/** The member of a community that an argument means: by account, by id, or by a username or name seen here. Null when nobody, or more than one. */
export async function findMember(
  app: App,
  communityId: string,
  platform: Platform,
  raw: RawArg,
): Promise<Member | null> {
  let query = app.db
    .selectFrom('members')
    .innerJoin('accounts', 'accounts.person_id', 'members.person_id')
    .select(['members.id', 'members.person_id as personId', 'members.name'])
    .distinct()
    .where('members.community_id', '=', communityId)
    .where('members.left_at', 'is', null)
  if (typeof raw === 'object') {
    if (raw.kind !== 'member') return null
    query = query.where('accounts.platform', '=', platform).where('accounts.platform_id', '=', raw.sighting.platformId)
  } else {
    const typed = String(raw).trim().replace(/^@/, '').toLowerCase()
    query = query.where(eb =>
      eb.or([
        // What buttons carry.
        eb('members.id', '=', typed),
        eb(eb.fn('lower', ['accounts.username']), '=', typed),
        eb(eb.fn('lower', ['members.name']), '=', typed),
      ]),
    )
  }
  const found = await query.limit(2).execute()
  const [only] = found
  if (!only || found.length > 1) return null
  return {
    id: only.id,
    communityId,
    personId: only.personId,
    name: only.name,
    mention: await mentionOf(app, only.personId, only.name),
  }
}

/** The member that a person is in a community; null when they are none, or have left. */
export async function memberOfPerson(app: App, communityId: string, personId: string): Promise<Member | null> {
  const row = await app.db
    .selectFrom('members')
    .select(['id', 'name'])
    .where('community_id', '=', communityId)
    .where('person_id', '=', personId)
    .where('merged_into', 'is', null)
    .where('left_at', 'is', null)
    .executeTakeFirst()
  if (!row) return null
  return { id: row.id, communityId, personId, name: row.name, mention: await mentionOf(app, personId, row.name) }
}

export type { Role }

export const contribution: Contribution = {
  name: 'people',
  tables: ['persons', 'communities', 'places', 'accounts', 'members', 'presences', 'meta'],
  exportMember: exportMembership,
  exportPerson: exportAccounts,
  forget: forgetAccounts,
}
