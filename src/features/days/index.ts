/** The member's own day: read, and changed from the next day on. */
import type { App } from '../../app.ts'
import { inChunks } from '../../lib/chunks.ts'
import type { Day } from '../../lib/time.ts'
import { localDay } from '../../lib/time.ts'
import type { Contribution } from '../contribution.ts'
import { exportDayRules } from './personal.ts'
import { type DayRule, dayUnder, neverHappened, nextDayOpensAt, ruleAfter, ruleAt } from './rule.ts'

export { areNeighbours, type DayRule, dayUnder, neverHappened } from './rule.ts'

const columns = [
  'from_at as fromAt',
  'zone',
  'day_start as dayStart',
  'last_day as lastDay',
  'first_day as firstDay',
] as const

/** All day rules of a member, oldest first; at most the last one is still to come. */
async function dayRules(app: App, memberId: string): Promise<DayRule[]> {
  return app.db.selectFrom('day_rules').select(columns).where('member_id', '=', memberId).orderBy('from_at').execute()
}

type Rules = ReadonlyMap<string, readonly DayRule[]>

/** By member: their rules and, each for itself, those of whoever proved to be the same person. */
async function allRules(app: App, memberIds: readonly string[]): Promise<Map<string, Rules>> {
  const groups = new Map(memberIds.map(id => [id, new Map<string, DayRule[]>()]))
  for (const chunk of inChunks(memberIds)) {
    const asked = new Set(chunk)
    const rows = await app.db
      .selectFrom('members')
      .innerJoin('day_rules', 'day_rules.member_id', 'members.id')
      .select([...columns, 'member_id as memberId', 'members.merged_into as mergedInto'])
      .where(eb => eb.or([eb('members.id', 'in', chunk), eb('members.merged_into', 'in', chunk)]))
      .orderBy('from_at')
      .execute()
    for (const { memberId, mergedInto, ...rule } of rows)
      for (const whose of [memberId, mergedInto ?? '']) {
        const group = asked.has(whose) ? groups.get(whose) : undefined
        group?.set(memberId, [...(group.get(memberId) ?? []), rule])
      }
  }
  return groups
}

/** By member, the days that a streak does not ask for: one that did not happen to one of their accounts is asked of none. */
export async function neverDays(app: App, memberIds: readonly string[]): Promise<Map<string, (day: Day) => boolean>> {
  const groups = await allRules(app, memberIds)
  return new Map([...groups].map(([memberId, rules]) => [memberId, never(rules)]))
}

function never(rules: Rules): (day: Day) => boolean {
  const each = [...rules.values()].map(neverHappened)
  return day => each.some(happenedNot => happenedNot(day))
}

export interface Today {
  readonly day: Day
  readonly zone: string
  readonly dayStart: number
  /** When the day ends: from then on a check-in counts for a later one. */
  readonly endsAt: number
  readonly rules: readonly DayRule[]
  /** Whether a streak does not ask for a day. */
  readonly never: (day: Day) => boolean
}

/** The member's day at an instant, as their zone and day start have it. */
export async function todayOf(app: App, memberId: string, at: number): Promise<Today> {
  const [today] = (await todaysOf(app, [memberId], at)).values()
  if (!today) throw new Error('a member has a day')
  return today
}

/** The same for many members, in one query. */
export async function todaysOf(app: App, memberIds: readonly string[], at: number): Promise<Map<string, Today>> {
  const groups = await allRules(app, memberIds)
  return new Map([...groups].map(([memberId, rules]) => [memberId, todayUnder(rules, memberId, at)]))
}

function todayUnder(all: Rules, memberId: string, at: number): Today {
  const rules = all.get(memberId) ?? []
  const rule = ruleAt(rules, at)
  const day = dayUnder(rule, at)
  const pending = rules.find(candidate => candidate.fromAt > at) ?? null
  return {
    day,
    zone: rule.zone,
    dayStart: rule.dayStart,
    endsAt: nextDayOpensAt(rule, pending, day),
    rules,
    never: never(all),
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

export const contribution: Contribution = { name: 'days', tables: ['day_rules'], exportMember: exportDayRules }
