/** The members of a community, looked up and listed from outside it. */
import type { App } from '../../app.ts'

export interface Listed {
  readonly id: string
  readonly communityId: string
  readonly name: string
  readonly joinedAt: number
  /** Since when they are no longer in any place of the community. */
  readonly leftAt: number | null
}

/** The community that this one is part of by now: itself, unless it was connected into another. */
export async function currentCommunity(app: App, communityId: string): Promise<string> {
  const row = await app.db
    .selectFrom('communities')
    .select('merged_into')
    .where('id', '=', communityId)
    .executeTakeFirst()
  return row?.merged_into ? currentCommunity(app, row.merged_into) : communityId
}

/** The communities of this installation, oldest first, without those that became part of another. */
export async function listCommunities(app: App): Promise<Array<{ id: string; name: string }>> {
  return app.db
    .selectFrom('communities')
    .select(['id', 'name'])
    .where('merged_into', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

const columns = ['id', 'community_id as communityId', 'name', 'joined_at as joinedAt', 'left_at as leftAt'] as const

/** Members in the order in which they came, after the one given: those who are here, those who left, or (null) both. */
export async function listMembers(
  app: App,
  communityId: string,
  page: { after: string | null; limit: number; left: boolean | null },
): Promise<Listed[]> {
  let query = app.db
    .selectFrom('members')
    .select(columns)
    .where('community_id', '=', communityId)
    .where('merged_into', 'is', null)
  if (page.after !== null) query = query.where('id', '>', page.after)
  if (page.left !== null) query = query.where('left_at', page.left ? 'is not' : 'is', null)
  return query.orderBy('id').limit(page.limit).execute()
}

/** The member of a community with this id, or whom that member proved to be; null when there is none here. */
export async function memberOf(app: App, communityId: string, memberId: string): Promise<Listed | null> {
  const row = await app.db
    .selectFrom('members')
    .select([...columns, 'merged_into as mergedInto'])
    .where('id', '=', memberId)
    .executeTakeFirst()
  if (!row) return null
  if (row.mergedInto !== null) return memberOf(app, communityId, row.mergedInto)
  const { mergedInto: _, ...member } = row
  return member.communityId === communityId ? member : null
}
