/** Streaks: days in a row. Pure. */
import { addDays, type Day } from '../../lib/time.ts'
import { areNeighbours } from '../days/index.ts'

export interface Streak {
  /** Days in a row up to and including `lastDay`. */
  readonly current: number
  readonly longest: number
  /** Check-ins in all. */
  readonly total: number
  readonly lastDay: Day
}

type Never = (day: Day) => boolean

/** The streak from all check-in days, in any order; null when there are none. `never` tells the days that never happened to the member. */
export function streakOf(days: Iterable<Day>, never: Never): Streak | null {
  let streak: Streak | null = null
  for (const day of [...new Set(days)].sort()) streak = advance(streak, day, never)
  return streak
}

/** The streak after a further check-in on a day later than the last. */
export function advance(streak: Streak | null, day: Day, never: Never): Streak {
  if (!streak) return { current: 1, longest: 1, total: 1, lastDay: day }
  if (day <= streak.lastDay) throw new RangeError(`a streak that reached ${streak.lastDay} cannot go on with ${day}`)
  const current = areNeighbours(streak.lastDay, day, never) ? streak.current + 1 : 1
  return { current, longest: Math.max(current, streak.longest), total: streak.total + 1, lastDay: day }
}

/** How long the streak is as seen on `today`: 0 once a whole day was missed. */
export function standing(streak: Streak, today: Day, never: Never): number {
  if (streak.lastDay >= today || areNeighbours(streak.lastDay, today, never)) return streak.current
  return 0
}

/** The last `size` days up to today, oldest first, and what became of each. */
export function strip(
  done: ReadonlySet<Day>,
  today: Day,
  size: number,
  firstDay: Day | null,
  never: Never,
): Array<{ day: Day; state: 'done' | 'missed' | 'open' | 'off' }> {
  return Array.from({ length: size }, (_, i) => {
    const day = addDays(today, i - size + 1)
    if (done.has(day)) return { day, state: 'done' as const }
    if (day === today) return { day, state: 'open' as const }
    const due = firstDay !== null && day > firstDay && !never(day)
    return { day, state: due ? ('missed' as const) : ('off' as const) }
  })
}
