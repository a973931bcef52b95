/** A list of members that somebody pastes: one a line, by id, username or name. */
import { type App, transaction } from '../../app.ts'
import { inChunks } from '../../lib/chunks.ts'
import { audit } from '../audit/index.ts'
import type { SegmentChange } from './saved.ts'

/** More than fits in a form. */
const MOST_LISTED = 1000

/** The first column of each line of a CSV; a bare list is one, too. */
export function listedIn(text: string): string[] {
  const lines = text.split(/\r?\n/).map(line => /^\s*(?:"((?:[^"]|"")*)"|([^,;\t]*))/.exec(line))
  const first = lines.map(found => (found?.[1]?.replaceAll('""', '"') ?? found?.[2] ?? '').trim())
  return [...new Set(first.filter(Boolean))].slice(0, MOST_LISTED)
}

export interface TaggedList {
  /** How many carry the tag now that did not before. */
  readonly tagged: number
  /** How many carried it before. */
  readonly before: number
  /** Whom nobody here goes by, or more than one; as they were written. */
  readonly unknown: readonly string[]
}

/** Puts a tag on everybody who is listed and can be told apart, all at once. */
export function tagListed(
  app: App,
  change: SegmentChange,
  tag: string,
  listed: readonly string[],
): Promise<TaggedList> {
  const { communityId, by, at } = change
  return transaction(app, async inner => {
    const found = await membersNamed(inner, communityId, listed)
    const unknown = listed.filter(each => found.get(key(each))?.size !== 1)
    const ids = [...new Set(listed.flatMap(each => (unknown.includes(each) ? [] : [...(found.get(key(each)) ?? [])])))]
    let tagged = 0
    for (const chunk of inChunks(ids)) {
      const rows = await inner.db
        .insertInto('member_tags')
        .values(chunk.map(id => ({ member_id: id, tag, tagged_at: at })))
        .onConflict(conflict => conflict.columns(['member_id', 'tag']).doNothing())
        .returning('member_id')
        .execute()
      tagged += rows.length
    }
    if (tagged > 0)
      await audit(inner, { communityId, by, action: 'tag.listed', subject: tag, before: null, after: tagged, at })
    return { tagged, before: ids.length - tagged, unknown }
  })
}

const key = (typed: string): string => typed.replace(/^@/, '').toLowerCase()

/** Ids of those here by each way they may be called: a few statements, however long the list. */
async function membersNamed(
  app: App,
  communityId: string,
  listed: readonly string[],
): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>()
  for (const chunk of inChunks([...new Set(listed.map(key))], 200)) {
    const rows = await app.db
      .selectFrom('members')
      .innerJoin('accounts', 'accounts.person_id', 'members.person_id')
      .select(['members.id', 'members.name', 'accounts.username'])
      .where('members.community_id', '=', communityId)
      .where('members.merged_into', 'is', null)
      .where('members.left_at', 'is', null)
      .where(eb =>
        eb.or([
          eb('members.id', 'in', [...chunk]),
          eb(eb.fn('lower', ['members.name']), 'in', [...chunk]),
          eb(eb.fn('lower', ['accounts.username']), 'in', [...chunk]),
        ]),
      )
      .execute()
    for (const { id, name, username } of rows)
      for (const way of [id, key(name), key(username ?? '')]) found.set(way, (found.get(way) ?? new Set()).add(id))
  }
  return found
}
