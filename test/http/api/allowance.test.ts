import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAllowances, networkOf } from '#src/http/api/allowance.ts'
import { preferredLocale } from '#src/http/api/language.ts'

const RATE = { quota: 10, windowMs: 1000 }

describe('an allowance', () => {
  test('never gives more than the quota at once, nor more than the quota beyond what refilled', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 400 }), { maxLength: 200 }), pauses => {
        let now = 1_000_000
        const allowances = createAllowances(RATE, () => now)
        let given = 0
        for (const pause of pauses) {
          now += pause
          if (allowances.take('a').allowed) given++
          expect(given).toBeLessThanOrEqual(RATE.quota + (now - 1_000_000) / 100)
        }
      }),
    )
  })

  test('tells what is left, when one more is there, and when all are', () => {
    let now = 0
    const allowances = createAllowances(RATE, () => now)
    expect(allowances.take('a')).toEqual({ allowed: true, remaining: 9, waitMs: 0, fullMs: 100 })
    for (let i = 0; i < 9; i++) allowances.take('a')
    expect(allowances.take('a')).toEqual({ allowed: false, remaining: 0, waitMs: 100, fullMs: 1000 })
    expect(allowances.take('b').allowed).toBe(true)
    now += 99
    expect(allowances.take('a').waitMs).toBe(1)
    now += 1
    expect(allowances.take('a').allowed).toBe(true)
    allowances.giveBack('a')
    expect(allowances.take('a').allowed).toBe(true)
  })

  test('a clock that is set back locks nobody out for longer than a window', () => {
    let now = 10_000_000
    const allowances = createAllowances(RATE, () => now)
    for (let i = 0; i < 10; i++) allowances.take('a')
    now = 0
    expect(allowances.take('a')).toMatchObject({ allowed: false, waitMs: 100 })
    now += 100
    expect(allowances.take('a').allowed).toBe(true)
  })

  test('remembers no more askers than it is told to, and forgets those with a whole quota first', () => {
    let now = 0
    const allowances = createAllowances(RATE, () => now, 100)
    for (let i = 0; i < 50; i++) allowances.take(`early ${i}`)
    now += 100
    for (let i = 0; i < 10; i++) allowances.take('busy')
    for (let i = 0; i < 60; i++) allowances.take(`late ${i}`)
    expect(allowances.take('busy').allowed).toBe(false)
    for (let i = 0; i < 1000; i++) allowances.take(`crowd ${i}`)
    expect(allowances.take('crowd 999').remaining).toBe(8)
  })
})

test('a network is one address of the old kind, or a /64 of the new', () => {
  expect(networkOf('203.0.113.9')).toBe('203.0.113.9')
  expect(networkOf('::ffff:203.0.113.9')).toBe('203.0.113.9')
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2')
  expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0')
  expect(networkOf('2001:db8:0:0:ffff::')).toBe('2001:db8:0:0')
  expect(networkOf('::1')).toBe('0:0:0:0')
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0')
  expect(networkOf('')).toBe('')
})

test('the language is the best of those asked for that we speak', () => {
  expect(preferredLocale(undefined)).toBeNull()
  expect(preferredLocale('')).toBeNull()
  expect(preferredLocale('*')).toBeNull()
  expect(preferredLocale('fr-CH, fr;q=0.9')).toBeNull()
  expect(preferredLocale('zh-TW')).toBe('zh-CN')
  expect(preferredLocale('en;q=0.8,zh-CN;q=0.9')).toBe('zh-CN')
  expect(preferredLocale('en , zh')).toBe('en')
  expect(preferredLocale('zh;q=0')).toBeNull()
  expect(preferredLocale('zh;q=nonsense')).toBe('zh-CN')
  expect(preferredLocale('x,'.repeat(100_000))).toBeNull()
})
