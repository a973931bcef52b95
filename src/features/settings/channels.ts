/** Where in its places a community posts what: for each place and purpose one chat at most. */
import { type App, transaction } from '../../app.ts'
import type { ChatReference, PlaceSighting } from '../../chat/request.ts'
import type { Platform } from '../../chat/text.ts'
import type { Purpose } from '../../db/schema/staff.ts'
import { audit } from '../audit/index.ts'
import { type Decision, lockCommunity } from './decision.ts'

export type { Purpose }
export const PURPOSES = ['announcements', 'staff', 'digest', 'welcome'] as const satisfies readonly Purpose[]

export interface Channel {
  readonly purpose: Purpose
  readonly bot: string
  readonly platform: Platform
  readonly placeId: string
  /** The title of the guild or group. */
  readonly place: string
  /** Where in it, as it can be written to now. */
  readonly chat: ChatReference
  /** What the chat is called. */
  readonly title: string
}

/** The channels of a community in the places where its bots are, by purpose and place. */
export async function channelsOf(app: App, communityId: string): Promise<Channel[]> {
  const rows = await app.db
    .selectFrom('places')
    .innerJoin('channels', 'channels.place_id', 'places.id')
    .select([
      'channels.purpose',
      'channels.chat',
      'channels.title',
      'places.id as placeId',
      'places.bot',
      'places.platform',
      'places.platform_id as platformId',
      'places.kind',
      'places.title as place',
    ])
    .where('places.community_id', '=', communityId)
    .where('places.left_at', 'is', null)
    .orderBy('places.title')
    .orderBy('places.id')
    .execute()
  return rows
    .map(({ chat, platformId, kind, ...row }) => ({ ...row, chat: current(JSON.parse(chat), kind, platformId) }))
    .sort((a, b) => PURPOSES.indexOf(a.purpose) - PURPOSES.indexOf(b.purpose))
}

/** Where something is posted, once in each place that has a channel for it. */
export async function channelsFor(app: App, communityId: string, purpose: Purpose): Promise<Channel[]> {
  return (await channelsOf(app, communityId)).filter(channel => channel.purpose === purpose)
}

/** A group is a chat by itself, and may have moved to another id since: topics have other numbers there. */
function current(chat: ChatReference, kind: PlaceSighting['kind'], platformId: string): ChatReference {
  if (kind === 'guild' || chat.id === platformId) return chat
  return { id: platformId, direct: false, ephemeral: chat.ephemeral }
}

/** A group or channel that can be named as a whole, since it is one chat. */
export interface ChatPlace {
  readonly id: string
  readonly title: string
  readonly platform: Platform
  readonly chat: ChatReference
}

/** The groups and channels of a community; of a guild nobody can name a channel from elsewhere. */
export async function chatPlaces(app: App, communityId: string): Promise<ChatPlace[]> {
  const rows = await app.db
    .selectFrom('places')
    .select(['id', 'title', 'platform', 'platform_id as platformId'])
    .where('community_id', '=', communityId)
    .where('kind', '<>', 'guild')
    .where('left_at', 'is', null)
    .orderBy('title')
    .orderBy('id')
    .execute()
  return rows.map(({ platformId, ...row }) => ({
    ...row,
    chat: { id: platformId, direct: false, ephemeral: false },
  }))
}

/** The guilds of a community that named no channel for a purpose, by title: nothing is posted there. */
export async function guildsWithout(app: App, communityId: string, purpose: Purpose): Promise<string[]> {
  const rows = await app.db
    .selectFrom('places')
    .leftJoin('channels', join =>
      join.onRef('channels.place_id', '=', 'places.id').on('channels.purpose', '=', purpose),
    )
    .select('places.title')
    .where('places.community_id', '=', communityId)
    .where('places.kind', '=', 'guild')
    .where('places.left_at', 'is', null)
    .where('channels.chat', 'is', null)
    .orderBy('places.title')
    .execute()
  return rows.map(({ title }) => title)
}

/** Where a channel is to be: a place by its id, or by its sighting where the request came from. */
export type Spot =
  | { readonly placeId: string }
  | { readonly platform: Platform; readonly place: Pick<PlaceSighting, 'platformId'> }

async function placeAt(app: App, communityId: string, spot: Spot): Promise<{ id: string; title: string } | undefined> {
  let query = app.db
    .selectFrom('places')
    .leftJoin('places as now', 'now.id', 'places.moved_to')
    .select(['places.id', 'places.title', 'now.id as movedTo'])
    .where('places.community_id', '=', communityId)
  query =
    'placeId' in spot
      ? query.where('places.id', '=', spot.placeId)
      : query.where('places.platform', '=', spot.platform).where('places.platform_id', '=', spot.place.platformId)
  const found = await query.executeTakeFirst()
  return found && { id: found.movedTo ?? found.id, title: found.title }
}

export type ChannelChange =
  | { readonly kind: 'same'; readonly title: string }
  | { readonly kind: 'changed'; readonly before: string | null; readonly title: string }
  /** No such place in this community. */
  | { readonly kind: 'no-place' }

/** Makes a chat of a place the one for a purpose. `title` is what it is called; without one, the place's own title. */
export async function setChannel(
  app: App,
  decision: Decision,
  spot: Spot,
  purpose: Purpose,
  chat: ChatReference,
  title?: string,
): Promise<ChannelChange> {
  // Of where it was typed, what a delivery needs; not the message that said it.
  const { id, threadId } = chat
  const kept = { id, direct: false, ephemeral: chat.ephemeral, ...(threadId !== undefined && { threadId }) }
  return transaction(app, async inner => {
    await lockCommunity(inner, decision.communityId)
    const place = await placeAt(inner, decision.communityId, spot)
    if (!place) return { kind: 'no-place' }
    const after = { chat: JSON.stringify(kept), title: title || place.title }
    const before = await channelAt(inner, place.id, purpose)
    if (before?.chat === after.chat) return { kind: 'same', title: before.title }
    await inner.db
      .insertInto('channels')
      .values({ place_id: place.id, purpose, ...after })
      .onConflict(conflict => conflict.columns(['place_id', 'purpose']).doUpdateSet(after))
      .execute()
    await note(inner, decision, purpose, before ? written(place.id, before) : null, written(place.id, after))
    return { kind: 'changed', before: before?.title ?? null, title: after.title }
  })
}

/** Takes a channel away: in one place, or wherever the community has it. Returns what they were called. */
export async function removeChannel(
  app: App,
  decision: Decision,
  purpose: Purpose,
  spot: Spot | null,
): Promise<string[]> {
  return transaction(app, async inner => {
    await lockCommunity(inner, decision.communityId)
    const place = spot && (await placeAt(inner, decision.communityId, spot))
    if (spot && !place) return []
    const placeIds = place
      ? [place.id]
      : (await channelsFor(inner, decision.communityId, purpose)).map(({ placeId }) => placeId)
    const titles: string[] = []
    for (const placeId of placeIds) {
      const before = await channelAt(inner, placeId, purpose)
      if (!before) continue
      await inner.db.deleteFrom('channels').where('place_id', '=', placeId).where('purpose', '=', purpose).execute()
      await note(inner, decision, purpose, written(placeId, before), null)
      titles.push(before.title)
    }
    return titles
  })
}

interface Stored {
  readonly chat: string
  readonly title: string
}

async function channelAt(app: App, placeId: string, purpose: Purpose): Promise<Stored | undefined> {
  return app.db
    .selectFrom('channels')
    .select(['chat', 'title'])
    .where('place_id', '=', placeId)
    .where('purpose', '=', purpose)
    .executeTakeFirst()
}

const written = (placeId: string, { chat, title }: Stored) => ({ placeId, chat: JSON.parse(chat), title })

const note = (app: App, decision: Decision, purpose: Purpose, before: unknown, after: unknown) =>
  audit(app, { ...decision, action: 'channel.changed', subject: purpose, before, after })
