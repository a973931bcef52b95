// Ids, languages, zones: the small pure pieces.
import { describe, expect, test } from 'vitest'
import { createIds, fingerprint, hashSecret, linkSecret, randomCharacters } from '#src/lib/ids.ts'
import { formatDay, formatInstant, formatSpan, formatTime, nearestLocale, pluralForm } from '#src/lib/locale.ts'
import { withoutPassword } from '#src/lib/problem.ts'
import { HOUR, MINUTE } from '#src/lib/time.ts'
import { canonicalZone, searchZones, zoneName } from '#src/lib/zones.ts'
import { heldClock, seededRandom } from '#test/support/app.ts'

describe('ids', () => {
  test('sort by the time they were made, and have a prefix and twenty characters', () => {
    const clock = heldClock()
    const ids = createIds(clock.now, seededRandom(7))
    const made = Array.from({ length: 200 }, () => {
      clock.advance(1 + (clock.now() % 977))
      return ids('mem')
    })
    expect(made.toSorted()).toEqual(made)
    for (const id of made) expect(id).toMatch(/^mem[0-9a-hjkmnp-tv-z]{20}$/)
  })

  test('do not repeat within one millisecond', () => {
    const ids = createIds(() => 0, seededRandom(7))
    expect(new Set(Array.from({ length: 5000 }, () => ids('mem'))).size).toBe(5000)
  })

  test('refuse a prefix that is not three letters', () => {
    const ids = createIds(() => 0, seededRandom(7))
    for (const prefix of ['', 'me', 'memb', 'ME1']) expect(() => ids(prefix)).toThrow('three lower-case letters')
  })

  test('secrets for links have 32 bytes and are stored as something else', () => {
    const secret = linkSecret(seededRandom(7))
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(hashSecret(secret)).not.toContain(secret)
    expect(hashSecret(secret)).toBe(hashSecret(secret))
  })

  test('random characters use the whole alphabet and no letter that is misread', () => {
    const used = new Set(randomCharacters(seededRandom(3), 5000))
    expect([...used].sort().join('')).toBe('0123456789abcdefghjkmnpqrstvwxyz')
    expect(fingerprint('a', 4)).not.toBe(fingerprint('b', 4))
  })
})

describe('languages', () => {
  test.each([
    ['en-GB', 'en'],
    ['zh-Hans-CN', 'zh-CN'],
    ['zh_TW', 'zh-CN'],
    ['ZH', 'zh-CN'],
    ['de', null],
    ['', null],
    [undefined, null],
  ])('%s is answered in %s', (tag, expected) => expect(nearestLocale(tag)).toBe(expected))

  test('numbers choose their form', () => {
    expect([0, 1, 2].map(value => pluralForm(value, 'en'))).toEqual(['other', 'one', 'other'])
    expect(pluralForm(1, 'zh-CN')).toBe('other')
  })

  test('days, times and instants are written as the language does, in the zone given', () => {
    const at = Date.UTC(2026, 2, 4, 16)
    expect(formatDay('2026-03-04', 'en')).toBe('4 March')
    expect(formatDay('2026-03-04', 'zh-CN')).toBe('3 月 4 日')
    expect(formatTime(at, 'Asia/Shanghai', 'en')).toBe('00:00')
    expect(formatInstant(at, 'Asia/Shanghai', 'en')).toBe('5 March, 00:00')
    expect(formatInstant(at, 'Asia/Shanghai', 'zh-CN')).toBe('3 月 5 日 00:00')
  })

  test.each([
    [0, '1 min'],
    [89 * MINUTE, '89 min'],
    [2 * HOUR - 1, '120 min'],
    [2 * HOUR, '2 h'],
    [47 * HOUR, '47 h'],
    [48 * HOUR, '2 days'],
  ])('a span of %d ms reads %s', (ms, words) => expect(formatSpan(ms, 'en')).toBe(words))
})

describe('zones', () => {
  test.each([
    ['Europe/London', 'Europe/London'],
    ['europe/london', 'Europe/London'],
    ['new york', 'America/New_York'],
    ['America/New York', 'America/New_York'],
    ['tokyo', 'Asia/Tokyo'],
    ['上海', 'Asia/Shanghai'],
    ['上海时间', 'Asia/Shanghai'],
    ...['北京', '北京时间', '广州', '深圳', '成都', '重庆', '杭州', '中国', 'Beijing', ' beijing '].map(
      (typed): [string, string] => [typed, 'Asia/Shanghai'],
    ),
    ['utc', 'UTC'],
    [' Asia/Tokyo ', 'Asia/Tokyo'],
  ])('“%s” is %s', (typed, zone) => expect(canonicalZone(typed)).toBe(zone))

  test.each(['', ' ', '+08:00', 'GMT+8', 'UTC+1', 'Etc/GMT+5', 'nowhere', 'Europe', '../etc/passwd', 'x'.repeat(5000)])(
    '“%s” is no zone',
    typed => expect(canonicalZone(typed)).toBeNull(),
  )

  test('what is accepted can be counted with', () => {
    for (const typed of ['Asia/Calcutta', 'US/Pacific', 'GB', 'Asia/Kolkata']) {
      const zone = canonicalZone(typed)
      expect(zone).not.toBeNull()
      expect(() => formatTime(0, zone ?? '', 'en')).not.toThrow()
      // Accepted again as it was spelled: what is stored can be typed.
      expect(canonicalZone(zone ?? '')).toBe(zone)
    }
  })

  test('a search finds by part of a name, in both languages, and keeps to its limit', () => {
    expect(searchZones('lond', 5)).toEqual(['Europe/London'])
    expect(searchZones('上', 5)).toEqual(['Asia/Shanghai'])
    for (const typed of ['北京', '深', '中国', 'Beij']) expect(searchZones(typed, 5)).toEqual(['Asia/Shanghai'])
    expect(searchZones('', 25)).toHaveLength(25)
    expect(searchZones('zzz', 25)).toEqual([])
  })

  test('a zone is named in the reader’s language', () => {
    expect(zoneName('Asia/Shanghai', 'zh-CN')).toBe('上海时间')
    expect(zoneName('Asia/Shanghai', 'en')).toBe('Asia/Shanghai')
    expect(zoneName('America/New_York', 'zh-CN')).toBe('纽约时间')
    expect(zoneName('America/Port-au-Prince', 'zh-CN')).toBe('America/Port-au-Prince')
  })
})

describe('a URL that is shown', () => {
  test.each([
    ['postgres://ada:secret@db/muster', 'postgres://ada:***@db/muster'],
    ['postgres://ada:s3:cr@et@db/muster', 'postgres://ada:***@db/muster'],
    ['postgresql://ada:secret@db:5432/m?sslmode=require', 'postgresql://ada:***@db:5432/m?sslmode=require'],
    ['postgres://db/muster?user=ada&password=secret', 'postgres://db/muster?user=ada&password=***'],
    ['postgres://ada@db/muster', 'postgres://ada@db/muster'],
    ['sqlite:data/muster.db', 'sqlite:data/muster.db'],
  ])('%s hides its password', (url, shown) => expect(withoutPassword(url)).toBe(shown))
})
