/** API keys: programs that a community lets in over HTTP. A key is shown once, when it is made; only its hash is kept. */
import { type App, transaction } from '../../app.ts'
import { changed } from '../../db/index.ts'
import { hashSecret, linkSecret } from '../../lib/ids.ts'
import { MINUTE } from '../../lib/time.ts'
import { audit } from '../audit/index.ts'
import type { Contribution } from '../contribution.ts'
import { currentCommunity } from '../people/index.ts'
import { forgetKept } from './once.ts'

export { type Claim, type Kept, once, purgeIdempotencyKeys } from './once.ts'

/** So that a key is recognised where it was left lying about. */
const PREFIX = 'mst_'
const SHAPE = new RegExp(`^${PREFIX}[A-Za-z0-9_-]{43}$`)

export interface ApiKey {
  readonly id: string
  /** The one community it reaches. */
  readonly communityId: string
  readonly name: string
  /** What it may do, such as `members:read`. */
  readonly scopes: readonly string[]
  readonly createdAt: number
  /** To the minute. */
  readonly lastUsedAt: number | null
  readonly revokedAt: number | null
}

const columns = [
  'id',
  'community_id as communityId',
  'name',
  'scopes',
  'created_at as createdAt',
  'last_used_at as lastUsedAt',
  'revoked_at as revokedAt',
] as const

const read = <R extends { scopes: string }>(row: R) => ({ ...row, scopes: JSON.parse(row.scopes) as string[] })

/** Makes a key (256 random bits) and returns its text, which nobody can read again. */
export async function createKey(
  app: App,
  wanted: { communityId: string; name: string; scopes: readonly string[] },
): Promise<{ id: string; text: string }> {
  const text = `${PREFIX}${linkSecret(app.random)}`
  const id = app.ids('key')
  const at = app.clock.now()
  const { communityId, name, scopes } = wanted
  await transaction(app, async inner => {
    await inner.db
      .insertInto('api_keys')
      .values({
        id,
        community_id: communityId,
        name,
        key_hash: hashSecret(text),
        scopes: JSON.stringify(scopes),
        created_at: at,
        last_used_at: null,
        revoked_at: null,
      })
      .execute()
    await audit(inner, {
      communityId,
      by: null,
      action: 'apikey.created',
      subject: id,
      before: null,
      after: { name, scopes },
      at,
    })
  })
  return { id, text }
}

/** Whether a text could be a key at all; whatever could not costs no look into the database. */
export const looksLikeKey = (text: string): boolean => SHAPE.test(text)

/** The key with this hash; null when there is none, or it has been revoked. It follows its community into one that it was connected to. */
export async function findKey(app: App, hash: string): Promise<ApiKey | null> {
  const row = await app.db
    .selectFrom('api_keys')
    .innerJoin('communities', 'communities.id', 'api_keys.community_id')
    .select([
      'api_keys.id',
      'api_keys.community_id as communityId',
      'api_keys.name',
      'scopes',
      'api_keys.created_at as createdAt',
      'last_used_at as lastUsedAt',
      'revoked_at as revokedAt',
      'communities.merged_into as mergedInto',
    ])
    .where('key_hash', '=', hash)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  if (!row) return null
  const { mergedInto, ...key } = read(row)
  return mergedInto === null ? key : { ...key, communityId: await currentCommunity(app, mergedInto) }
}

/** Notes that a key was used; at most one write a minute and key. */
export async function touchKey(app: App, key: ApiKey, at: number): Promise<void> {
  if (!isStale(key, at)) return
  await transaction(app, async inner => {
    await inner.db
      .updateTable('api_keys')
      .set({ last_used_at: at })
      .where('id', '=', key.id)
      // Another process may have noted it meanwhile.
      .where(eb => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', at - MINUTE)]))
      .execute()
  })
}

/** Whether the last noted use is a minute or more ago. */
export const isStale = (key: Pick<ApiKey, 'lastUsedAt'>, at: number): boolean =>
  key.lastUsedAt === null || key.lastUsedAt <= at - MINUTE

export type Revocation = 'revoked' | 'revoked-before' | 'unknown'

/** Ends a key at once and for good. */
export async function revokeKey(app: App, id: string): Promise<Revocation> {
  const at = app.clock.now()
  return transaction(app, async inner => {
    const row = await inner.db.selectFrom('api_keys').select(columns).where('id', '=', id).executeTakeFirst()
    if (!row) return 'unknown'
    const updated = await inner.db
      .updateTable('api_keys')
      .set({ revoked_at: at })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
    if (changed(updated) === 0) return 'revoked-before'
    const { name, scopes } = read(row)
    await audit(inner, {
      communityId: row.communityId,
      by: null,
      action: 'apikey.revoked',
      subject: id,
      before: { name, scopes },
      after: null,
      at,
    })
    return 'revoked'
  })
}

/** All keys, of one community or of every one, oldest first. */
export async function listKeys(app: App, communityId?: string): Promise<ApiKey[]> {
  let query = app.db.selectFrom('api_keys').select(columns)
  if (communityId !== undefined) query = query.where('community_id', '=', communityId)
  return (await query.orderBy('id').execute()).map(read)
}

export const contribution: Contribution = {
  name: 'apikeys',
  tables: ['api_keys', 'idempotency_keys'],
  forget: forgetKept,
}
