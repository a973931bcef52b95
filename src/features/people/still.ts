/** Between recognising somebody and doing what they asked for, a link or a connection may be made or undone. */
import type { App } from '../../app.ts'
import type { Platform } from '../../chat/text.ts'

/** Who somebody was when they were recognised. */
export interface Recognised {
  readonly accountId: string
  readonly personId: string
  readonly memberId: string | null
  readonly communityId: string | null
}

/**
 * Whether they still are who they were, where they ask (`placeId`; null: in their private chat). From here to the end of the transaction it
 * stays so.
 */
export async function isStill(
  app: App,
  was: Recognised,
  where: { readonly platform: Platform; readonly placeId: string | null },
): Promise<boolean> {
  const { accountId, personId, memberId, communityId } = was
  // As rows that refer to the member do; uniting and parting members asks for more, and waits. Read after it, in a statement of its own.
  if (app.can.rowLocks && memberId !== null)
    await app.db.selectFrom('members').select('id').where('id', '=', memberId).forKeyShare().execute()
  const now = await app.db
    .selectFrom('accounts')
    .leftJoin('places', join =>
      join.on('places.platform', '=', where.platform).on('places.platform_id', '=', where.placeId ?? ''),
    )
    .leftJoin('members', join => join.on('members.id', '=', memberId ?? ''))
    .select(['accounts.person_id as personId', 'accounts.community_id as chat', 'places.community_id as place'])
    .select(['members.merged_into as mergedInto', 'members.person_id as whose', 'members.community_id as of'])
    .where('accounts.id', '=', accountId)
    .executeTakeFirst()
  if (now?.personId !== personId || (where.placeId === null ? now.chat : now.place) !== communityId) return false
  return memberId === null || (now.mergedInto === null && now.whose === personId && now.of === communityId)
}
