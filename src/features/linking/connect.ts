/** One community in several places: a code issued by a manager in one, redeemed by a manager in the other. */
import type { App } from '../../app.ts'
import { reaches } from '../../chat/command.ts'
import { changed, toNumber } from '../../db/index.ts'
import { audit } from '../audit/index.ts'
import { currentCommunity, higher, origins, roleByPlatforms, withMerged } from '../people/index.ts'
import { CODE_LIFE_MS, countTry, hashCode, mayTry, newCode } from './codes.ts'
import { connectCommunities, partCommunities } from './communities.ts'
import type { Walk } from './members.ts'

/** Issues a code that lets another community become part of this one; earlier ones stop working. */
export async function issueConnect(
  app: App,
  by: { accountId: string; communityId: string },
): Promise<{ code: string; expiresAt: number }> {
  const now = app.clock.now()
  await app.db
    .updateTable('connect_codes')
    .set({ cancelled_at: now })
    .where('community_id', '=', by.communityId)
    .where('redeemed_at', 'is', null)
    .where('cancelled_at', 'is', null)
    .execute()
  const code = newCode(app)
  await app.db
    .insertInto('connect_codes')
    .values({
      code_hash: hashCode(code),
      community_id: by.communityId,
      issued_by: by.accountId,
      created_at: now,
      expires_at: now + CODE_LIFE_MS,
      typed_in: null,
      redeemed_at: null,
      cancelled_at: null,
    })
    .execute()
  return { code, expiresAt: now + CODE_LIFE_MS }
}

export interface CommunitySummary {
  readonly id: string
  readonly name: string
  readonly members: number
  readonly places: readonly string[]
}

async function summary(app: App, id: string): Promise<CommunitySummary> {
  const { name } = await app.db.selectFrom('communities').select('name').where('id', '=', id).executeTakeFirstOrThrow()
  const { members } = await app.db
    .selectFrom('members')
    .select(({ fn }) => fn.countAll().as('members'))
    .where('community_id', '=', id)
    .where('left_at', 'is', null)
    .executeTakeFirstOrThrow()
  const places = await app.db
    .selectFrom('places')
    .select(['title', 'platform_id'])
    .where('community_id', '=', id)
    .where('left_at', 'is', null)
    .orderBy('title')
    .execute()
  return { id, name, members: toNumber(members), places: places.map(place => place.title || place.platform_id) }
}

export type Connect =
  | { readonly kind: 'asked'; readonly into: CommunitySummary; readonly from: CommunitySummary }
  | { readonly kind: 'connected'; readonly into: CommunitySummary; readonly connectionId: string }
  | { readonly kind: 'unknown' | 'own' | 'one-already' | 'too-many' }

/**
 * Redeems a code in another community. Without `confirmed` it says what would happen, and from then on the code works in that community alone:
 * others may have seen it typed. It connects once, and only while whoever issued it still is a manager.
 */
export async function redeemConnect(
  app: App,
  walk: Walk,
  typed: string,
  by: { accountId: string; communityId: string },
  confirmed: boolean,
): Promise<Connect> {
  if (!(await mayTry(app, by))) return { kind: 'too-many' }
  const code = await workingCode(app, typed)
  const isOwn = code?.community_id === by.communityId
  if (!code || !(isOwn || (await takeCode(app, code.code_hash, by.communityId)))) {
    await countTry(app, by)
    return { kind: 'unknown' }
  }
  if (isOwn) return { kind: 'own' }
  const [into, from] = [await summary(app, code.community_id), await summary(app, by.communityId)]
  return confirmed ? connect(app, walk, code, by, { into, from }) : { kind: 'asked', into, from }
}

/** The code that was typed, while it works: not used, not taken back, not too old, and issued by somebody who still may. */
async function workingCode(app: App, typed: string) {
  const row = await app.db
    .selectFrom('connect_codes')
    .select(['code_hash', 'community_id', 'issued_by'])
    .where('code_hash', '=', hashCode(typed))
    .where('redeemed_at', 'is', null)
    .where('cancelled_at', 'is', null)
    .where('expires_at', '>', app.clock.now())
    .executeTakeFirst()
  return row && (await isManager(app, row.issued_by, row.community_id)) ? row : null
}

async function connect(
  app: App,
  walk: Walk,
  code: NonNullable<Awaited<ReturnType<typeof workingCode>>>,
  by: { accountId: string },
  { into, from }: { into: CommunitySummary; from: CommunitySummary },
): Promise<Connect> {
  const at = app.clock.now()
  const result = await app.db
    .updateTable('connect_codes')
    .set({ redeemed_at: at })
    .where('code_hash', '=', code.code_hash)
    .where('redeemed_at', 'is', null)
    .where('cancelled_at', 'is', null)
    .executeTakeFirst()
  if (changed(result) === 0) return { kind: 'unknown' }
  const connecting = { from: from.id, into: into.id, issuedBy: code.issued_by, redeemedBy: by.accountId, at }
  const connectionId = await connectCommunities(app, walk, connecting)
  if (connectionId === null) return { kind: 'one-already' }
  for (const communityId of [into.id, from.id])
    await audit(app, {
      communityId,
      by: { accountId: by.accountId },
      action: 'community.connected',
      subject: connectionId,
      before: null,
      after: { from: from.id, into: into.id },
      at,
    })
  return { kind: 'connected', into: await summary(app, into.id), connectionId }
}

/** Keeps a code for the community where it is typed first; false for any other. */
async function takeCode(app: App, codeHash: string, communityId: string): Promise<boolean> {
  const result = await app.db
    .updateTable('connect_codes')
    .set({ typed_in: communityId })
    .where('code_hash', '=', codeHash)
    .where(eb => eb.or([eb('typed_in', 'is', null), eb('typed_in', '=', communityId)]))
    .executeTakeFirst()
  return changed(result) > 0
}

async function isManager(app: App, accountId: string, communityId: string): Promise<boolean> {
  const row = await app.db
    .selectFrom('accounts')
    .innerJoin('members', 'members.person_id', 'accounts.person_id')
    .select(['members.id', 'members.role'])
    .where('accounts.id', '=', accountId)
    .where('members.community_id', '=', communityId)
    .where('members.left_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined && reaches(higher(await roleByPlatforms(app, communityId, row.id), row.role), 'manager')
}

export interface ConnectionView {
  readonly id: string
  readonly at: number
  /** The community that became part of this one, by its name. */
  readonly name: string
  readonly places: readonly string[]
}

/** What became part of a community, or of what had become part of it, newest first. */
export async function connectionsOf(app: App, communityId: string): Promise<ConnectionView[]> {
  const parts = await withMerged(app, 'communities', [communityId])
  const rows = await app.db
    .selectFrom('connections')
    .innerJoin('communities', 'communities.id', 'connections.from_community')
    .select(['connections.id', 'connections.connected_at as at', 'communities.name', 'from_community as from'])
    .where('connections.into_community', 'in', parts)
    .where('connections.undone_at', 'is', null)
    .orderBy('connections.connected_at', 'desc')
    .execute()
  const places = await app.db
    .selectFrom('places')
    .select(['id', 'title', 'platform_id as platformId'])
    .where('community_id', '=', communityId)
    .where('left_at', 'is', null)
    .orderBy('title')
    .execute()
  const ids = places.map(({ id }) => id)
  const first = await origins(app, 'places', 'community_id', ids)
  const views: ConnectionView[] = []
  for (const { from, ...row } of rows) {
    const theirs = await withMerged(app, 'communities', [from])
    const back = places.filter(({ id }) => theirs.includes(first.get(id) ?? communityId))
    views.push({ ...row, places: back.map(({ title, platformId }) => title || platformId) })
  }
  return views
}

/** Undoes a connection within this community; false when there is none by this id, or it was undone before. */
export async function undoConnection(
  app: App,
  walk: Walk,
  connectionId: string,
  by: { accountId: string; communityId: string },
): Promise<boolean> {
  const row = await app.db
    .selectFrom('connections')
    .select(['from_community', 'into_community'])
    .where('id', '=', connectionId)
    .executeTakeFirst()
  if (!row || (await currentCommunity(app, row.into_community)) !== by.communityId) return false
  const at = app.clock.now()
  if (!(await partCommunities(app, walk, connectionId, at))) return false
  for (const communityId of [by.communityId, row.from_community])
    await audit(app, {
      communityId,
      by: { accountId: by.accountId },
      action: 'community.disconnected',
      subject: connectionId,
      before: { from: row.from_community, into: row.into_community },
      after: null,
      at,
    })
  return true
}
