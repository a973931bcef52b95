/** The windows of a board and the periods that an entry counts in. Pure. */
import { type Day, mondayOf, monthOf, weekOf } from '../../lib/time.ts'

const WINDOWS = ['week', 'month', 'all'] as const
export type Window = (typeof WINDOWS)[number]

/** The key of the period of `window` that holds `day`: `2026-W10`, `2026-03` or `all`. */
export function periodOf(window: Window, day: Day): string {
  switch (window) {
    case 'week':
      return weekOf(day)
    case 'month':
      return monthOf(day)
    case 'all':
      return 'all'
  }
}

/** Every period that an entry of this day counts in. */
export const periodsOf = (day: Day): string[] => WINDOWS.map(window => periodOf(window, day))

/** First day of the period of `window` that holds `day`; null for all time. */
export function periodStart(window: Window, day: Day): Day | null {
  switch (window) {
    case 'week':
      return mondayOf(day)
    case 'month':
      return `${monthOf(day)}-01`
    case 'all':
      return null
  }
}
