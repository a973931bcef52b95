/** How much each asker may ask for, in memory: a quota that refills evenly (generic cell rate algorithm). */

export interface Allowance {
  /** So many at once, and so many in each window. */
  readonly quota: number
  readonly windowMs: number
}

export interface Left {
  readonly allowed: boolean
  /** How many more may follow at once. */
  readonly remaining: number
  /** Until one may follow; 0 when it may now. */
  readonly waitMs: number
  /** Until the whole quota is there again. */
  readonly fullMs: number
}

export interface Allowances {
  /** Uses one, if there is one. */
  take(who: string): Left
  /** Puts one back. */
  giveBack(who: string): void
}

// Askers with their whole quota are forgotten once there are more; then those who have been known longest, down to half.
const MAX_KNOWN = 10_000

export function createAllowances(
  { quota, windowMs }: Allowance,
  now: () => number,
  maxKnown: number = MAX_KNOWN,
): Allowances {
  const every = windowMs / quota
  /** When each asker's quota is whole again. */
  const wholeAt = new Map<string, number>()

  const forget = (at: number) => {
    for (const [who, whole] of wholeAt) if (whole <= at) wholeAt.delete(who)
    if (wholeAt.size <= maxKnown) return
    for (const who of wholeAt.keys()) {
      if (wholeAt.size <= maxKnown / 2) return
      wholeAt.delete(who)
    }
  }

  return {
    take(who) {
      const at = now()
      // Never further ahead than a window: a clock that was set back locks nobody out.
      const before = Math.min(Math.max(wholeAt.get(who) ?? at, at), at + windowMs)
      const allowed = before + every <= at + windowMs
      const whole = allowed ? before + every : before
      wholeAt.set(who, whole)
      if (wholeAt.size > maxKnown) forget(at)
      return {
        allowed,
        remaining: Math.floor((at + windowMs - whole) / every),
        waitMs: Math.max(0, whole + every - at - windowMs),
        fullMs: whole - at,
      }
    },
    giveBack(who) {
      const whole = wholeAt.get(who)
      if (whole !== undefined) wholeAt.set(who, whole - every)
    },
  }
}

/** The network of an address: a whole /64 of IPv6, because that is what one household or machine is given. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped || !address.includes(':')) return mapped ?? address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const front = head === '' ? [] : head.split(':')
  const back = tail ? tail.split(':') : []
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
  return [...front, ...zeros, ...back].slice(0, 4).join(':')
}
