/** Tags that staff put on members. A tag stays with the row it was put on: a link that is undone takes nothing along. */
import { type App, transaction } from '../../app.ts'
import { changed } from '../../db/index.ts'
import { audit } from '../audit/index.ts'
import type { Exported, Leaver } from '../contribution.ts'
import type { SegmentChange } from './saved.ts'

const MOST_TAGS = 50

export type Tagging = 'tagged' | 'tagged-before' | 'untagged' | 'never-tagged' | 'too-many'

/** Everybody whose tags are this member's too: those who proved to be them. */
async function rowsOf(app: App, memberId: string): Promise<string[]> {
  const rows = await app.db
    .selectFrom('members')
    .select('id')
    .where(eb => eb.or([eb('id', '=', memberId), eb('merged_into', '=', memberId)]))
    .execute()
  return rows.map(({ id }) => id)
}

/** The tags of a member, by name. */
export async function tagsOf(app: App, memberId: string): Promise<string[]> {
  const rows = await app.db
    .selectFrom('member_tags')
    .select('tag')
    .distinct()
    .where('member_id', 'in', await rowsOf(app, memberId))
    .orderBy('tag')
    .execute()
  return rows.map(({ tag }) => tag)
}

/** Puts a tag on a member of the community. */
export function tagMember(app: App, change: SegmentChange, memberId: string, tag: string): Promise<Tagging> {
  return transaction(app, async inner => {
    const before = await tagsOf(inner, memberId)
    if (before.includes(tag)) return 'tagged-before'
    if (before.length >= MOST_TAGS) return 'too-many'
    const inserted = await inner.db
      .insertInto('member_tags')
      .values({ member_id: memberId, tag, tagged_at: change.at })
      .onConflict(conflict => conflict.columns(['member_id', 'tag']).doNothing())
      .executeTakeFirst()
    if (changed(inserted) === 0) return 'tagged-before'
    const { communityId, by, at } = change
    await audit(inner, { communityId, by, action: 'tag.added', subject: memberId, before: null, after: tag, at })
    return 'tagged'
  })
}

/** Takes a tag off a member. */
export function untagMember(app: App, change: SegmentChange, memberId: string, tag: string): Promise<Tagging> {
  return transaction(app, async inner => {
    const deleted = await inner.db
      .deleteFrom('member_tags')
      .where('member_id', 'in', await rowsOf(inner, memberId))
      .where('tag', '=', tag)
      .executeTakeFirst()
    if (Number(deleted.numDeletedRows) === 0) return 'never-tagged'
    const { communityId, by, at } = change
    await audit(inner, { communityId, by, action: 'tag.removed', subject: memberId, before: tag, after: null, at })
    return 'untagged'
  })
}

/** Tags in use in a community, for completion. */
export async function tagsIn(app: App, communityId: string): Promise<string[]> {
  const rows = await app.db
    .selectFrom('member_tags')
    .innerJoin('members', 'members.id', 'member_tags.member_id')
    .select('tag')
    .distinct()
    .where('members.community_id', '=', communityId)
    .orderBy('tag')
    .limit(500)
    .execute()
  return rows.map(({ tag }) => tag)
}

export async function exportTags(app: App, memberId: string): Promise<Record<string, Exported>> {
  const rows = await app.db
    .selectFrom('member_tags')
    .select(['tag', 'tagged_at'])
    .where('member_id', '=', memberId)
    .orderBy('tag')
    .execute()
  return { tags: rows }
}

export async function forgetTags(app: App, { memberIds }: Leaver): Promise<void> {
  if (memberIds.length > 0)
    await app.db
      .deleteFrom('member_tags')
      .where('member_id', 'in', [...memberIds])
      .execute()
}
