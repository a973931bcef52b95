import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  DAY_LENGTH,
  dayEnd,
  dayStart,
  daysBetween,
  HOUR,
  isDay,
  isSkippedDay,
  localDay,
  MINUTE,
  mondayOf,
  monthOf,
  weekOf,
} from '#src/lib/time.ts'

/** Zones whose clocks have done something unusual since 1970. */
const ODD = [
  'America/Havana', // folds and gaps at midnight
  'America/St_Johns', // changed clocks at 00:01 until 2011: a fold across midnight
  'Pacific/Apia', // skipped 30 December 2011
  'Pacific/Kwajalein', // skipped 21 August 1993
  'Pacific/Kiritimati', // skipped a day at the end of 1994
  'Australia/Lord_Howe', // moves by half an hour
  'Asia/Beirut', // gaps at midnight
  'America/Sao_Paulo',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Antarctica/Troll', // moves by two hours
  'Europe/London',
  'America/New_York',
  'Asia/Shanghai',
  'UTC',
]
const zone = fc.oneof(fc.constantFrom(...ODD), fc.constantFrom(...Intl.supportedValuesOf('timeZone')))
const startHour = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 23 }))
const instant = fc.integer({ min: Date.UTC(1970, 0, 2), max: Date.UTC(2037, 11, 30) })
/** Instants near a change of the clock of the zones above. */
const turn = fc
  .tuple(
    fc.constantFrom(
      Date.UTC(2011, 11, 30, 10), // Apia
      Date.UTC(1993, 7, 21, 12), // Kwajalein
      Date.UTC(1994, 11, 31, 10), // Kiritimati
      Date.UTC(2006, 9, 29, 2, 31), // St John's, 00:01 -> 23:01
      Date.UTC(2026, 2, 8, 5), // Havana, gap
      Date.UTC(2026, 10, 1, 5), // Havana, fold
      Date.UTC(2026, 3, 4, 15), // Lord Howe, fold
      Date.UTC(2018, 10, 4, 3), // São Paulo, gap at midnight
      Date.UTC(2026, 2, 29, 1), // Europe
    ),
    fc.integer({ min: -36 * 60, max: 36 * 60 }),
  )
  .map(([at, minutes]) => at + minutes * MINUTE)
const anyInstant = fc.oneof(instant, turn)

describe('the local day of an instant', () => {
  test('begins at or before it and ends after it, in every zone and for every start of the day', () => {
    fc.assert(
      fc.property(anyInstant, zone, startHour, (at, where, start) => {
        const day = localDay(at, where, start)
        expect(isDay(day)).toBe(true)
        expect(dayStart(day, where, start)).toBeLessThanOrEqual(at)
        expect(dayEnd(day, where, start)).toBeGreaterThan(at)
      }),
      { numRuns: 2000 },
    )
  })

  test('is the only one that holds it', () => {
    fc.assert(
      fc.property(anyInstant, zone, startHour, (at, where, start) => {
        const day = localDay(at, where, start)
        for (const offset of [-2, -1, 1, 2]) {
          const other = addDays(day, offset)
          const holds = dayStart(other, where, start) <= at && at < dayEnd(other, where, start)
          expect(holds).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('never runs backwards as time goes on', () => {
    fc.assert(
      fc.property(
        anyInstant,
        fc.integer({ min: 0, max: 3 * DAY_LENGTH }),
        zone,
        startHour,
        (at, later, where, start) => {
          expect(localDay(at, where, start) <= localDay(at + later, where, start)).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('reads as the wall clock does, away from changes of the clock', () => {
    expect(localDay(Date.UTC(2026, 2, 4, 23, 59), 'UTC')).toBe('2026-03-04')
    expect(localDay(Date.UTC(2026, 2, 4, 16), 'Asia/Shanghai')).toBe('2026-03-05')
    expect(localDay(Date.UTC(2026, 2, 4, 15, 59, 59, 999), 'Asia/Shanghai')).toBe('2026-03-04')
    expect(localDay(Date.UTC(2026, 2, 4, 3, 59), 'UTC', 4)).toBe('2026-03-03')
    expect(localDay(Date.UTC(2026, 2, 4, 4), 'UTC', 4)).toBe('2026-03-04')
  })
})

describe('the length of a day', () => {
  const hours = (day: string, where: string, start = 0) =>
    (dayEnd(day, where, start) - dayStart(day, where, start)) / HOUR

  test.each([
    ['2026-03-29', 'Europe/London', 0, 23],
    ['2026-10-25', 'Europe/London', 0, 25],
    ['2026-03-28', 'Europe/London', 4, 23],
    ['2026-03-08', 'America/Havana', 0, 23],
    ['2026-11-01', 'America/Havana', 0, 25],
    ['2006-10-28', 'America/St_Johns', 0, 24],
    ['2006-10-29', 'America/St_Johns', 0, 25],
    ['2026-04-05', 'Australia/Lord_Howe', 0, 24.5],
    ['2026-10-04', 'Australia/Lord_Howe', 0, 23.5],
    ['2011-12-29', 'Pacific/Apia', 0, 24],
    ['2011-12-30', 'Pacific/Apia', 0, 0],
    ['2011-12-31', 'Pacific/Apia', 0, 24],
    ['2018-11-04', 'America/Sao_Paulo', 0, 23],
  ])('%s in %s from %d o’clock: %d hours', (day, where, start, expected) => {
    expect(hours(day, where, start)).toBe(expected)
  })

  test('days follow one another without gap or overlap', () => {
    fc.assert(
      fc.property(anyInstant, zone, startHour, (at, where, start) => {
        const day = localDay(at, where, start)
        expect(dayEnd(day, where, start)).toBe(dayStart(addDays(day, 1), where, start))
        const length = hours(day, where, start)
        expect(length).toBeGreaterThan(20)
        expect(length).toBeLessThan(28)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a date that never was', () => {
  test.each([
    ['2011-12-30', 'Pacific/Apia'],
    ['1993-08-21', 'Pacific/Kwajalein'],
    ['1994-12-31', 'Pacific/Kiritimati'],
  ])('%s in %s is skipped, and no instant belongs to it', (day, where) => {
    expect(isSkippedDay(day, where)).toBe(true)
    for (
      let at = Date.parse(`${day}T00:00Z`) - DAY_LENGTH;
      at < Date.parse(`${day}T00:00Z`) + 2 * DAY_LENGTH;
      at += HOUR
    )
      expect(localDay(at, where)).not.toBe(day)
  })

  test('no ordinary day is skipped', () => {
    expect(isSkippedDay('2026-03-29', 'Europe/London')).toBe(false)
    expect(isSkippedDay('2026-03-08', 'America/Havana')).toBe(false)
  })
})

describe('the fold across midnight at St John’s', () => {
  test('the hour before midnight that happens again counts for the day that had begun', () => {
    // 29 October 2006, 00:01 NDT became 28 October, 23:01 NST.
    const first = Date.UTC(2006, 9, 29, 2, 30, 30)
    const again = Date.UTC(2006, 9, 29, 2, 45)
    expect(localDay(first, 'America/St_Johns')).toBe('2006-10-29')
    expect(localDay(again, 'America/St_Johns')).toBe('2006-10-29')
  })
})

describe('calendar arithmetic', () => {
  test('adding and subtracting days are each other’s inverse', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: -5000, max: 5000 }), (at, count) => {
        const day = localDay(at, 'UTC')
        expect(addDays(addDays(day, count), -count)).toBe(day)
        expect(daysBetween(day, addDays(day, count))).toBe(count)
      }),
    )
  })

  test.each([
    ['2026-01-01', '2026-W01', '2025-12-29'],
    ['2027-01-01', '2026-W53', '2026-12-28'],
    ['2024-12-30', '2025-W01', '2024-12-30'],
    ['2026-03-04', '2026-W10', '2026-03-02'],
  ])('%s is in week %s, which begins on %s', (day, week, monday) => {
    expect(weekOf(day)).toBe(week)
    expect(mondayOf(day)).toBe(monday)
    expect(weekOf(monday)).toBe(week)
    expect(weekOf(addDays(monday, 6))).toBe(week)
  })

  test('the month of a day is its first seven characters', () => expect(monthOf('2026-03-04')).toBe('2026-03'))

  test.each(['2026-02-29', '2026-13-01', '2026-3-4', '', 'today', '2026-03-04T00:00', ' 2026-03-04'])(
    '“%s” is no day',
    typed => expect(isDay(typed)).toBe(false),
  )
  test.each(['2024-02-29', '2026-03-04', '1999-12-31'])('%s is a day', typed => expect(isDay(typed)).toBe(true))
})
