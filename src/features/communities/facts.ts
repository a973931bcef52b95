/** What happened to communities and their people, written down as facts. */
import type { App } from '../../app.ts'
import { localDay } from '../../lib/time.ts'
import { type Fact, record } from '../activity/index.ts'
import { todayOf } from '../days/index.ts'
import type { Arrival, Departure, Place } from '../people/index.ts'

interface Who {
  readonly accountId: string
  readonly memberId: string
  readonly communityId: string
}

/** A place came, went, or goes by another name. */
export async function recordPlace(app: App, place: Place, at: number): Promise<void> {
  if (place.news === 'new' || place.news === 'returned') await recordPlaceFact(app, 'place.joined', place, at)
  if (place.news === 'renamed') await recordPlaceFact(app, 'place.renamed', place, at)
}

export async function recordPlaceFact(
  app: App,
  kind: 'place.joined' | 'place.left' | 'place.moved' | 'place.renamed',
  place: { id: string; communityId: string },
  at: number,
): Promise<void> {
  const { zone, day_start } = await app.db
    .selectFrom('communities')
    .select(['zone', 'day_start'])
    .where('id', '=', place.communityId)
    .executeTakeFirstOrThrow()
  await record(app, {
    kind,
    communityId: place.communityId,
    memberId: null,
    accountId: null,
    subject: `${place.id}:${at}`,
    day: localDay(at, zone, day_start),
    at,
  })
}

/** Somebody joined, came back, or goes by another name. */
export async function recordArrival(app: App, arrival: Arrival, at: number): Promise<void> {
  const { accountId, memberId, personId, renamed, news, place } = arrival
  if (renamed) await recordRenamed(app, { accountId, personId }, at)
  const who = { accountId, memberId, communityId: place.communityId }
  if (news !== null) await recordMember(app, news === 'joined' ? 'member.joined' : 'member.returned', who, at)
}

export async function recordMember(
  app: App,
  kind: 'member.joined' | 'member.left' | 'member.returned' | 'member.renamed' | 'member.forgotten' | 'account.deleted',
  { memberId, accountId, communityId }: Who,
  at: number,
): Promise<void> {
  const { day } = await todayOf(app, memberId, at)
  await record(app, { kind, memberId, accountId, communityId, subject: `${memberId}:${at}`, day, at } as Fact)
}

/** The same in every community that somebody belongs to. The names themselves are in no fact: they could not be forgotten there. */
export async function recordRenamed(app: App, who: { accountId: string; personId: string }, at: number): Promise<void> {
  const members = await app.db
    .selectFrom('members')
    .select(['id as memberId', 'community_id as communityId'])
    .where('person_id', '=', who.personId)
    .where('left_at', 'is', null)
    .orderBy('id')
    .execute()
  for (const member of members) await recordMember(app, 'member.renamed', { ...member, accountId: who.accountId }, at)
}

/** Staff of a place keep somebody out, or no longer do. */
export async function recordBan(
  app: App,
  kind: 'member.banned' | 'member.unbanned',
  { memberId, accountId, communityId, placeId }: Departure,
  at: number,
): Promise<void> {
  const { day } = await todayOf(app, memberId, at)
  const subject = `${memberId}:${placeId}:${at}`
  await record(app, { kind, memberId, accountId, communityId, placeId, subject, day, at })
}
