// The rules of the send policy: quiet hours by the reader's clock, caps over rolling spans and calendar days, and which rule speaks first.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCap, roomAt, writeCap } from '#src/features/policy/caps.ts'
import { type Facts, judge, type PersonFacts } from '#src/features/policy/judge.ts'
import { quietEnd, readQuiet, writeQuiet } from '#src/features/policy/quiet.ts'
import { DAY_LENGTH, HOUR, MINUTE } from '#src/lib/time.ts'

const utc = (text: string): number => Date.parse(`${text}Z`)
const hours = (written: string) => readQuiet(written) ?? { from: 0, to: 0 }
const quiet = (written: string, zone: string, at: string): string | null => {
  const end = quietEnd(hours(written), zone, utc(at))
  return end === null ? null : new Date(end).toISOString().slice(0, 16)
}

describe('quiet hours', () => {
  test.each<[string, string, string, string | null]>([
    // Over midnight: before and after it, and on both edges.
    ['22:00-08:00', 'UTC', '2026-03-04T21:59:59.999', null],
    ['22:00-08:00', 'UTC', '2026-03-04T22:00', '2026-03-05T08:00'],
    ['22:00-08:00', 'UTC', '2026-03-05T00:00', '2026-03-05T08:00'],
    ['22:00-08:00', 'UTC', '2026-03-05T07:59:59.999', '2026-03-05T08:00'],
    ['22:00-08:00', 'UTC', '2026-03-05T08:00', null],
    // Within a day.
    ['12:30-13:15', 'UTC', '2026-03-04T12:29', null],
    ['12:30-13:15', 'UTC', '2026-03-04T12:30', '2026-03-04T13:15'],
    ['12:30-13:15', 'UTC', '2026-03-04T13:15', null],
    // From and to midnight.
    ['00:00-06:00', 'UTC', '2026-03-04T23:59', null],
    ['00:00-06:00', 'UTC', '2026-03-05T00:00', '2026-03-05T06:00'],
    ['20:00-00:00', 'UTC', '2026-03-04T23:59', '2026-03-05T00:00'],
    ['20:00-00:00', 'UTC', '2026-03-05T00:00', null],
    // By the clock where they live.
    ['22:00-08:00', 'Asia/Shanghai', '2026-03-04T14:00', '2026-03-05T00:00'],
    ['22:00-08:00', 'America/St_Johns', '2026-01-05T01:30', '2026-01-05T11:30'],
    // The night in which clocks go forward is an hour shorter, the one in which they go back an hour longer.
    ['22:00-08:00', 'Europe/Berlin', '2026-03-28T21:00', '2026-03-29T06:00'],
    ['22:00-08:00', 'Europe/Berlin', '2026-10-24T20:00', '2026-10-25T07:00'],
    // An end that clocks skip (02:00 to 03:00 there): the moment they go on. A begin that they skip: the same.
    ['22:00-02:30', 'Europe/Berlin', '2026-03-29T00:30', '2026-03-29T01:00'],
    ['22:00-02:30', 'Europe/Berlin', '2026-03-29T01:00', null],
    ['02:30-05:00', 'Europe/Berlin', '2026-03-29T00:59', null],
    ['02:30-05:00', 'Europe/Berlin', '2026-03-29T01:00', '2026-03-29T03:00'],
    // Both in the gap: nothing is left of them.
    ['02:10-02:50', 'Europe/Berlin', '2026-03-29T01:00', null],
    // An end that clocks show twice: the first time; a begin that they show twice: the first time.
    ['22:00-02:30', 'Europe/Berlin', '2026-10-25T00:29', '2026-10-25T00:30'],
    ['22:00-02:30', 'Europe/Berlin', '2026-10-25T00:45', null],
    ['02:30-05:00', 'Europe/Berlin', '2026-10-25T00:30', '2026-10-25T04:00'],
    // Midnight itself twice (Havana), and a day that never was (Apia).
    ['00:30-07:00', 'America/Havana', '2026-11-01T04:40', '2026-11-01T12:00'],
    ['00:30-07:00', 'America/Havana', '2026-11-01T05:10', '2026-11-01T12:00'],
    ['22:00-08:00', 'Pacific/Apia', '2011-12-30T09:00', '2011-12-30T18:00'],
  ])('%s in %s at %s: until %s', (written, zone, at, expected) => {
    expect(quiet(written, zone, at)).toBe(expected)
  })

  test('that begin when they end are none', () => {
    expect(quietEnd({ from: 480, to: 480 }, 'UTC', utc('2026-03-04T08:00'))).toBeNull()
    expect(readQuiet('8:00-8:00')).toBeUndefined()
  })

  test('never end before they are asked about, nor later than a day and two hours', () => {
    const minute = fc.integer({ min: 0, max: 1439 })
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Havana', 'Australia/Lord_Howe', 'Asia/Kathmandu')
    const at = fc.integer({ min: utc('2026-01-01T00:00'), max: utc('2027-01-01T00:00') })
    fc.assert(
      fc.property(minute, minute, zone, at, (from, to, where, now) => {
        const end = quietEnd({ from, to }, where, now)
        if (end === null) return
        expect(end).toBeGreaterThan(now)
        expect(end - now).toBeLessThanOrEqual(26 * HOUR)
        // What is held back to the end is not held back again by the same hours.
        expect(quietEnd({ from, to }, where, end)).toBeNull()
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['22:00-08:00', '22:00-08:00'],
    [' 22 - 8 ', '22:00-08:00'],
    ['22：30至7：15', '22:30-07:15'],
    ['21:05 to 6', '21:05-06:00'],
    ['OFF', 'off'],
  ])('“%s” is read as %s', (typed, written) => {
    const read = readQuiet(typed)
    expect(read === undefined ? undefined : writeQuiet(read)).toBe(written)
  })

  test.each(['', 'night', '24:00-08:00', '22:60-08:00', '22:00', '22:00-08:00-09:00'])('“%s” is refused', typed => {
    expect(readQuiet(typed)).toBeUndefined()
  })
})

describe('caps', () => {
  test.each([
    ['2/day 5/7d', '2/day 5/7d defer'],
    ['3/week SKIP', '3/week skip'],
    ['10/24h, 1/1h defer', '10/24h 1/1h defer'],
    ['1/1d', '1/24h defer'],
    ['off', 'off'],
  ])('“%s” is read as %s', (typed, written) => {
    const cap = readCap(typed)
    expect(cap === undefined ? undefined : writeCap(cap)).toBe(written)
    // What is written is read the same.
    expect(readCap(written)).toEqual(cap)
  })

  test.each(['', '2', '0/day', '2/month', '2/0h', '2/40d', 'skip', '1/day 2/day 3/day 4/day 5/day', '2/day whenever'])(
    '“%s” is refused',
    typed => {
      expect(readCap(typed)).toBeUndefined()
    },
  )

  const limits = (written: string) => readCap(written)?.limits ?? []
  // Thursday, 5 March 2026, 10:00 UTC.
  const now = utc('2026-03-05T10:00')

  test.each<[string, string, number[], string | null]>([
    // Rolling: room when the oldest of those that count leaves.
    ['2/24h', 'UTC', [now - HOUR], null],
    ['2/24h', 'UTC', [now - 5 * HOUR, now - HOUR], '2026-03-06T05:00'],
    ['2/24h', 'UTC', [now - 24 * HOUR, now - HOUR], null],
    ['2/24h', 'UTC', [now - 24 * HOUR + 1, now - HOUR], '2026-03-05T10:00'],
    // Over the limit already (it was lowered): room when enough of them left.
    ['1/24h', 'UTC', [now - 5 * HOUR, now - HOUR, now], '2026-03-06T10:00'],
    // By the calendar where they live: it is 18:00 in Shanghai, 23:00 the day before in Honolulu… of Wednesday.
    ['1/day', 'UTC', [now - 11 * HOUR], null],
    ['1/day', 'UTC', [now - 10 * HOUR], '2026-03-06T00:00'],
    ['1/day', 'Asia/Shanghai', [now - 17 * HOUR], '2026-03-05T16:00'],
    ['1/day', 'Asia/Shanghai', [now - 19 * HOUR], null],
    ['1/week', 'UTC', [utc('2026-03-02T00:00')], '2026-03-09T00:00'],
    ['1/week', 'UTC', [utc('2026-03-01T23:59')], null],
    // The latest of several.
    ['1/day 2/7d', 'UTC', [now - 3 * DAY_LENGTH, now - HOUR], '2026-03-09T10:00'],
  ])('%s in %s', (written, zone, sent, expected) => {
    const room = roomAt(limits(written), sent, zone, now)
    expect(room === null ? null : new Date(room).toISOString().slice(0, 16)).toBe(expected)
  })

  test('a day of 25 hours is one day', () => {
    const sent = [utc('2026-10-24T22:30')]
    expect(roomAt(limits('1/day'), sent, 'Europe/Berlin', utc('2026-10-25T22:00'))).toBe(utc('2026-10-25T23:00'))
  })

  test('what is held back has room then', () => {
    const ago = fc.array(fc.integer({ min: 0, max: 20 * DAY_LENGTH }), { maxLength: 12 })
    const written = fc.constantFrom('1/day', '2/24h', '3/week 1/12h', '2/day 5/7d')
    fc.assert(
      fc.property(written, ago, (cap, agos) => {
        const sent = agos.map(each => now - each)
        const room = roomAt(limits(cap), sent, 'Europe/Berlin', now)
        if (room === null) return
        expect(room).toBeGreaterThan(now)
        expect(roomAt(limits(cap), sent, 'Europe/Berlin', room)).toBeNull()
      }),
    )
  })
})

describe('the policy', () => {
  const at = utc('2026-03-04T23:00')
  const member: NonNullable<PersonFacts['member']> = {
    zone: 'UTC',
    quiet: null,
    cap: null,
    mostADay: null,
    sent: [],
    sentInAll: [],
  }
  const person: PersonFacts = { permission: 'asked', snoozedUntil: null, member }
  const facts = (more: Partial<Facts> = {}): Facts => ({
    class: 'marketing',
    suppressed: false,
    person,
    said: false,
    ...more,
  })
  const of = (more: Partial<NonNullable<PersonFacts['member']>>) =>
    facts({ person: { ...person, member: { ...member, ...more } } })
  const night = hours('22:00-08:00')
  const cap = (written: string) => readCap(written) ?? null

  test.each<[string, Facts, unknown]>([
    ['nothing objects', facts(), { kind: 'send', because: 'asked' }],
    ['suppressed', facts({ suppressed: true }), { kind: 'skip', rule: 'suppression' }],
    ['never asked for', facts({ person: { ...person, permission: 'none' } }), { kind: 'skip', rule: 'consent' }],
    ['turned off', facts({ person: { ...person, permission: 'refused' } }), { kind: 'skip', rule: 'topic' }],
    [
      'assumed',
      facts({ class: 'service', person: { ...person, permission: 'assumed' } }),
      { kind: 'send', because: 'assumed' },
    ],
    [
      'snoozed',
      facts({ person: { ...person, snoozedUntil: at + 1 } }),
      { kind: 'defer', rule: 'snooze', until: at + 1 },
    ],
    ['snoozed until now', facts({ person: { ...person, snoozedUntil: at } }), { kind: 'send', because: 'asked' }],
    ['at night', of({ quiet: night }), { kind: 'defer', rule: 'quiet', until: utc('2026-03-05T08:00') }],
    [
      'too many, deferred',
      of({ cap: cap('1/day'), sent: [at] }),
      { kind: 'defer', rule: 'cap', until: utc('2026-03-05T00:00') },
    ],
    ['too many, skipped', of({ cap: cap('1/day skip'), sent: [at] }), { kind: 'skip', rule: 'cap' }],
    [
      'more than they want',
      of({ mostADay: 1, sentInAll: [at] }),
      { kind: 'defer', rule: 'cap', until: utc('2026-03-05T00:00') },
    ],
    ['they want none at all', of({ mostADay: 0 }), { kind: 'skip', rule: 'cap' }],
    ['said before', facts({ said: true }), { kind: 'skip', rule: 'duplicate' }],
    ['somebody of no community', facts({ person: { ...person, member: null } }), { kind: 'send', because: 'asked' }],
    ['a channel', facts({ person: null }), { kind: 'send', because: 'channel' }],
    ['a channel that was told', facts({ person: null, said: true }), { kind: 'skip', rule: 'duplicate' }],
  ])('%s', (_, given, expected) => {
    expect(judge(given, at)).toEqual(expected)
  })

  test('what answers somebody passes everything but the suppression list', () => {
    const against: PersonFacts = {
      permission: 'refused',
      snoozedUntil: at + DAY_LENGTH,
      member: { ...member, quiet: night, cap: cap('1/day skip'), mostADay: 0, sent: [at], sentInAll: [at] },
    }
    const answer = facts({ class: 'transactional', person: against, said: true })
    expect(judge(answer, at)).toEqual({ kind: 'send', because: 'answer' })
    expect(judge({ ...answer, suppressed: true }, at)).toEqual({ kind: 'skip', rule: 'suppression' })
  })

  test('the first rule that objects decides: suppression, consent, topic, snooze, quiet hours, cap, duplicate', () => {
    const everything = of({ quiet: night, cap: cap('1/day skip'), sent: [at] })
    const snoozed = { ...everything, person: { ...everything.person, snoozedUntil: at + MINUTE } as PersonFacts }
    const said = { ...of({}), said: true }
    const rules = [
      { ...snoozed, suppressed: true },
      { ...snoozed, person: { ...snoozed.person, permission: 'none' } as PersonFacts },
      { ...snoozed, person: { ...snoozed.person, permission: 'refused' } as PersonFacts },
      { ...snoozed, said: true },
      { ...everything, said: true },
      { ...of({ cap: cap('1/day skip'), sent: [at] }), said: true },
      said,
    ].map(each => {
      const verdict = judge(each, at)
      return verdict.kind === 'send' ? 'send' : verdict.rule
    })
    expect(rules).toEqual(['suppression', 'consent', 'topic', 'snooze', 'quiet', 'cap', 'duplicate'])
  })
})
