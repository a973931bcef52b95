/** Totals that follow from the ledger: balances by unit, standings by period. */
import type { App } from '../../app.ts'
import { toNumber } from '../../db/index.ts'
import { inChunks } from '../../lib/chunks.ts'
import { compare, type Difference } from '../contribution.ts'
import type { Unit } from './index.ts'
import { periodsOf } from './period.ts'

interface Balance {
  readonly member_id: string
  readonly unit: Unit
  readonly total: number
}
interface Standing {
  readonly member_id: string
  readonly community_id: string
  readonly period: string
  points: number
  reached_at: number
}
export interface Derived {
  readonly balances: readonly Balance[]
  readonly standings: readonly Standing[]
}

/** Every total as the ledger has it; of some members when given. */
export async function derived(app: App, memberIds?: readonly string[]): Promise<Derived> {
  return { balances: await balancesFrom(app, memberIds), standings: await standingsFrom(app, memberIds) }
}

async function balancesFrom(app: App, memberIds?: readonly string[]): Promise<Balance[]> {
  let query = app.db
    .selectFrom('ledger')
    .select(({ fn }) => ['member_id', 'unit', fn.sum('amount').as('total')])
    .groupBy(['member_id', 'unit'])
  if (memberIds !== undefined) query = query.where('member_id', 'in', memberIds)
  return (await query.execute()).map(row => ({ ...row, total: toNumber(row.total) }))
}

async function standingsFrom(app: App, memberIds?: readonly string[]): Promise<Standing[]> {
  const standings = new Map<string, Standing>()
  // By day and member, so that what is held in memory grows with the standings and not with the ledger.
  let days = app.db
    .selectFrom('ledger')
    .innerJoin('members', 'members.id', 'ledger.member_id')
    .select(({ fn, eb }) => [
      'ledger.member_id',
      'members.community_id',
      'ledger.day',
      fn.sum('ledger.amount').as('points'),
      // When it was earned: an entry that takes another one back, or counts it again, is no later achievement.
      fn.max(eb.case().when('ledger.reverses', 'is', null).then(eb.ref('ledger.at')).end()).as('reached'),
    ])
    .where('ledger.unit', '=', 'points')
    .groupBy(['ledger.member_id', 'members.community_id', 'ledger.day'])
  if (memberIds !== undefined) days = days.where('ledger.member_id', 'in', memberIds)
  for (const row of await days.execute()) {
    for (const period of periodsOf(row.day)) {
      const key = keyOf({ ...row, period })
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
  return [...standings.values()]
}

/** Adds totals where there are none. */
export async function writeDerived(app: App, { balances, standings }: Derived): Promise<void> {
  for (const rows of inChunks(balances)) await app.db.insertInto('balances').values(rows).execute()
  for (const rows of inChunks(standings)) await app.db.insertInto('standings').values(rows).execute()
}

const keyOf = (row: { member_id: string; period: string }): string => `member=${row.member_id} period=${row.period}`
const byUnit = (rows: readonly Balance[]) =>
  new Map(rows.map(row => [`member=${row.member_id} unit=${row.unit}`, { total: row.total }]))
const byPeriod = (rows: readonly Standing[]) =>
  new Map(
    rows.map(row => [keyOf(row), { community_id: row.community_id, points: row.points, reached_at: row.reached_at }]),
  )

export async function verify(app: App): Promise<Difference[]> {
  const balances = await app.db.selectFrom('balances').selectAll().execute()
  const standings = await app.db.selectFrom('standings').selectAll().execute()
  const recomputed = await derived(app)
  return [
    ...compare('balances', byUnit(balances), byUnit(recomputed.balances)),
    ...compare('standings', byPeriod(standings), byPeriod(recomputed.standings)),
  ]
}

export async function repair(app: App): Promise<void> {
  const recomputed = await derived(app)
  await app.db.deleteFrom('balances').execute()
  await app.db.deleteFrom('standings').execute()
  await writeDerived(app, recomputed)
}

/** Standings count in the community that their member is in now. */
export async function rehomeStandings(app: App, memberIds: readonly string[], communityId: string): Promise<void> {
  for (const chunk of inChunks(memberIds))
    await app.db
      .updateTable('standings')
      .set({ community_id: communityId })
      .where('member_id', 'in', chunk)
      .where('community_id', '<>', communityId)
      .execute()
}
