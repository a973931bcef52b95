import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import { checkIn, viewStreak } from '#src/features/checkin/index.ts'
import { advance, type Streak, standing, streakOf } from '#src/features/checkin/streak.ts'
import { changeDays, type DayRule, dayUnder, neverHappened, todayOf } from '#src/features/days/index.ts'
// The pure rules, tested without a database.
import { endOf, nextDayOpensAt, ruleAfter, ruleAt } from '#src/features/days/rule.ts'
import { addDays, DAY_LENGTH, HOUR, localDay, MINUTE } from '#src/lib/time.ts'
import { START } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ada, join, lin } from './scene.ts'

/** From the far west to the far east of the date line, and the odd ones. */
const ZONES = [
  'Etc/GMT+12',
  'Pacific/Pago_Pago',
  'Pacific/Honolulu',
  'America/Los_Angeles',
  'America/Havana',
  'America/St_Johns',
  'UTC',
  'Europe/London',
  'Asia/Kolkata',
  'Asia/Shanghai',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
]
const zone = fc.constantFrom(...ZONES)
const dayStart = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 6 }))
/** Changes of zone or day start, each this many minutes after the one before: twice in an hour, or days apart. */
const changes = fc.array(
  fc.record({
    after: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 5 * 24 * 60 })),
    zone,
    dayStart,
  }),
  { maxLength: 8 },
)
const start = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) }),
  // Days on which clocks change, and Apia's and Kiritimati's lost ones.
  fc.constantFrom(
    Date.UTC(2026, 2, 8),
    Date.UTC(2026, 2, 29),
    Date.UTC(2026, 10, 1),
    Date.UTC(2011, 11, 28),
    Date.UTC(1994, 11, 29),
  ),
)

interface Life {
  /** The rules as they stand at the end. */
  rules: DayRule[]
  from: number
  until: number
  /** The rules as a member of that moment had them. */
  rulesAt(at: number): readonly DayRule[]
}

/** Applies changes as changeDays does: the pending one is replaced, one back to what is in force withdraws it. */
function live(
  from: number,
  first: { zone: string; dayStart: number },
  asked: readonly { after: number; zone: string; dayStart: number }[],
): Life {
  let rules: DayRule[] = [{ fromAt: 0, ...first, lastDay: null, firstDay: localDay(0, first.zone, first.dayStart) }]
  const versions: Array<{ at: number; rules: DayRule[] }> = [{ at: 0, rules }]
  let at = from
  for (const change of asked) {
    at += change.after * MINUTE
    rules = rules.filter(rule => rule.fromAt <= at)
    const current = ruleAt(rules, at)
    if (change.zone !== current.zone || change.dayStart !== current.dayStart)
      rules = [...rules, ruleAfter(current, at, change.zone, change.dayStart)]
    versions.push({ at, rules })
  }
  return {
    rules,
    from,
    until: at + 4 * DAY_LENGTH,
    rulesAt: when => versions.findLast(version => version.at <= when)?.rules ?? [],
  }
}
const life = fc
  .tuple(start, fc.record({ zone, dayStart }), changes)
  .map(([from, first, asked]) => live(from, first, asked))

const dayAt = (rules: readonly DayRule[], at: number) => dayUnder(ruleAt(rules, at), at)

describe('the member’s day, whatever zones they move through', () => {
  test('never runs backwards', () => {
    fc.assert(
      fc.property(life, ({ rules, from, until }) => {
        let before = ''
        for (let at = from - DAY_LENGTH; at < until; at += 20 * MINUTE) {
          const day = dayAt(rules, at)
          expect(day >= before).toBe(true)
          before = day
        }
      }),
      { numRuns: 150 },
    )
  })

  test('that has begun is never changed by a later change', () => {
    fc.assert(
      fc.property(life, ({ rules, from, until, rulesAt }) => {
        for (let at = from; at < until; at += 37 * MINUTE) expect(dayAt(rulesAt(at), at)).toBe(dayAt(rules, at))
      }),
      { numRuns: 150 },
    )
  })

  test('stays open until the moment that was told', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 0, max: 6 * 24 * 60 }), ({ rulesAt, from }, minutes) => {
        const at = from + minutes * MINUTE
        const rules = rulesAt(at)
        const rule = ruleAt(rules, at)
        const pending = rules.find(candidate => candidate.fromAt > at) ?? null
        const day = dayUnder(rule, at)
        const next = nextDayOpensAt(rule, pending, day)
        expect(next).toBeGreaterThan(at)
        expect(dayAt(rules, next - 1)).toBe(day)
        expect(dayAt(rules, next) > day).toBe(true)
        expect(endOf(rule, day)).toBeLessThanOrEqual(next)
      }),
      { numRuns: 300 },
    )
  })

  test('is a whole one where a streak asks for it', () => {
    fc.assert(
      fc.property(life, ({ rules, from, until }) => {
        const opened = new Map<string, { first: number; last: number }>()
        for (let at = from - 2 * DAY_LENGTH; at < until; at += 10 * MINUTE) {
          const day = dayAt(rules, at)
          opened.set(day, { first: opened.get(day)?.first ?? at, last: at })
        }
        const due = [...opened].slice(1, -1).filter(([day]) => !neverHappened(rules)(day))
        for (const [, { first, last }] of due) expect(last - first).toBeGreaterThanOrEqual(23 * HOUR - 10 * MINUTE)
      }),
      { numRuns: 100 },
    )
  })

  test('who checks in once in 22 hours keeps an unbroken streak, wherever they fly', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 0, max: 24 * 60 }), ({ rules, from, until, rulesAt }, minutes) => {
        let streak: Streak | null = null
        let count = 0
        // A whole day has 23 hours at least.
        for (let at = from + minutes * MINUTE; at < until; at += 22 * HOUR) {
          const mine = rulesAt(at)
          const day = dayAt(mine, at)
          if (streak && day <= streak.lastDay) continue
          streak = advance(streak, day, neverHappened(mine))
          expect(streak.current).toBe(++count)
        }
        expect(streak?.current ?? 0).toBe(count)
        expect(rules.length).toBeGreaterThan(0)
      }),
      { numRuns: 300 },
    )
  })

  test('flying from London to Tokyo and checking in each evening keeps the streak', async () => {
    const london: DayRule = { fromAt: 0, zone: 'UTC', dayStart: 0, lastDay: null, firstDay: '1970-01-01' }
    const evening = Date.UTC(2026, 2, 4, 19)
    const rules = [london, ruleAfter(london, evening, 'Asia/Tokyo', 0)]
    const days = [0, 1, 2, 3].map(n => dayAt(rules, evening + n * DAY_LENGTH))
    // 19:00 in London is the next day in Tokyo: 5 March had only the hours after midnight in London.
    expect(days).toEqual(['2026-03-04', '2026-03-06', '2026-03-07', '2026-03-08'])
    expect(streakOf(days, neverHappened(rules))?.current).toBe(4)
  })

  test('who checks in on every day that is open to them keeps an unbroken streak', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 1, max: 200 }), ({ rules, from, until, rulesAt }, step) => {
        let streak: Streak | null = null
        let count = 0
        const days: string[] = []
        for (let at = from; at < until; at += step * MINUTE) {
          const mine = rulesAt(at)
          const day = dayAt(mine, at)
          if (streak && day <= streak.lastDay) continue
          streak = advance(streak, day, neverHappened(mine))
          days.push(day)
          expect(streak.current).toBe(++count)
          expect(standing(streak, day, neverHappened(mine))).toBe(count)
        }
        // Counted again from all days with the rules of the end: the same.
        expect(streakOf(days, neverHappened(rules))).toEqual(streak)
      }),
      { numRuns: 150 },
    )
  })
})

forEachEngine('changing the zone', engine => {
  const at = START // 10:00 UTC on 4 March

  test('before the first check-in takes effect at once', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { memberId } = await join(app, ada)
    expect(await transaction(app, inner => changeDays(inner, memberId, { zone: 'Asia/Tokyo' }, at))).toEqual({
      kind: 'now',
    })
    expect(await todayOf(app, memberId, Date.UTC(2026, 2, 4, 15))).toMatchObject({
      day: '2026-03-05',
      zone: 'Asia/Tokyo',
    })
  })

  test('afterwards waits for the end of the day; a second change replaces it, one back withdraws it', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    await checkIn(app, who, { at })
    const change = (zoneName: string, when: number) =>
      transaction(app, inner => changeDays(inner, who.memberId, { zone: zoneName }, when))
    const midnight = Date.UTC(2026, 2, 5)
    expect(await change('Asia/Tokyo', at)).toEqual({ kind: 'next-day', fromAt: midnight, currentZone: 'UTC' })
    expect(await change('America/Havana', at + 30 * MINUTE)).toMatchObject({ kind: 'next-day', fromAt: midnight })
    expect((await todayOf(app, who.memberId, at)).rules).toHaveLength(2)
    expect(await change('UTC', at + HOUR)).toEqual({ kind: 'same' })
    expect(await change('UTC', at + HOUR)).toEqual({ kind: 'same' })
    expect((await todayOf(app, who.memberId, at)).rules).toHaveLength(1)
  })

  test('never removes a check-in day, and the streak goes on across the date line both ways', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    const days: string[] = []
    let now = at
    for (const next of ['Pacific/Kiritimati', 'Etc/GMT+12', 'Pacific/Apia', 'Pacific/Pago_Pago', 'UTC']) {
      const outcome = await checkIn(app, who, { at: now })
      expect(outcome.kind).toBe('checked-in')
      days.push(outcome.day)
      await transaction(app, inner => changeDays(inner, who.memberId, { zone: next }, now))
      // The moment that was told for the next check-in.
      const again = await checkIn(app, who, { at: now + MINUTE })
      if (again.kind !== 'already-checked-in') throw new Error('a day was counted twice')
      now = again.nextAt
    }
    const stored = await app.db.selectFrom('checkins').select('day').orderBy('day').execute()
    expect(stored.map(row => row.day)).toEqual(days)
    expect(await viewStreak(app, who.memberId, now - 1)).toMatchObject({ current: 5, longest: 5, total: 5 })
  })

  test('eastwards late in the day asks for no day that is over in an hour', async () => {
    await using opened = await cleanApp(engine, { zone: 'Pacific/Honolulu', at: Date.UTC(2026, 2, 4, 20) })
    const { app, clock } = opened
    const who = await join(app, ada)
    const first = await checkIn(app, who, { at: clock.now() })
    await transaction(app, inner => changeDays(inner, who.memberId, { zone: 'Pacific/Apia' }, clock.now()))
    // 4 March ends in Honolulu at 23:00 on 5 March in Apia; Ada sleeps and checks in on the 6th.
    clock.set(Date.UTC(2026, 2, 5, 20))
    const second = await checkIn(app, who, { at: clock.now() })
    expect([first.day, second.day]).toEqual(['2026-03-04', '2026-03-06'])
    expect(second).toMatchObject({ kind: 'checked-in', streak: { current: 2 } })
    const view = await viewStreak(app, who.memberId, clock.now())
    expect(view?.days.slice(-3).map(({ state }) => state)).toEqual(['done', 'off', 'done'])
  })

  test('of one member changes nobody else’s days', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    const other = await join(app, lin)
    await transaction(app, inner => changeDays(inner, who.memberId, { zone: 'Asia/Tokyo', dayStart: 3 }, at))
    expect(await todayOf(app, other.memberId, at)).toMatchObject({ zone: 'UTC', dayStart: 0 })
  })
})

describe('a streak', () => {
  const never = (day: string) => day === '2026-03-05'
  const daysOfMarch = fc.uniqueArray(fc.integer({ min: 0, max: 25 }).map(offset => addDays('2026-03-01', offset)))

  /** Slow and obvious: walks the calendar. */
  function obvious(days: readonly string[], skipped: (day: string) => boolean): Streak | null {
    const done = new Set(days)
    const last = days.toSorted().at(-1)
    if (last === undefined) return null
    const runs: number[] = []
    let run = 0
    for (let day = '2026-02-28'; day <= last; day = addDays(day, 1)) {
      if (done.has(day)) run++
      else if (!skipped(day)) {
        runs.push(run)
        run = 0
      }
    }
    return { current: run, longest: Math.max(run, ...runs), total: done.size, lastDay: last }
  }

  test('is what a walk through the calendar counts, in whatever order the days came', () => {
    fc.assert(
      fc.property(daysOfMarch, fc.boolean(), (days, withHole) => {
        const skipped = withHole ? never : () => false
        fc.pre(!days.some(skipped))
        expect(streakOf(days, skipped)).toEqual(obvious(days, skipped))
      }),
      { numRuns: 300 },
    )
  })

  test('advances to what is counted from all days', () => {
    fc.assert(
      fc.property(daysOfMarch, days => {
        let streak: Streak | null = null
        for (const day of days.toSorted()) streak = advance(streak, day, () => false)
        expect(streak).toEqual(streakOf(days, () => false))
      }),
    )
  })

  test('stands until a whole day is missed', () => {
    const streak = { current: 3, longest: 3, total: 3, lastDay: '2026-03-04' }
    expect(standing(streak, '2026-03-04', () => false)).toBe(3)
    expect(standing(streak, '2026-03-05', () => false)).toBe(3)
    expect(standing(streak, '2026-03-06', () => false)).toBe(0)
    expect(standing(streak, '2026-03-06', never)).toBe(3)
    expect(standing(streak, '2026-03-07', never)).toBe(0)
  })

  test('cannot go on with a day it has passed', () => {
    expect(() => advance({ current: 1, longest: 1, total: 1, lastDay: '2026-03-04' }, '2026-03-04', never)).toThrow(
      RangeError,
    )
  })
})
