/** Which day an instant counts for, for a member who may change zones. Pure. */
import { addDays, type Day, dayEnd, dayStart, daysBetween, isSkippedDay, localDay } from '../../lib/time.ts'

/** From `fromAt` on, the member's days are counted in `zone` and begin at `dayStart` o'clock. */
export interface DayRule {
  readonly fromAt: number
  readonly zone: string
  readonly dayStart: number
  /** The last day under the rule before; null for a member's first rule. */
  readonly lastDay: Day | null
  /** The first day under this rule. */
  readonly firstDay: Day
}

/** The day that `at` counts for under `rule`. Never earlier than the last day under the rule before: a member's days do not run backwards. */
export function dayUnder(rule: Pick<DayRule, 'zone' | 'dayStart' | 'lastDay'>, at: number): Day {
  const day = localDay(at, rule.zone, rule.dayStart)
  return rule.lastDay !== null && day < rule.lastDay ? rule.lastDay : day
}

/** When `day` ends under `rule`. */
export function endOf(rule: Pick<DayRule, 'zone' | 'dayStart'>, day: Day): number {
  return dayEnd(day, rule.zone, rule.dayStart)
}

/**
 * The rule that a change asked for at `at` makes: in force from the end of the current day on, so that today stays whole. Days that
 * the change leaps over (eastwards across the date line) lie between `lastDay` and `firstDay` and are never due.
 */
export function ruleAfter(current: DayRule, at: number, zone: string, dayStart: number): DayRule {
  const lastDay = dayUnder(current, at)
  const fromAt = endOf(current, lastDay)
  const next = { zone, dayStart, lastDay }
  return { ...next, fromAt, firstDay: dayUnder(next, fromAt) }
}

/** The first instant after which a check-in counts for a later day than `day`, given the rule in force and one that may follow. */
export function nextDayOpensAt(current: DayRule, pending: DayRule | null, day: Day): number {
  const end = endOf(current, day)
  if (!pending || pending.fromAt > end) return end
  return dayUnder(pending, pending.fromAt) > day ? pending.fromAt : endOf(pending, day)
}

/** The rule in force at `at`; `rules` in order of `fromAt`. */
export function ruleAt(rules: readonly DayRule[], at: number): DayRule {
  const rule = rules.findLast(candidate => candidate.fromAt <= at) ?? rules[0]
  if (!rule) throw new Error('a member has at least one day rule')
  return rule
}

/** The first day in a new zone begins in its middle: it may be used, but it is no whole day, so it is not asked for. */
const isCutShort = (rule: DayRule, day: Day): boolean => rule.fromAt > dayStart(day, rule.zone, rule.dayStart)

/**
 * Tells the days that a streak does not ask for: leapt over by a change of zone, cut short by it, or skipped by the zone itself.
 */
export function neverHappened(rules: readonly DayRule[]): (day: Day) => boolean {
  return day => {
    for (const rule of rules) {
      if (rule.lastDay === null || day <= rule.lastDay || day > rule.firstDay) continue
      if (day < rule.firstDay || isCutShort(rule, day)) return true
    }
    const rule = rules.findLast(candidate => candidate.firstDay <= day) ?? rules[0]
    return rule !== undefined && isSkippedDay(day, rule.zone, rule.dayStart)
  }
}

/** Whether every day strictly between two days never happened, so that they are neighbours for a streak. */
export function areNeighbours(before: Day, after: Day, never: (day: Day) => boolean): boolean {
  const gap = daysBetween(before, after)
  // No change of zone excuses more than two days, and no country has skipped more than one.
  if (gap < 1 || gap > 8) return false
  for (let i = 1; i < gap; i++) if (!never(addDays(before, i))) return false
  return true
}
