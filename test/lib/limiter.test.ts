import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLimiter, type Pace } from '#src/lib/limiter.ts'
import { MINUTE, SECOND } from '#src/lib/time.ts'
import { heldClock } from '#test/support/app.ts'

const PACE: Pace = { perSecond: 10, perChatSecond: 1, chatBurst: 3, perGroupMinute: 5 }

/** Most events in any window of this length. */
function most(times: readonly number[], window: number): number {
  let best = 0
  let from = 0
  for (let to = 0; to < times.length; to++) {
    while ((times[to] ?? 0) - (times[from] ?? 0) >= window) from++
    best = Math.max(best, to - from + 1)
  }
  return best
}

/** Sends as fast as the limiter allows, chats in the order given; when each message went. */
function sendAll(pace: Pace, chats: readonly string[], idle: readonly number[] = []) {
  const clock = heldClock(0)
  const limiter = createLimiter(pace, clock.now)
  const sent: Array<{ chat: string; at: number }> = []
  for (const [i, chat] of chats.entries()) {
    clock.advance(idle[i] ?? 0)
    let guard = 0
    for (let wait = limiter.waitFor(chat, true); wait > 0; wait = limiter.waitFor(chat, true)) {
      if (guard++ > 10) throw new Error('the wait it named was not enough, ten times over')
      clock.advance(wait)
    }
    limiter.count(chat, true)
    sent.push({ chat, at: clock.now() })
  }
  return sent
}

describe('the limiter', () => {
  const chats = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 60 })
  const idle = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 60 })

  test('is never faster than the pace over any window: overall, per chat, and per group and minute', () => {
    fc.assert(
      fc.property(chats, idle, (order, pauses) => {
        const sent = sendAll(PACE, order, pauses)
        expect(
          most(
            sent.map(({ at }) => at),
            SECOND,
          ),
          // One more, where the first of them was late.
        ).toBeLessThanOrEqual(PACE.perSecond + 1)
        for (const chat of ['a', 'b', 'c', 'd']) {
          const times = sent.filter(one => one.chat === chat).map(({ at }) => at)
          expect(most(times, MINUTE)).toBeLessThanOrEqual(PACE.perGroupMinute)
          // The burst, and one more per second.
          for (const seconds of [1, 2, 5])
            expect(most(times, seconds * SECOND)).toBeLessThanOrEqual(PACE.chatBurst + seconds * PACE.perChatSecond)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('spaces messages evenly instead of letting a second’s worth go at once', () => {
    const sent = sendAll({ ...PACE, perGroupMinute: Number.POSITIVE_INFINITY }, ['a', 'b', 'c', 'd'])
    expect(sent.map(({ at }) => at)).toEqual([0, 100, 200, 300])
  })

  test('turns that are taken a little late cost nothing: the rate is kept, and nothing is caught up with after a silence', () => {
    const pace = { ...PACE, perSecond: 28, perGroupMinute: Number.POSITIVE_INFINITY }
    const chats = Array.from({ length: 281 }, (_, i) => `chat ${i}`)
    // Each timer is late by 0 to 3 ms.
    const late = sendAll(
      pace,
      chats,
      chats.map((_, i) => i % 4),
    ).map(({ at }) => at)
    expect((late.at(-1) ?? 0) - (late[0] ?? 0)).toBeLessThanOrEqual(10 * SECOND + 5)
    expect(most(late, SECOND)).toBeLessThanOrEqual(29)
    const rested = sendAll(pace, chats, [0, 0, 0, 60 * SECOND]).map(({ at }) => at)
    expect(most(rested, SECOND)).toBeLessThanOrEqual(28)
  })

  test('a quiet chat may have its burst, then one per second', () => {
    const sent = sendAll({ ...PACE, perSecond: 1000, perGroupMinute: Number.POSITIVE_INFINITY }, Array(5).fill('a'))
    expect(sent.map(({ at }) => at)).toEqual([0, 1, 2, 1000, 2000])
  })

  test('replies are counted although they never wait, so that deliveries make room for them', () => {
    const clock = heldClock(0)
    const limiter = createLimiter(PACE, clock.now)
    for (let i = 0; i < 5; i++) limiter.count('a', true)
    expect(limiter.waitFor('a', true)).toBe(MINUTE)
    expect(limiter.waitFor('b', true)).toBe(500)
    clock.advance(MINUTE)
    expect(limiter.waitFor('a', true)).toBe(0)
  })

  test('a group’s minute has room for a message once enough of it is over, whatever went before', () => {
    const clock = heldClock(0)
    const limiter = createLimiter(PACE, clock.now)
    for (let i = 0; i < 4; i++) {
      limiter.count('a', true)
      clock.advance(SECOND)
    }
    expect([1, 2, 3, 5, 99].map(messages => limiter.groupWait('a', messages))).toEqual(
      [0, 56, 57, 59, 59].map(seconds => seconds * SECOND),
    )
    expect(limiter.groupWait('b', 5)).toBe(0)
    clock.advance(56 * SECOND)
    expect(limiter.groupWait('a', 2)).toBe(0)
  })

  test('however many replies went past a group’s minute, it has room again a minute after the last ones', () => {
    const clock = heldClock(0)
    const limiter = createLimiter(PACE, clock.now)
    for (let i = 0; i < 100_000; i++) {
      limiter.count('a', true)
      if (i % 10_000 === 0) clock.advance(SECOND)
    }
    expect(limiter.groupWait('a')).toBe(MINUTE)
    clock.advance(MINUTE)
    expect([limiter.groupWait('a', 5), limiter.waitFor('a', true)]).toEqual([0, 0])
  })

  test('without such a limit, no group waits for its minute', () => {
    const limiter = createLimiter({ ...PACE, perGroupMinute: Number.POSITIVE_INFINITY }, () => 0)
    for (let i = 0; i < 50; i++) limiter.count('a', true)
    expect(limiter.groupWait('a', 50)).toBe(0)
  })

  test('after a crowd of replies, deliveries go on within seconds', () => {
    const clock = heldClock(0)
    const limiter = createLimiter({ ...PACE, perGroupMinute: Number.POSITIVE_INFINITY }, clock.now)
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 100; i++) limiter.count(`chat ${i}`, false)
      clock.advance(SECOND)
    }
    expect(limiter.waitFor('quiet', false)).toBeLessThanOrEqual(5 * SECOND)
  })

  test('private chats have no minute’s limit', () => {
    const clock = heldClock(0)
    const limiter = createLimiter({ ...PACE, perChatSecond: 1000 }, clock.now)
    for (let i = 0; i < 20; i++) {
      limiter.count('a', false)
      clock.advance(200)
    }
    expect(limiter.waitFor('a', false)).toBe(0)
  })

  test('a pause holds every chat until it is over, and a shorter one does not cut it short', () => {
    const clock = heldClock(0)
    const limiter = createLimiter(PACE, clock.now)
    limiter.pause(5000)
    limiter.pause(1000)
    expect(limiter.pausedFor()).toBe(5000)
    expect(limiter.waitFor('a', false)).toBe(5000)
    clock.advance(5000)
    expect(limiter.pausedFor()).toBe(0)
    expect(limiter.waitFor('a', false)).toBe(0)
  })

  test('goes on when the clock is set back', () => {
    let at = 10 * 3600_000
    const limiter = createLimiter({ perSecond: 10, perChatSecond: 10, chatBurst: 1, perGroupMinute: 5 }, () => at)
    limiter.count('chat', true)
    at -= 3600_000
    expect(limiter.waitFor('chat', true)).toBeLessThanOrEqual(100)
    at += 100
    expect(limiter.waitFor('chat', true)).toBe(0)
  })
})
