/** Segments as a community keeps them: a name, and a version for each change. Every change is audited. */
import { type App, transaction } from '../../app.ts'
import { Refusal } from '../../chat/refusal.ts'
import { t } from '../../chat/text.ts'
import { changed } from '../../db/index.ts'
import { type Actor, audit } from '../audit/index.ts'
import { type Asked, readCondition } from './condition.ts'
import type { Traits } from './trait.ts'

export const LONGEST_NAME = 40
/** More than anybody can tell apart. */
export const MOST_SEGMENTS = 200

export interface Segment {
  readonly id: string
  readonly name: string
  readonly version: number
  /** Plain JSON. */
  readonly condition: unknown
  /** As somebody wrote it. */
  readonly written: string
  readonly createdAt: number
  /** When this version was made. */
  readonly changedAt: number
}

/** Who changes what, and when. */
export interface SegmentChange {
  readonly communityId: string
  readonly by: Actor
  readonly at: number
}

/** What is to be saved, checked before. */
export interface Draft {
  readonly name: string
  readonly condition: unknown
  readonly written: string
}

export type Saved =
  | { readonly kind: 'saved'; readonly segment: Segment }
  | { readonly kind: 'same'; readonly segment: Segment }
  | { readonly kind: 'name-taken' }
  | { readonly kind: 'too-many' }

/** What people mean by a name. */
const called = (name: string): string => name.trim().normalize('NFKC').toLowerCase()

/** A name in one line that says something; refused otherwise. */
export function namedOnce(typed: string): string {
  const name = typed.trim().replaceAll(/\s+/g, ' ')
  const size = [...name].length
  if (size === 0 || size > LONGEST_NAME || /\p{Cc}/u.test(name) || !name.isWellFormed())
    throw new Refusal(t('refusal.segment.name', { limit: LONGEST_NAME }))
  return name
}

const current = (app: App, communityId: string) =>
  app.db
    .selectFrom('segments')
    .innerJoin('segment_versions', join =>
      join
        .onRef('segment_versions.segment_id', '=', 'segments.id')
        .onRef('segment_versions.version', '=', 'segments.version'),
    )
    .select([
      'segments.id',
      'segments.name',
      'segments.version',
      'segment_versions.condition',
      'segment_versions.written',
      'segments.created_at as createdAt',
      'segment_versions.created_at as changedAt',
    ])
    .where('segments.community_id', '=', communityId)
    .where('segments.deleted_at', 'is', null)

const read = <R extends { condition: string }>(row: R) => ({ ...row, condition: JSON.parse(row.condition) as unknown })

/** Every segment of a community, by name. */
export async function listSegments(app: App, communityId: string): Promise<Segment[]> {
  return (await current(app, communityId).orderBy('segments.called').execute()).map(read)
}

/** A segment of the community by its id or name. */
export async function findSegment(app: App, communityId: string, named: string): Promise<Segment | null> {
  const row = await current(app, communityId)
    .where(eb => eb.or([eb('segments.id', '=', named.trim()), eb('segments.called', '=', called(named))]))
    .orderBy(eb => eb.case().when('segments.id', '=', named.trim()).then(0).else(1).end())
    .executeTakeFirst()
  return row ? read(row) : null
}

/** One version of a segment, a deleted one's too: what was sent by it goes on saying what it said. */
export async function segmentVersion(
  app: App,
  communityId: string,
  id: string,
  version: number,
): Promise<Pick<Segment, 'id' | 'name' | 'version' | 'condition' | 'written' | 'changedAt'> | null> {
  const row = await app.db
    .selectFrom('segments')
    .innerJoin('segment_versions', 'segment_versions.segment_id', 'segments.id')
    .select(['segments.id', 'segments.name', 'segment_versions.version', 'condition', 'written'])
    .select('segment_versions.created_at as changedAt')
    .where('segments.community_id', '=', communityId)
    .where('segments.id', '=', id)
    .where('segment_versions.version', '=', version)
    .executeTakeFirst()
  return row ? read(row) : null
}

/** Saves a new segment as its first version. */
export function createSegment(app: App, change: SegmentChange, draft: Draft): Promise<Saved> {
  const { communityId, at } = change
  return transaction(app, async inner => {
    const others = await listSegments(inner, communityId)
    if (others.length >= MOST_SEGMENTS) return { kind: 'too-many' }
    const id = inner.ids('seg')
    const name = draft.name.trim()
    const inserted = await inner.db
      .insertInto('segments')
      .values({
        id,
        community_id: communityId,
        name,
        called: called(name),
        version: 1,
        created_at: at,
        deleted_at: null,
      })
      .onConflict(conflict => conflict.columns(['community_id', 'called']).where('deleted_at', 'is', null).doNothing())
      .executeTakeFirst()
    if (changed(inserted) === 0) return { kind: 'name-taken' }
    await addVersion(inner, id, 1, draft, at)
    await note(inner, change, 'segment.created', id, null, { name, condition: draft.condition })
    return saved(inner, communityId, id)
  })
}

/** Changes what a segment asks, as a new version, or its name; what was sent by older versions stays as it was. */
export function changeSegment(app: App, change: SegmentChange, id: string, draft: Draft): Promise<Saved | null> {
  const { communityId, at } = change
  return transaction(app, async inner => {
    if (inner.can.rowLocks)
      await inner.db.selectFrom('segments').select('id').where('id', '=', id).forUpdate().executeTakeFirst()
    const before = await findSegment(inner, communityId, id)
    if (!before || before.id !== id) return null
    const name = draft.name.trim()
    const asksTheSame = JSON.stringify(before.condition) === JSON.stringify(draft.condition)
    const sameWords = before.written === draft.written
    if (before.name === name && asksTheSame && sameWords) return { kind: 'same', segment: before }
    const other = await findSegment(inner, communityId, name)
    if (other && other.id !== id && called(other.name) === called(name)) return { kind: 'name-taken' }
    const version = asksTheSame && sameWords ? before.version : before.version + 1
    if (version !== before.version) await addVersion(inner, id, version, draft, at)
    await inner.db
      .updateTable('segments')
      .set({ name, called: called(name), version })
      .where('id', '=', id)
      .execute()
    const told = (segment: Pick<Segment, 'name' | 'condition'>) => ({
      name: segment.name,
      condition: segment.condition,
    })
    await note(inner, change, 'segment.changed', id, told(before), told({ ...draft, name }))
    return saved(inner, communityId, id)
  })
}

/** Takes a segment out of every list; its versions stay for what was sent by them. */
export function deleteSegment(app: App, change: SegmentChange, id: string): Promise<Segment | null> {
  const { communityId, at } = change
  return transaction(app, async inner => {
    const before = await findSegment(inner, communityId, id)
    if (!before || before.id !== id) return null
    const { name, condition } = before
    const deleted = await inner.db
      .updateTable('segments')
      .set({ deleted_at: at })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    if (changed(deleted) === 0) return null
    await note(inner, change, 'segment.deleted', id, { name, condition }, null)
    return before
  })
}

async function addVersion(app: App, id: string, version: number, draft: Draft, at: number): Promise<void> {
  await app.db
    .insertInto('segment_versions')
    .values({
      segment_id: id,
      version,
      condition: JSON.stringify(draft.condition),
      written: draft.written,
      created_at: at,
    })
    .execute()
}

async function saved(app: App, communityId: string, id: string): Promise<Saved> {
  const segment = await findSegment(app, communityId, id)
  if (!segment) throw new Error('a segment that was just saved could not be read')
  return { kind: 'saved', segment }
}

const note = (
  app: App,
  { communityId, by, at }: SegmentChange,
  action: 'segment.created' | 'segment.changed' | 'segment.deleted',
  subject: string,
  before: unknown,
  after: unknown,
): Promise<void> => audit(app, { communityId, by, action, subject, before, after, at })

/** What a stored condition asks. It was checked when it was saved: a trait that has gone since is ours to mend. */
export function askedBy(traits: Traits, condition: unknown): Asked {
  const read = readCondition(traits, condition)
  if (!read.ok)
    throw new Error(
      `a saved condition can no longer be read: ${read.mistakes[0]?.path.join('.')} ${read.mistakes[0]?.problem}`,
    )
  return read.asked
}
