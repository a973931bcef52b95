/** Points: an append-only ledger, and totals that follow from it. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { changed, toNumber } from '../../db/index.ts'
import type { Day } from '../../lib/time.ts'
import { type Contribution, compare, type Difference } from '../contribution.ts'
import { periodsOf } from './period.ts'

export { periodOf, periodStart, type Window } from './period.ts'
export { CHECKIN_POINTS } from './rules.ts'

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

export interface HistoryRow {
  readonly id: number
  readonly unit: Unit
  readonly amount: number
  readonly source: string
  readonly day: Day
}

/** Ledger rows as they were written, newest first: at most `limit`, older than `before` when given. */
export async function history(app: App, memberId: string, limit: number, before?: number): Promise<HistoryRow[]> {
  let query = app.db
    .selectFrom('ledger')
    .select(['id', 'unit', 'amount', 'source', 'day'])
    .where('member_id', '=', memberId)
  if (before !== undefined) query = query.where('id', '<', before)
  return query.orderBy('id', 'desc').limit(limit).execute()
}

async function recomputedBalances(app: App) {
  const rows = await app.db
    .selectFrom('ledger')
    .select(({ fn }) => ['member_id', 'unit', fn.sum('amount').as('total')])
    .groupBy(['member_id', 'unit'])
    .execute()
  return new Map(rows.map(row => [`member=${row.member_id} unit=${row.unit}`, { total: toNumber(row.total) }] as const))
}

async function recomputedStandings(app: App) {
  const standings = new Map<
    string,
    { member_id: string; community_id: string; period: string; points: number; reached_at: number }
  >()
  // By day and member, so that what is held in memory grows with the standings and not with the ledger.
  const days = app.db
    .selectFrom('ledger')
    .innerJoin('members', 'members.id', 'ledger.member_id')
    .select(({ fn }) => [
      'ledger.member_id',
      'members.community_id',
      'ledger.day',
      fn.sum('ledger.amount').as('points'),
      fn.max('ledger.at').as('reached'),
    ])
    .where('ledger.unit', '=', 'points')
    .groupBy(['ledger.member_id', 'members.community_id', 'ledger.day'])
  for (const row of await days.execute()) {
    for (const period of periodsOf(row.day)) {
      const key = `member=${row.member_id} period=${period}`
      const sum = standings.get(key) ?? {
        member_id: row.member_id,
        community_id: row.community_id,
        period,
        points: 0,
        reached_at: 0,
      }
      sum.points += toNumber(row.points)
      sum.reached_at = Math.max(sum.reached_at, toNumber(row.reached))
      standings.set(key, sum)
    }
  }
  return standings
}

async function verify(app: App): Promise<Difference[]> {
  const balances = await app.db.selectFrom('balances').selectAll().execute()
  const standings = await app.db.selectFrom('standings').selectAll().execute()
  return [
    ...compare(
      'balances',
      new Map(balances.map(row => [`member=${row.member_id} unit=${row.unit}`, { total: row.total }])),
      await recomputedBalances(app),
    ),
    ...compare(
      'standings',
      new Map(standings.map(row => [`member=${row.member_id} period=${row.period}`, numbersOf(row)])),
      new Map([...(await recomputedStandings(app))].map(([key, row]) => [key, numbersOf(row)])),
    ),
  ]
}

const numbersOf = (row: { community_id: string; points: number; reached_at: number }) => ({
  community_id: row.community_id,
  points: row.points,
  reached_at: row.reached_at,
})

async function repair(app: App): Promise<void> {
  const balances = await recomputedBalances(app)
  const standings = await recomputedStandings(app)
  await app.db.deleteFrom('balances').execute()
  await app.db.deleteFrom('standings').execute()
  for (const [key, { total }] of balances) {
    const [, memberId = '', unit = ''] = /^member=(\S+) unit=(\S+)$/.exec(key) ?? []
    await app.db
      .insertInto('balances')
      .values({ member_id: memberId, unit: unit as Unit, total })
      .execute()
  }
  for (const row of standings.values()) await app.db.insertInto('standings').values(row).execute()
}

export const contribution: Contribution = {
  name: 'points',
  tables: ['ledger', 'balances', 'standings'],
  verify,
  repair,
}
