/** What happens to communities: the bot comes and goes, groups move and are renamed, people join and leave. Each is a fact. */
import { type App, transaction } from '../../app.ts'
import type { Delivery, DeliveryError } from '../../chat/port.ts'
import { button, success } from '../../chat/reply.ts'
import type { Ask, Happening, PlaceSighting } from '../../chat/request.ts'
import { type Platform, t } from '../../chat/text.ts'
import { nearestLocale } from '../../lib/locale.ts'
import type { Leaver } from '../contribution.ts'
import { enqueue, followPlace, skipWaiting } from '../outbox/index.ts'
import {
  arrive,
  ban,
  type Departure,
  depart,
  directOf,
  endAccess,
  leavePlace,
  loseAccount,
  movePlace,
  openDirect,
  seeAccount,
  seePlace,
  setRoles,
  unban,
} from '../people/index.ts'
import { recordArrival, recordBan, recordMember, recordPlace, recordPlaceFact, recordRenamed } from './facts.ts'
import { welcome } from './welcome.ts'

/** Makes sure that whoever asks is known here, as a member where there is a place; inside the transaction of what they asked for. */
export async function admit(app: App, ask: Ask): Promise<void> {
  if (ask.place) {
    const where = { platform: ask.platform, bot: ask.bot, place: ask.place }
    const arrival = await arrive(app, where, ask.from, ask.at, ask.kind === 'press' ? 'pressed' : 'asked')
    await recordPlace(app, arrival.place, ask.at)
    await recordArrival(app, arrival, ask.at)
    return
  }
  const account = await seeAccount(app, ask.platform, ask.from, ask.at)
  await renamed(app, account, ask.at)
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
      if (!place) return
      await skipWaiting(app, { placeId: place.id }, 'the bot left the place')
      return recordPlaceFact(app, 'place.left', place, at)
    }
    case 'place-renamed':
      return recordPlace(app, await seePlace(app, platform, bot, event.place, at), at)
    case 'place-moved': {
      const place = await movePlace(app, { platform, bot }, event.place, event.to, at)
      if (!place) return
      await followPlace(app, place.id, event.place.platformId, event.to.platformId)
      return recordPlaceFact(app, 'place.moved', place, at)
    }
    case 'member-joined':
      return joined(app, event)
    case 'member-left': {
      const departure = await depart(app, platform, event.place, event.who, at)
      if (departure?.ended) await recordMember(app, 'member.left', departure, at)
      return departure ? left(app, departure, 'the member left') : undefined
    }
    case 'member-banned': {
      const departure = await ban(app, platform, event.place, event.who, at)
      if (!departure) return
      await recordBan(app, 'member.banned', departure, at)
      return left(app, departure, 'the member was banned')
    }
    case 'member-unbanned': {
      const known = await unban(app, platform, event.place, event.who)
      return known ? recordBan(app, 'member.unbanned', known, at) : undefined
    }
    case 'account-deleted':
      return accountDeleted(app, platform, event.who.platformId, at)
    case 'staff-listed':
      return staffListed(app, event, event.staff)
    case 'account-renamed':
      return renamed(app, await seeAccount(app, platform, event.who, at), at)
    case 'direct-opened':
    case 'direct-closed': {
      const account = await seeAccount(app, platform, event.who, at)
      await renamed(app, account, at)
      return openDirect(app, account.id, event.what === 'direct-opened', at)
    }
  }
}

async function renamed(app: App, account: Awaited<ReturnType<typeof seeAccount>>, at: number): Promise<void> {
  if (account.renamed) await recordRenamed(app, { accountId: account.id, personId: account.personId }, at)
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
    placeId: place.id,
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

async function joined(app: App, event: Extract<Happening, { what: 'member-joined' }>): Promise<void> {
  const { platform, bot, place, who, at } = event
  const arrival = await arrive(app, { platform, bot, place }, who, at)
  await recordPlace(app, arrival.place, at)
  await recordArrival(app, arrival, at)
  await welcome(app, event, arrival)
}

/** Somebody left a place. What waits for them as a member is not sent once they are none. */
async function left(app: App, departure: Departure, reason: string): Promise<void> {
  if (departure.ended) await skipWaiting(app, { memberId: departure.memberId }, reason)
}

/** The platform says that an account is no more: it leaves everywhere, and nobody can be written to there. */
async function accountDeleted(app: App, platform: Platform, platformId: string, at: number): Promise<void> {
  const lost = await loseAccount(app, platform, platformId, at)
  if (!lost) return
  await skipWaiting(app, { platform, platformId }, 'the account was deleted')
  for (const departure of lost.departures) {
    await recordMember(app, 'account.deleted', departure, at)
    if (departure.ended) await recordMember(app, 'member.left', departure, at)
    await left(app, departure, 'the account was deleted')
  }
}

/** What a failed delivery tells of whom it was for: a private chat that is closed, or an account that is no more. */
export async function undeliverable(
  app: App,
  platform: Platform,
  { to, askerId }: Pick<Delivery, 'to' | 'askerId'>,
  error: DeliveryError,
): Promise<void> {
  if (error.problem !== 'blocked' && !error.accountDeleted) return
  // A private chat answers whoever asked in it; not every platform gives it the person's own id.
  const platformId = to.kind === 'person' ? to.platformId : to.chat.direct ? askerId : ''
  if (platformId === '') return
  await transaction(app, async inner => {
    if (error.accountDeleted) return accountDeleted(inner, platform, platformId, inner.clock.now())
    const account = await directOf(inner, platform, platformId)
    if (account) await openDirect(inner, account.accountId, false, inner.clock.now())
  })
}

/** Ends every membership of somebody who is forgotten: what follows finds them nowhere. */
export async function endMemberships(app: App, who: Leaver): Promise<void> {
  const [accountId] = who.accountIds
  const memberships = await endAccess(app, who)
  for (const membership of memberships) {
    await skipWaiting(app, { memberId: membership.memberId }, 'the member asked to be forgotten')
    if (accountId !== undefined) await recordMember(app, 'member.forgotten', { ...membership, accountId }, who.at)
  }
}
