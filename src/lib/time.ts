/** Calendar arithmetic. The only file that names Temporal. Instants are epoch milliseconds, days are ISO dates (`2026-03-04`). */

/** A local calendar day, `YYYY-MM-DD`. */
export type Day = string

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY_LENGTH = 24 * HOUR

const starts = new Map<string, number>()
const MAX_CACHED_STARTS = 10_000

/**
 * First instant of `day` in `zone` when days begin at `startHour` (0-23). A start that falls into a gap of the clock
 * moves to the end of the gap; one that happens twice counts from the first time.
 */
export function dayStart(day: Day, zone: string, startHour = 0): number {
  const key = `${zone} ${startHour} ${day}`
  const known = starts.get(key)
  if (known !== undefined) return known
  const at = Temporal.PlainDate.from(day)
    .toPlainDateTime({ hour: startHour })
    .toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds
  if (starts.size >= MAX_CACHED_STARTS) starts.clear()
  starts.set(key, at)
  return at
}

/**
 * The first instant at which clocks in `zone` show this minute of `day` (0 to 1439); where they skip it, the moment they go on; where they show it
 * twice, the first time.
 */
export function wallTime(day: Day, zone: string, minute: number): number {
  const wanted = Temporal.PlainDate.from(day).toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 })
  const found = wanted.toZonedDateTime(zone, { disambiguation: 'compatible' })
  if (found.toPlainDateTime().equals(wanted)) return found.epochMilliseconds
  return found.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? found.epochMilliseconds
}

/** First instant after `day`; days are 23 to 25 hours long, or 0 where a zone skipped a date. */
export function dayEnd(day: Day, zone: string, startHour = 0): number {
  return dayStart(addDays(day, 1), zone, startHour)
}

/**
 * The local day that the instant `at` belongs to. Defined by the day starts, so it never runs backwards, even where
 * the clock does (a fold across midnight).
 */
export function localDay(at: number, zone: string, startHour = 0): Day {
  const wall = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
  let day = (wall.hour < startHour ? wall.subtract({ days: 1 }) : wall).toPlainDate().toString()
  while (at < dayStart(day, zone, startHour)) day = addDays(day, -1)
  while (at >= dayEnd(day, zone, startHour)) day = addDays(day, 1)
  return day
}

/** Whether `day` never happens in `zone` (a country that moved across the date line). */
export function isSkippedDay(day: Day, zone: string, startHour = 0): boolean {
  return dayEnd(day, zone, startHour) <= dayStart(day, zone, startHour)
}

export function addDays(day: Day, count: number): Day {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + count)
  return date.toISOString().slice(0, 10)
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_LENGTH)
}

/** `2026-W10`: the ISO week (Monday to Sunday) of a day. */
export function weekOf(day: Day): string {
  const date = Temporal.PlainDate.from(day)
  return `${date.yearOfWeek}-W${String(date.weekOfYear).padStart(2, '0')}`
}

/** `2026-03`: the month of a day. */
export function monthOf(day: Day): string {
  return day.slice(0, 7)
}

/** The Monday of the day's ISO week. */
export function mondayOf(day: Day): Day {
  return addDays(day, 1 - Temporal.PlainDate.from(day).dayOfWeek)
}

/** Whether a string is a real calendar day written `YYYY-MM-DD`. */
export function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false
  const date = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === value
}
