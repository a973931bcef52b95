/** One person on two platforms: a code issued by one account, redeemed by another, confirmed by the first. */
import type { App } from '../../app.ts'
import type { Platform } from '../../chat/text.ts'
import { changed } from '../../db/index.ts'
import { currentPerson, origins, withMerged } from '../people/index.ts'
import { CODE_LIFE_MS, countTry, hashCode, mayTry, newCode, type Trying } from './codes.ts'
import type { Walk } from './members.ts'
import { accountsIn, mergePersons, splitPersons } from './persons.ts'
import { type Preview, preview } from './preview.ts'

export interface LinkedAccount {
  readonly id: string
  readonly personId: string
  readonly platform: Platform
  readonly platformId: string
  readonly name: string
  readonly username: string | null
}

const accountColumns = [
  'id',
  'person_id as personId',
  'platform',
  'platform_id as platformId',
  'name',
  'username',
] as const

const accountOf = (app: App, id: string): Promise<LinkedAccount> =>
  app.db.selectFrom('accounts').select(accountColumns).where('id', '=', id).executeTakeFirstOrThrow()

const accountsOf = (app: App, personId: string): Promise<LinkedAccount[]> =>
  app.db.selectFrom('accounts').select(accountColumns).where('person_id', '=', personId).orderBy('id').execute()

/** Issues a code for an account; codes it issued before stop working. */
export async function issueLink(app: App, accountId: string): Promise<{ code: string; expiresAt: number }> {
  const now = app.clock.now()
  await cancelLinks(app, accountId)
  const code = newCode(app)
  await app.db
    .insertInto('link_codes')
    .values({
      code_hash: hashCode(code),
      issued_by: accountId,
      redeemed_by: null,
      created_at: now,
      expires_at: now + CODE_LIFE_MS,
      redeemed_at: null,
      confirmed_at: null,
      cancelled_at: null,
    })
    .execute()
  return { code, expiresAt: now + CODE_LIFE_MS }
}

/** Whoever was given a code says that it is none of theirs: it is dead, whoever issued it. */
export async function declineLink(app: App, typed: string): Promise<void> {
  await app.db
    .updateTable('link_codes')
    .set({ cancelled_at: app.clock.now() })
    .where('code_hash', '=', hashCode(typed))
    .where('confirmed_at', 'is', null)
    .where('cancelled_at', 'is', null)
    .execute()
}

/** Takes back every code of an account that is not confirmed; returns how many. */
export async function cancelLinks(app: App, accountId: string): Promise<number> {
  const result = await app.db
    .updateTable('link_codes')
    .set({ cancelled_at: app.clock.now() })
    .where('issued_by', '=', accountId)
    .where('confirmed_at', 'is', null)
    .where('cancelled_at', 'is', null)
    .executeTakeFirst()
  return changed(result)
}

export type Redeemed =
  | {
      readonly kind: 'asked' | 'redeemed'
      readonly issuer: LinkedAccount
      readonly redeemer: LinkedAccount
      readonly preview: Preview
    }
  /** Wrong, expired, used, cancelled: a stranger learns no more than that. */
  | { readonly kind: 'unknown' | 'own' | 'one-already' | 'leaving' | 'too-many' }

/**
 * Redeems a code for another account. Without `agreed` it says what would happen and changes nothing: whoever follows a link that
 * somebody sent them has agreed to nothing. Nothing unites yet either way: the issuer has to say yes.
 */
export async function redeemLink(app: App, typed: string, trying: Trying, agreed: boolean): Promise<Redeemed> {
  if (!(await mayTry(app, trying))) return { kind: 'too-many' }
  const now = app.clock.now()
  const row = await app.db
    .selectFrom('link_codes')
    .selectAll()
    .where('code_hash', '=', hashCode(typed))
    .executeTakeFirst()
  const open = row && row.confirmed_at === null && row.cancelled_at === null && row.expires_at > now
  if (!open || (row.redeemed_by !== null && row.redeemed_by !== trying.accountId)) {
    await countTry(app, trying)
    return { kind: 'unknown' }
  }
  if (row.issued_by === trying.accountId) return { kind: 'own' }
  const [issuer, redeemer] = [await accountOf(app, row.issued_by), await accountOf(app, trying.accountId)]
  if (issuer.personId === redeemer.personId) return { kind: 'one-already' }
  if (await isLeaving(app, [issuer.personId, redeemer.personId])) return { kind: 'leaving' }
  const would = { issuer, redeemer, preview: await preview(app, issuer.personId, redeemer.personId) }
  if (!agreed) return { kind: 'asked', ...would }
  const result = await app.db
    .updateTable('link_codes')
    .set({ redeemed_by: trying.accountId, redeemed_at: now })
    .where('code_hash', '=', row.code_hash)
    .where(eb => eb.or([eb('redeemed_by', 'is', null), eb('redeemed_by', '=', trying.accountId)]))
    .where('cancelled_at', 'is', null)
    .where('confirmed_at', 'is', null)
    .executeTakeFirst()
  // Somebody else redeemed it at the same moment.
  if (changed(result) === 0) return { kind: 'unknown' }
  return { kind: 'redeemed', ...would }
}

/** Whether one of them asked to be forgotten: what is about to be deleted is not linked to anything. */
async function isLeaving(app: App, personIds: readonly string[]): Promise<boolean> {
  const row = await app.db
    .selectFrom('forget_requests')
    .select('id')
    .where('person_id', 'in', [...personIds])
    .where('cancelled_at', 'is', null)
    .where('done_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export type Pending =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting'; readonly expiresAt: number }
  | { readonly kind: 'redeemed'; readonly redeemer: LinkedAccount; readonly preview: Preview }

const openCode = (app: App, accountId: string) =>
  app.db
    .selectFrom('link_codes')
    .select(['code_hash', 'redeemed_by', 'expires_at'])
    .where('issued_by', '=', accountId)
    .where('confirmed_at', 'is', null)
    .where('cancelled_at', 'is', null)
    .where('expires_at', '>', app.clock.now())
    .executeTakeFirst()

/** What became of the code that an account issued last. */
export async function pendingLink(app: App, accountId: string): Promise<Pending> {
  const row = await openCode(app, accountId)
  if (!row) return { kind: 'none' }
  if (row.redeemed_by === null) return { kind: 'waiting', expiresAt: row.expires_at }
  const [issuer, redeemer] = [await accountOf(app, accountId), await accountOf(app, row.redeemed_by)]
  return { kind: 'redeemed', redeemer, preview: await preview(app, issuer.personId, redeemer.personId) }
}

export type Confirmed =
  | {
      readonly kind: 'linked'
      readonly mergeId: string
      readonly redeemer: LinkedAccount
      readonly memberIds: readonly string[]
    }
  | { readonly kind: 'nothing' | 'one-already' | 'leaving' }

/** The issuer's yes, after seeing who redeemed the code; counts once. `redeemedBy` is whom they saw. */
export async function confirmLink(app: App, walk: Walk, accountId: string, redeemedBy: string): Promise<Confirmed> {
  const row = await openCode(app, accountId)
  if (!row || row.redeemed_by !== redeemedBy) return { kind: 'nothing' }
  const at = app.clock.now()
  const result = await app.db
    .updateTable('link_codes')
    .set({ confirmed_at: at })
    .where('code_hash', '=', row.code_hash)
    .where('confirmed_at', 'is', null)
    .where('cancelled_at', 'is', null)
    .where('redeemed_by', '=', redeemedBy)
    .executeTakeFirst()
  if (changed(result) === 0) return { kind: 'nothing' }
  const [issuer, redeemer] = [await accountOf(app, accountId), await accountOf(app, redeemedBy)]
  if (issuer.personId === redeemer.personId) return { kind: 'one-already' }
  if (await isLeaving(app, [issuer.personId, redeemer.personId])) return { kind: 'leaving' }
  const mergeId = await mergePersons(app, walk, {
    from: redeemer.personId,
    into: issuer.personId,
    confirmedBy: accountId,
    at,
  })
  if (mergeId === null) return { kind: 'one-already' }
  const members = await app.db
    .selectFrom('members')
    .select('id')
    .where('person_id', '=', issuer.personId)
    .where('merged_into', 'is', null)
    .execute()
  return { kind: 'linked', mergeId, redeemer, memberIds: members.map(({ id }) => id) }
}

export interface Link {
  readonly mergeId: string
  readonly at: number
  /** The accounts that came with it, those first that were ever in the community. */
  readonly accounts: ReadonlyArray<LinkedAccount & { readonly known: boolean }>
}

/** The links that made a person what they are, newest first, as a community sees them: what was never there is not for it to know. */
export async function linksOf(app: App, communityId: string, personId: string): Promise<Link[]> {
  const persons = await withMerged(app, 'persons', [personId])
  const merges = await app.db
    .selectFrom('merges')
    .select(['id', 'from_person as from', 'merged_at as at'])
    .where('from_person', 'in', persons)
    .where('undone_at', 'is', null)
    .orderBy('merged_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  const accounts = await accountsOf(app, personId)
  const ids = accounts.map(({ id }) => id)
  const known = new Set(await accountsIn(app, communityId, ids))
  const first = await origins(app, 'accounts', 'person_id', ids)
  const links: Link[] = []
  for (const { id, from, at } of merges) {
    const theirs = await withMerged(app, 'persons', [from])
    const came = accounts.filter(account => theirs.includes(first.get(account.id) ?? personId))
    const seen = came.map(account => ({ ...account, known: known.has(account.id) }))
    links.push({ mergeId: id, at, accounts: seen.sort((a, b) => Number(b.known) - Number(a.known)) })
  }
  return links
}

/** Who the accounts of a link are by now; null when it is undone or unknown. */
export async function personOfLink(app: App, mergeId: string): Promise<string | null> {
  const merge = await app.db
    .selectFrom('merges')
    .select('into_person')
    .where('id', '=', mergeId)
    .where('undone_at', 'is', null)
    .executeTakeFirst()
  return merge ? currentPerson(app, merge.into_person) : null
}

/** Tells the accounts of a link apart again; false when it was undone before. */
export const undoLink = (app: App, walk: Walk, mergeId: string): Promise<boolean> =>
  splitPersons(app, walk, mergeId, app.clock.now())
