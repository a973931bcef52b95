/** Points: an append-only ledger, and totals that follow from it. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { changed } from '../../db/index.ts'
import type { Day } from '../../lib/time.ts'
import type { Contribution } from '../contribution.ts'
import { rehomeStandings, repair, verify } from './derived.ts'
import { periodsOf } from './period.ts'
import { exportPoints } from './personal.ts'
import { mergeLedger, splitLedger } from './united.ts'

export { periodOf, periodStart, type Window } from './period.ts'
export { CHECKIN_POINTS } from './rules.ts'
export { rederive, setCounted } from './united.ts'

/** `points` are for life and rank boards; `coins` can be spent. */
export type Unit = 'points' | 'coins'

export interface Entry {
  readonly memberId: string
  readonly communityId: string
  /** The account whose doing it was; null for entries that nobody made. */
  readonly accountId: string | null
  readonly unit: Unit
  /** Whole, not 0; negative takes away. */
  readonly amount: number
  /** What it is for, such as `checkin:12`: one entry per member, unit and source, ever. */
  readonly source: string
  /** The member's local day, which decides the week and month it counts in. */
  readonly day: Day
  readonly at: number
}

/** Writes one ledger entry and the totals that follow. False, and nothing written, when this source has been booked before. */
export async function book(app: App, entry: Entry): Promise<boolean> {
  const inserted = await app.db
    .insertInto('ledger')
    .values({
      member_id: entry.memberId,
      account_id: entry.accountId,
      unit: entry.unit,
      amount: entry.amount,
      source: entry.source,
      day: entry.day,
      at: entry.at,
      reverses: null,
    })
    .onConflict(conflict => conflict.columns(['member_id', 'unit', 'source']).doNothing())
    .executeTakeFirst()
  if (changed(inserted) === 0) return false
  await app.db
    .insertInto('balances')
    .values({ member_id: entry.memberId, unit: entry.unit, total: entry.amount })
    .onConflict(conflict =>
      conflict.columns(['member_id', 'unit']).doUpdateSet({ total: sql`balances.total + excluded.total` }),
    )
    .execute()
  if (entry.unit === 'points') await stand(app, entry)
  return true
}

async function stand(app: App, entry: Entry): Promise<void> {
  await app.db
    .insertInto('standings')
    .values(
      periodsOf(entry.day).map(period => ({
        member_id: entry.memberId,
        community_id: entry.communityId,
        period,
        points: entry.amount,
        reached_at: entry.at,
      })),
    )
    .onConflict(conflict =>
      conflict.columns(['member_id', 'period']).doUpdateSet({
        points: sql`standings.points + excluded.points`,
        reached_at: sql`case when excluded.reached_at > standings.reached_at then excluded.reached_at else standings.reached_at end`,
      }),
    )
    .execute()
}

/** A member's total of one unit. */
export async function balance(app: App, memberId: string, unit: Unit): Promise<number> {
  const row = await app.db
    .selectFrom('balances')
    .select('total')
    .where('member_id', '=', memberId)
    .where('unit', '=', unit)
    .executeTakeFirst()
  return row?.total ?? 0
}

/** Totals of many members, in one query; nothing for those without entries. */
export async function balancesOf(app: App, memberIds: readonly string[], unit: Unit): Promise<Map<string, number>> {
  if (memberIds.length === 0) return new Map()
  const rows = await app.db
    .selectFrom('balances')
    .select(['member_id', 'total'])
    .where('member_id', 'in', memberIds)
    .where('unit', '=', unit)
    .execute()
  return new Map(rows.map(row => [row.member_id, row.total]))
}

export interface HistoryRow {
  readonly id: number
  readonly unit: Unit
  readonly amount: number
  readonly source: string
  readonly day: Day
  readonly at: number
}

const rowColumns = ['id', 'unit', 'amount', 'source', 'day', 'at'] as const

/** The one entry of a member with this source. */
export async function entryOf(app: App, memberId: string, unit: Unit, source: string): Promise<HistoryRow | null> {
  const row = await app.db
    .selectFrom('ledger')
    .select(rowColumns)
    .where('member_id', '=', memberId)
    .where('unit', '=', unit)
    .where('source', '=', source)
    .executeTakeFirst()
  return row ?? null
}

/** Ledger rows as they were written, newest first: at most `limit`, older than `before` when given. */
export async function history(app: App, memberId: string, limit: number, before?: number): Promise<HistoryRow[]> {
  let query = app.db.selectFrom('ledger').select(rowColumns).where('member_id', '=', memberId)
  if (before !== undefined) query = query.where('id', '<', before)
  return query.orderBy('id', 'desc').limit(limit).execute()
}

export const contribution: Contribution = {
  name: 'points',
  tables: ['ledger', 'balances', 'standings'],
  exportMember: exportPoints,
  verify,
  repair,
  merge: mergeLedger,
  unmerge: splitLedger,
  rehome: rehomeStandings,
}
