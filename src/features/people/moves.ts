/** Groups that live on under another id. */
import type { App } from '../../app.ts'
import type { PlaceSighting } from '../../chat/request.ts'
import type { Platform } from '../../chat/text.ts'

/**
 * A group lives on under another id: the place keeps its community, its people and its history. The old id stays known as a place that
 * was left, so that what still arrives under it finds the same community.
 */
export async function movePlace(
  app: App,
  where: { platform: Platform; bot: string },
  from: PlaceSighting,
  to: PlaceSighting,
  at: number,
): Promise<{ id: string; communityId: string } | null> {
  const named = (platformId: string) =>
    app.db
      .selectFrom('places')
      .select(['id', 'community_id as communityId', 'kind', 'title', 'joined_at as joinedAt'])
      .where('platform', '=', where.platform)
      .where('platform_id', '=', platformId)
      .executeTakeFirst()
  const old = await named(from.platformId)
  const twin = await named(to.platformId)
  // Both halves of a move are announced; the second finds it done.
  if (!old || twin?.communityId === old.communityId) return null
  const rename = (id: string, platformId: string) =>
    app.db.updateTable('places').set({ platform_id: platformId }).where('id', '=', id).execute()
  const left = { kind: old.kind, left_at: at, community_id: old.communityId, moved_to: old.id }
  if (twin) {
    // The new id was seen before the move was told: what began there as a community of its own ends, and it takes the old id's part.
    await rename(twin.id, `moving:${twin.id}`)
    await endTwin(app, twin, old.communityId, at)
    await app.db.updateTable('places').set(left).where('id', '=', twin.id).execute()
  }
  await app.db
    .updateTable('places')
    .set({ platform_id: to.platformId, kind: to.kind, title: to.title || old.title, bot: where.bot, left_at: null })
    .where('id', '=', old.id)
    .execute()
  if (twin) await rename(twin.id, from.platformId)
  else {
    const { platform, bot } = where
    const { title, joinedAt: joined_at } = old
    await app.db
      .insertInto('places')
      .values({ ...left, id: app.ids('plc'), platform, platform_id: from.platformId, bot, title, joined_at })
      .execute()
  }
  return { id: old.id, communityId: old.communityId }
}

/** Ends a community that was made in error for a place that belongs to another: memberships end, private chats follow. */
async function endTwin(
  app: App,
  twin: { id: string; communityId: string },
  communityId: string,
  at: number,
): Promise<void> {
  const { db } = app
  await db
    .updateTable('presences')
    .set({ left_at: at, role: 'member' })
    .where('place_id', '=', twin.id)
    .where('left_at', 'is', null)
    .execute()
  const others = await db
    .selectFrom('places')
    .select('id')
    .where('community_id', '=', twin.communityId)
    .where('id', '<>', twin.id)
    .limit(1)
    .executeTakeFirst()
  if (others) return
  await db
    .updateTable('members')
    .set({ left_at: at })
    .where('community_id', '=', twin.communityId)
    .where('left_at', 'is', null)
    .execute()
  await db
    .updateTable('accounts')
    .set({ community_id: communityId })
    .where('community_id', '=', twin.communityId)
    .execute()
}
