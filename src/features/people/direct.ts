/** Private chats: whether somebody can be written to, and which places a private chat is about. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import type { PlaceSighting } from '../../chat/request.ts'
import type { Platform } from '../../chat/text.ts'
import { type Locale, nearestLocale } from '../../lib/locale.ts'

/** The account with this id on a platform, and since when it can be written to privately (null: it cannot). */
export async function directOf(
  app: App,
  platform: Platform,
  platformId: string,
): Promise<{ accountId: string; openSince: number | null } | null> {
  const row = await app.db
    .selectFrom('accounts')
    .select(['id as accountId', 'direct_at as openSince'])
    .where('platform', '=', platform)
    .where('platform_id', '=', platformId)
    .executeTakeFirst()
  return row ?? null
}

const CHAT_LINK = 'chat.link '

/** Remembers under which address people open a private chat with a bot; a deep link may follow it. */
export async function rememberChatLink(app: App, platform: Platform, url: string): Promise<void> {
  await app.db
    .insertInto('meta')
    .values({ key: CHAT_LINK + platform, value: url })
    .onConflict(conflict => conflict.column('key').doUpdateSet({ value: url }))
    .execute()
}

/** Where people open a private chat with Muster, by platform; only platforms whose links may carry a payload. */
export async function chatLinks(app: App): Promise<Array<{ platform: string; url: string }>> {
  const rows = await app.db
    .selectFrom('meta')
    .selectAll()
    .where('key', 'like', `${CHAT_LINK}%`)
    .orderBy('key')
    .execute()
  return rows.map(({ key, value }) => ({ platform: key.slice(CHAT_LINK.length), url: value }))
}

/** Where a bot is present in the community that somebody's private chat is about. */
export async function placesBehindDirect(
  app: App,
  platform: Platform,
  bot: string,
  platformId: string,
): Promise<PlaceSighting[]> {
  return app.db
    .selectFrom('accounts')
    .innerJoin('places', 'places.community_id', 'accounts.community_id')
    .select(['places.platform_id as platformId', 'places.kind', 'places.title'])
    .where('accounts.platform', '=', platform)
    .where('accounts.platform_id', '=', platformId)
    .where('places.bot', '=', bot)
    .where('places.left_at', 'is', null)
    .execute()
}

export interface PrivateAddress {
  readonly accountId: string
  readonly bot: string
  readonly platform: Platform
  readonly platformId: string
  readonly locale: Locale
}

/**
 * Where somebody can be written to privately, by account: through the bot of a place where they are, or were last. Where the platform lets
 * people open the chat themselves, only while it is open. Whether they want to hear of something is for consents to say.
 */
export async function privateAddresses(app: App, accountIds: readonly string[]): Promise<PrivateAddress[]> {
  if (accountIds.length === 0) return []
  const rows = await app.db
    .selectFrom('accounts')
    .innerJoin('persons', 'persons.id', 'accounts.person_id')
    .innerJoin('presences', 'presences.account_id', 'accounts.id')
    .innerJoin('places', 'places.id', 'presences.place_id')
    .select([
      'accounts.id as accountId',
      'accounts.platform',
      'accounts.platform_id as platformId',
      'accounts.locale as tag',
      'persons.locale as chosen',
      'places.bot',
    ])
    .where('accounts.id', 'in', [...accountIds])
    .where('accounts.deleted_at', 'is', null)
    .where(eb => eb.or([eb('accounts.platform', '=', 'discord'), eb('accounts.direct_at', 'is not', null)]))
    .orderBy('accounts.id')
    .orderBy(sql`case when presences.left_at is null and places.left_at is null then 0 else 1 end`)
    .orderBy('presences.joined_at', 'desc')
    .execute()
  const first = new Map(rows.toReversed().map(row => [row.accountId, row]))
  return [...first.values()]
    .map(({ tag, chosen, ...row }) => ({ ...row, locale: chosen ?? nearestLocale(tag) ?? app.defaults.locale }))
    .sort((a, b) => (a.accountId < b.accountId ? -1 : 1))
}
