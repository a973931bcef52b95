/** Quiet hours: when somebody is not written to, by the clock where they live. Pure. */
import { addDays, localDay, wallTime } from '../../lib/time.ts'

/** From and to as minutes of the day; over midnight when `to` is not later than `from`. Never both the same. */
export interface Quiet {
  readonly from: number
  readonly to: number
}

const HOURS = /^(\d{1,2})(?::([0-5]\d))?\s*(?:-|–|—|~|to|至|到)\s*(\d{1,2})(?::([0-5]\d))?$/i

/** Reads `22:00-08:00`, `22-8`; `off` is null. What is neither, or begins when it ends, is undefined. */
export function readQuiet(written: string): Quiet | null | undefined {
  const text = written.trim().replaceAll('：', ':')
  if (/^off$/i.test(text)) return null
  const [, fromHour, fromMinute = '0', toHour, toMinute = '0'] = HOURS.exec(text) ?? []
  if (fromHour === undefined || toHour === undefined) return undefined
  if (Number(fromHour) > 23 || Number(toHour) > 23) return undefined
  const quiet = { from: Number(fromHour) * 60 + Number(fromMinute), to: Number(toHour) * 60 + Number(toMinute) }
  return quiet.from === quiet.to ? undefined : quiet
}

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

/** As it is stored and shown: `22:00-08:00`. */
export const writeQuiet = (quiet: Quiet | null): string =>
  quiet === null ? 'off' : `${clock(quiet.from)}-${clock(quiet.to)}`

/** When the quiet hours that `at` lies in end; null outside of them. A begin that equals the end means none. */
export function quietEnd({ from, to }: Quiet, zone: string, at: number): number | null {
  if (from === to) return null
  const today = localDay(at, zone)
  let until: number | null = null
  // Those that began yesterday may still last; and where clocks leap, those of the next day may follow at once.
  for (const day of [addDays(today, -2), addDays(today, -1), today, addDays(today, 1)]) {
    const begin = wallTime(day, zone, from)
    const end = wallTime(to > from ? day : addDays(day, 1), zone, to)
    if (begin <= (until ?? at) && (until ?? at) < end) until = end
  }
  return until
}
