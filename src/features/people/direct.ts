/** Private chats: whether somebody can be written to, and which places a private chat is about. */
import type { App } from '../../app.ts'
import type { PlaceSighting } from '../../chat/request.ts'
import type { Platform } from '../../chat/text.ts'

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
