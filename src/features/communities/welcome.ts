/** A few words to whoever has just come. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { button, success } from '../../chat/reply.ts'
import type { ChatReference, Happening } from '../../chat/request.ts'
import { type Mention, t } from '../../chat/text.ts'
import { toNumber } from '../../db/index.ts'
import { idFloor } from '../../lib/ids.ts'
import { HOUR, MINUTE } from '../../lib/time.ts'
import { enqueue } from '../outbox/index.ts'
import { type Arrival, partsOff } from '../people/index.ts'
import { channelsFor, welcomeOf } from '../settings/index.ts'

/** A crowd is not greeted one by one: whoever comes when this many were greeted within the window is not greeted by name. */
const MOST = 5
const WINDOW_MS = 10 * MINUTE
/** An arrival that is told later than this (the bot was away, history is written) is news to nobody. */
const FRESH_MS = HOUR

type Joined = Extract<Happening, { what: 'member-joined' }>

/**
 * Welcomes a newcomer where their platform announced that they came, once per member ever. Those who are first seen because they use a
 * command, or in a list of the staff, may have been there for years; those who come back know the place.
 */
export async function welcome(app: App, event: Joined, arrival: Arrival): Promise<void> {
  const { place, news, memberId } = arrival
  const isStaff = event.who.role !== undefined && event.who.role !== 'member'
  if (news !== 'joined' || isStaff || app.clock.now() - event.at > FRESH_MS) return
  const { on, text } = await welcomeOf(app, place.communityId)
  if (!on) return
  const where = await welcomeChat(app, place)
  if (!where || (await greetedLately(app, place)) >= MOST) return
  const who: Mention = {
    kind: 'mention',
    name: event.who.name,
    ids: { [event.platform]: event.who.platformId },
  }
  const checkins = !(await partsOff(app, place.communityId)).includes('checkin')
  await enqueue(app, {
    bot: event.bot,
    platform: event.platform,
    to: { kind: 'chat', chat: where.chat },
    reply: success(
      t('welcome.hello', { who, community: where.community }),
      ...(text === null ? [] : [t('welcome.text', { text })]),
      ...(checkins
        ? [
            ...(text === null ? [t('welcome.next')] : []),
            button(t('checkin.button'), 'checkin', {}, { by: 'anyone', style: 'primary' }),
          ]
        : []),
    ),
    locale: where.locale,
    askerId: '',
    class: 'service',
    source: `welcome:${memberId}`,
    memberId,
    placeId: place.id,
  })
}

/** The place's own channel for it; a group is a chat by itself. In a guild that named no channel nothing is said. */
async function welcomeChat(app: App, place: { id: string; communityId: string }) {
  const { name, locale, kind, platformId } = await app.db
    .selectFrom('places')
    .innerJoin('communities', 'communities.id', 'places.community_id')
    .select(['communities.name', 'communities.locale', 'places.kind', 'places.platform_id as platformId'])
    .where('places.id', '=', place.id)
    .executeTakeFirstOrThrow()
  const channel = (await channelsFor(app, place.communityId, 'welcome')).find(({ placeId }) => placeId === place.id)
  const group: ChatReference | null =
    kind === 'group' || kind === 'supergroup' ? { id: platformId, direct: false, ephemeral: false } : null
  const chat = channel?.chat ?? group
  return chat && { chat, community: name, locale }
}

/** How many were greeted in a place within the window. */
async function greetedLately(app: App, place: { id: string; communityId: string }): Promise<number> {
  const { count } = await app.db
    .selectFrom('members')
    .innerJoin('outbox', join => join.on('outbox.source', '=', sql<string>`'welcome:' || members.id`))
    .select(({ fn }) => fn.countAll().as('count'))
    .where('members.community_id', '=', place.communityId)
    // As the partial index says it: whoever was united with somebody was here before.
    .where('members.merged_into', 'is', null)
    .where('members.id', '>=', idFloor('mem', app.clock.now() - WINDOW_MS))
    .where('outbox.place_id', '=', place.id)
    .executeTakeFirstOrThrow()
  return toNumber(count)
}
