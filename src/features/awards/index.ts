/** Points that staff give, or take back, for reasons of their own. */
import { type App, transaction } from '../../app.ts'
import { type Fact, record } from '../activity/index.ts'
import { type Actor, audit } from '../audit/index.ts'
import type { Contribution } from '../contribution.ts'
import { lockMember, todayOf } from '../days/index.ts'
import { balance, entryOf, type HistoryRow } from '../points/index.ts'
import { exportReasons, forgetReasons, redactReasons } from './personal.ts'

/** Of one award, either way. */
export const MOST_POINTS = 100_000
/** Characters of a reason, which the member reads in their history. */
export const LONGEST_REASON = 200

/** How the ledger names an award: the fact's subject behind it. */
const LEDGER_PREFIX = 'award:'

export interface Award {
  /** The member's id as it was given: whoever they are by now gets it. */
  readonly askedAs: string
  /** Whole points, not 0; negative takes back. */
  readonly amount: number
  readonly reason: string
  /** What it is for, in the words of whoever awards: it counts once per member, ever. */
  readonly source: string
  readonly by: Actor
}

export type Awarded =
  | { readonly kind: 'awarded'; readonly entry: HistoryRow }
  /** The very same award was made before. */
  | { readonly kind: 'awarded-before'; readonly entry: HistoryRow }
  | { readonly kind: 'source-taken'; readonly amount: number; readonly reason: string | null }
  /** Nobody goes below zero. */
  | { readonly kind: 'too-few'; readonly points: number }

const subjectOf = (award: Pick<Award, 'askedAs' | 'source'>): string => `${award.askedAs}:${award.source}`

/** Books an award once, however often it is asked for: the fact's subject holds that. */
export async function award(app: App, wanted: Award): Promise<Awarded> {
  return transaction(app, async inner => {
    const { amount, reason, source, by } = wanted
    const { memberId, communityId } = await lockCurrent(inner, wanted.askedAs)
    const known = await madeBefore(inner, wanted)
    if (known) return known
    const points = await balance(inner, memberId, 'points')
    if (points + amount < 0) return { kind: 'too-few', points }
    const at = inner.clock.now()
    const { day } = await todayOf(inner, memberId, at)
    const fact: Fact = {
      kind: 'points.awarded',
      ...{ memberId, communityId, accountId: null, day, at },
      subject: subjectOf(wanted),
      ...{ amount, source },
    }
    const booked = await record(inner, fact)
    if (booked.length === 0) throw new Error(`an award that is new was not booked: ${fact.subject}`)
    await inner.db.insertInto('awards').values({ subject: fact.subject, asked_as: wanted.askedAs, reason }).execute()
    const after = { points: points + amount, amount, source }
    await audit(inner, {
      communityId,
      by,
      action: 'points.awarded',
      subject: memberId,
      before: { points },
      after,
      at,
    })
    return { kind: 'awarded', entry: await entry(inner, memberId, fact.subject) }
  })
}

/** Whoever a member is by now, from here to the end of the transaction: people are linked and told apart between being asked for and this. */
async function lockCurrent(app: App, id: string): Promise<{ memberId: string; communityId: string }> {
  await lockMember(app, id)
  const row = await app.db
    .selectFrom('members')
    .select(['merged_into as mergedInto', 'community_id as communityId'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return row.mergedInto === null ? { memberId: id, communityId: row.communityId } : lockCurrent(app, row.mergedInto)
}

async function madeBefore(app: App, wanted: Award): Promise<Awarded | null> {
  const subject = subjectOf(wanted)
  const known = (await awardsBehind(app, [LEDGER_PREFIX + subject])).get(LEDGER_PREFIX + subject)
  if (!known) return null
  const otherWords = known.reason !== null && known.reason !== wanted.reason
  if (known.amount !== wanted.amount || otherWords)
    return { kind: 'source-taken', amount: known.amount, reason: known.reason }
  // Whose it is may have changed since: people are linked and unlinked.
  return { kind: 'awarded-before', entry: await entry(app, known.memberId, subject) }
}

async function entry(app: App, memberId: string, subject: string): Promise<HistoryRow> {
  const found = await entryOf(app, memberId, 'points', LEDGER_PREFIX + subject)
  if (!found) throw new Error(`an award that is booked has no ledger entry: ${subject}`)
  return found
}

export interface AwardBehind {
  readonly memberId: string
  readonly amount: number
  /** Null once its member is forgotten. */
  readonly reason: string | null
  readonly source: string
}

/** The awards behind ledger entries, by the entry's source; entries of another kind have none. */
export async function awardsBehind(app: App, sources: readonly string[]): Promise<Map<string, AwardBehind>> {
  const subjects = sources
    .filter(source => source.startsWith(LEDGER_PREFIX))
    .map(source => source.slice(LEDGER_PREFIX.length))
  if (subjects.length === 0) return new Map()
  const rows = await app.db
    .selectFrom('activity')
    .leftJoin('awards', 'awards.subject', 'activity.subject')
    .select(['activity.subject', 'activity.member_id', 'activity.details', 'awards.reason'])
    .where('activity.kind', '=', 'points.awarded')
    .where('activity.subject', 'in', subjects)
    .execute()
  return new Map(
    rows.map(({ subject, member_id, details, reason }) => {
      const { amount, source } = JSON.parse(details) as Pick<AwardBehind, 'amount' | 'source'>
      return [LEDGER_PREFIX + subject, { memberId: member_id ?? '', amount, reason, source }]
    }),
  )
}

export const contribution: Contribution = {
  name: 'awards',
  tables: ['awards'],
  exportMember: exportReasons,
  redact: redactReasons,
  forget: forgetReasons,
}
