/** The member's own day: read, and changed from the next day on. */
import type { App } from '../../app.ts'
import type { Day } from '../../lib/time.ts'
import { localDay } from '../../lib/time.ts'
import type { Contribution } from '../contribution.ts'
import { type DayRule, dayUnder, nextDayOpensAt, ruleAfter, ruleAt } from './rule.ts'

export { areNeighbours, type DayRule, dayUnder, neverHappened } from './rule.ts'

const columns = [
  'from_at as fromAt',
  'zone',
  'day_start as dayStart',
  'last_day as lastDay',
  'first_day as firstDay',
] as const

/** All day rules of a member, oldest first; at most the last one is still to come. */
export async function dayRules(app: App, memberId: string): Promise<DayRule[]> {
  return app.db.selectFrom('day_rules').select(columns).where('member_id', '=', memberId).orderBy('from_at').execute()
}

export interface Today {
  readonly day: Day
  readonly zone: string
  readonly dayStart: number
  /** When the day ends: from then on a check-in counts for a later one. */
  readonly endsAt: number
  readonly rules: readonly DayRule[]
}

/** The member's day at an instant, as their zone and day start have it. */
export async function todayOf(app: App, memberId: string, at: number): Promise<Today> {
  const rules = await dayRules(app, memberId)
  const rule = ruleAt(rules, at)
  const day = dayUnder(rule, at)
  const pending = rules.find(candidate => candidate.fromAt > at) ?? null
  return {
    day,
    zone: rule.zone,
    dayStart: rule.dayStart,
    endsAt: nextDayOpensAt(rule, pending, day),
    rules,
  }
}

/** The first rule of a new member, in force since ever. */
export async function startDays(app: App, memberId: string, zone: string, dayStart: number, at: number): Promise<void> {
  await app.db
    .insertInto('day_rules')
    .values({
      member_id: memberId,
      from_at: 0,
      zone,
      day_start: dayStart,
      last_day: null,
      first_day: localDay(0, zone, dayStart),
      requested_at: at,
    })
    .onConflict(conflict => conflict.columns(['member_id', 'from_at']).doNothing())
    .execute()
}

/** From here to the end of the transaction nobody else changes this member's days. Needless where there is one writer. */
export async function lockMember(app: App, memberId: string): Promise<void> {
  if (app.can.rowLocks)
    await app.db.selectFrom('members').select('id').where('id', '=', memberId).forNoKeyUpdate().execute()
}

export type DayChange =
  | { readonly kind: 'same' }
  /** In force at once: the member has no day yet that could be lost. */
  | { readonly kind: 'now' }
  | { readonly kind: 'next-day'; readonly fromAt: number; readonly currentZone: string }

/**
 * Changes zone or day start. It takes effect when the member's current day ends; another change before that replaces it, and one back to
 * what is in force withdraws it. Only a member who has never checked in changes at once.
 */
export async function changeDays(
  app: App,
  memberId: string,
  change: { zone?: string; dayStart?: number },
  at: number,
): Promise<DayChange> {
  await lockMember(app, memberId)
  const rules = await dayRules(app, memberId)
  const current = ruleAt(rules, at)
  const pending = rules.find(rule => rule.fromAt > at)
  const zone = change.zone ?? (pending ?? current).zone
  const dayStart = change.dayStart ?? (pending ?? current).dayStart
  if (pending)
    await app.db
      .deleteFrom('day_rules')
      .where('member_id', '=', memberId)
      .where('from_at', '=', pending.fromAt)
      .execute()
  if (zone === current.zone && dayStart === current.dayStart) return { kind: 'same' }
  const checkedIn = await app.db
    .selectFrom('checkins')
    .select('id')
    .where('member_id', '=', memberId)
    .limit(1)
    .executeTakeFirst()
  if (!checkedIn) {
    await app.db.deleteFrom('day_rules').where('member_id', '=', memberId).execute()
    await startDays(app, memberId, zone, dayStart, at)
    return { kind: 'now' }
  }
  const next = ruleAfter(current, at, zone, dayStart)
  await app.db
    .insertInto('day_rules')
    .values({
      member_id: memberId,
      from_at: next.fromAt,
      zone,
      day_start: dayStart,
      last_day: next.lastDay,
      first_day: next.firstDay,
      requested_at: at,
    })
    .execute()
  return { kind: 'next-day', fromAt: next.fromAt, currentZone: current.zone }
}

export const contribution: Contribution = { name: 'days', tables: ['day_rules'] }
