/** What happens to communities: the bot comes and goes, groups move and are renamed, people join and leave. Each is a fact. */
import type { App } from '../../app.ts'
import { button, success } from '../../chat/reply.ts'
import type { Ask, Happening, PlaceSighting, Sighting } from '../../chat/request.ts'
import { t } from '../../chat/text.ts'
import { nearestLocale } from '../../lib/locale.ts'
import { localDay } from '../../lib/time.ts'
import { record } from '../activity/index.ts'
import { todayOf } from '../days/index.ts'
import { enqueue } from '../outbox/index.ts'
import {
  type Arrival,
  arrive,
  depart,
  leavePlace,
  movePlace,
  openDirect,
  type Place,
  seeAccount,
  seePlace,
  setRoles,
} from '../people/index.ts'

/** Makes sure that whoever asks is known here, as a member where there is a place; inside the transaction of what they asked for. */
export async function admit(app: App, ask: Ask): Promise<void> {
  if (ask.place) {
    const arrival = await arrive(app, { platform: ask.platform, bot: ask.bot, place: ask.place }, ask.from, ask.at)
    await recordPlace(app, arrival.place, ask.at)
    await recordArrival(app, arrival, ask.at)
    return
  }
  const account = await seeAccount(app, ask.platform, ask.from, ask.at)
  await openDirect(app, account.id, true, ask.at)
}

/** Applies something that happened to a place or a person. Told twice, it changes nothing the second time. */
export async function apply(app: App, event: Happening): Promise<void> {
  const { platform, bot, at } = event
  switch (event.what) {
    case 'bot-joined':
      return botJoined(app, event)
    case 'bot-left': {
      const place = await leavePlace(app, platform, event.place.platformId, at)
      if (place) await recordPlaceFact(app, 'place.left', place, at)
      return
    }
    case 'place-renamed':
      return recordPlace(app, await seePlace(app, platform, bot, event.place, at), at)
    case 'place-moved': {
      const place = await movePlace(app, { platform, bot }, event.place, event.to, at)
      if (place) await recordPlaceFact(app, 'place.moved', place, at)
      return
    }
    case 'member-joined':
      return joined(app, event, event.place, event.who)
    case 'member-left': {
      const left = await depart(app, platform, event.place, event.who, at)
      if (left?.ended) await recordMember(app, 'member.left', left, at)
      return
    }
    case 'staff-listed':
      return staffListed(app, event, event.staff)
    case 'account-renamed':
      await seeAccount(app, platform, event.who, at)
      return
    case 'direct-opened':
    case 'direct-closed': {
      const account = await seeAccount(app, platform, event.who, at)
      return openDirect(app, account.id, event.what === 'direct-opened', at)
    }
  }
}

async function botJoined(app: App, event: Extract<Happening, { what: 'bot-joined' }>): Promise<void> {
  const { platform, bot, at } = event
  const place = await seePlace(app, platform, bot, event.place, at, event.locale)
  await recordPlace(app, place, at)
  if (event.staff) await staffListed(app, event, event.staff)
  if (place.news !== 'new' || !event.chat) return
  // A hello once per place, not each time a bot comes back from an outage.
  await enqueue(app, {
    bot,
    platform,
    to: { kind: 'chat', chat: event.chat },
    reply: success(
      t('community.hello'),
      button(t('checkin.button'), 'checkin', {}, { by: 'anyone', style: 'primary' }),
    ),
    locale: nearestLocale(event.locale) ?? app.defaults.locale,
    askerId: '',
    class: 'transactional',
    source: `hello:${place.id}`,
  })
}

async function staffListed(
  app: App,
  where: Extract<Happening, { place: PlaceSighting }>,
  staff: Parameters<typeof setRoles>[2],
): Promise<void> {
  const { platform, bot, place, at } = where
  for (const arrival of await setRoles(app, { platform, bot, place }, staff, at)) {
    await recordPlace(app, arrival.place, at)
    await recordArrival(app, arrival, at)
  }
}

async function joined(app: App, where: Happening, place: PlaceSighting, who: Sighting): Promise<void> {
  const arrival = await arrive(app, { platform: where.platform, bot: where.bot, place }, who, where.at)
  await recordPlace(app, arrival.place, where.at)
  await recordArrival(app, arrival, where.at)
}

async function recordPlace(app: App, place: Place, at: number): Promise<void> {
  if (place.news === 'new' || place.news === 'returned') await recordPlaceFact(app, 'place.joined', place, at)
  if (place.news === 'renamed') await recordPlaceFact(app, 'place.renamed', place, at)
}

async function recordPlaceFact(
  app: App,
  kind: 'place.joined' | 'place.left' | 'place.moved' | 'place.renamed',
  place: { id: string; communityId: string },
  at: number,
): Promise<void> {
  const community = await app.db
    .selectFrom('communities')
    .select(['zone', 'day_start'])
    .where('id', '=', place.communityId)
    .executeTakeFirstOrThrow()
  const day = localDay(at, community.zone, community.day_start)
  await record(app, {
    kind,
    communityId: place.communityId,
    memberId: null,
    accountId: null,
    subject: `${place.id}:${at}`,
    day,
    at,
  })
}

async function recordArrival(app: App, arrival: Arrival, at: number): Promise<void> {
  if (arrival.news === null) return
  const who = { accountId: arrival.accountId, memberId: arrival.memberId, communityId: arrival.place.communityId }
  await recordMember(app, arrival.news === 'joined' ? 'member.joined' : 'member.returned', who, at)
}

async function recordMember(
  app: App,
  kind: 'member.joined' | 'member.left' | 'member.returned',
  who: { accountId: string; memberId: string; communityId: string },
  at: number,
): Promise<void> {
  const { day } = await todayOf(app, who.memberId, at)
  const { memberId, accountId, communityId } = who
  await record(app, { kind, memberId, accountId, communityId, subject: `${memberId}:${at}`, day, at })
}
