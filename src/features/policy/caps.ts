/** Frequency caps: how many deliveries of a class one member gets, in a rolling span or a calendar day or week. Pure. */
import { addDays, DAY_LENGTH, dayStart, HOUR, localDay, mondayOf } from '../../lib/time.ts'

export interface Limit {
  readonly most: number
  readonly over:
    | { readonly kind: 'day' }
    | { readonly kind: 'week' }
    | { readonly kind: 'rolling'; readonly ms: number }
}
export interface Cap {
  readonly limits: readonly Limit[]
  /** What becomes of one too many: it waits for room, or is left out. */
  readonly beyond: 'defer' | 'skip'
}

const LIMIT = /^(\d{1,3})\/(day|week|(\d{1,3})(h|d))$/
/** No count looks back further than this. */
export const LONGEST_MS = 31 * DAY_LENGTH

/** Reads `2/day 5/7d skip`: limits over `day`, `week`, hours (`24h`) or days (`7d`), then what happens beyond. `off` is null. */
export function readCap(written: string): Cap | null | undefined {
  const words = written
    .trim()
    .toLowerCase()
    .split(/[\s,;]+/)
  if (words.length === 1 && words[0] === 'off') return null
  const beyond = words.at(-1) === 'skip' ? 'skip' : 'defer'
  const named = words.at(-1) === 'skip' || words.at(-1) === 'defer' ? words.slice(0, -1) : words
  const limits = named.map(readLimit)
  if (limits.length === 0 || limits.length > 4 || limits.some(limit => limit === undefined)) return undefined
  return { limits: limits.filter(limit => limit !== undefined), beyond }
}

function readLimit(written: string): Limit | undefined {
  const [, most, over, count, unit] = LIMIT.exec(written) ?? []
  if (most === undefined || Number(most) < 1) return undefined
  if (over === 'day' || over === 'week') return { most: Number(most), over: { kind: over } }
  const ms = Number(count) * (unit === 'h' ? HOUR : DAY_LENGTH)
  return ms > 0 && ms <= LONGEST_MS ? { most: Number(most), over: { kind: 'rolling', ms } } : undefined
}

/** As it is stored and shown. */
export function writeCap(cap: Cap | null): string {
  if (cap === null) return 'off'
  const limits = cap.limits.map(({ most, over }) => {
    if (over.kind !== 'rolling') return `${most}/${over.kind}`
    return over.ms % DAY_LENGTH === 0 && over.ms > DAY_LENGTH
      ? `${most}/${over.ms / DAY_LENGTH}d`
      : `${most}/${over.ms / HOUR}h`
  })
  return [...limits, cap.beyond].join(' ')
}

/** From when on a limit counts. */
function since({ over }: Limit, zone: string, at: number): number {
  if (over.kind === 'rolling') return at - over.ms + 1
  const today = localDay(at, zone)
  return dayStart(over.kind === 'day' ? today : mondayOf(today), zone)
}

/** When there is room under every limit again, given when earlier ones went; null when there is room now. */
export function roomAt(limits: readonly Limit[], sent: readonly number[], zone: string, at: number): number | null {
  let room: number | null = null
  for (const limit of limits) {
    if (sent.length < limit.most) continue
    const from = since(limit, zone, at)
    const counted = sent.filter(one => one >= from).sort((a, b) => a - b)
    if (counted.length < limit.most) continue
    const leaving = counted[counted.length - limit.most] ?? at
    const opens = limit.over.kind === 'rolling' ? leaving + limit.over.ms : calendarEnd(limit.over.kind, zone, at)
    room = Math.max(room ?? opens, opens)
  }
  return room
}

function calendarEnd(unit: 'day' | 'week', zone: string, at: number): number {
  const today = localDay(at, zone)
  return dayStart(unit === 'day' ? addDays(today, 1) : addDays(mondayOf(today), 7), zone)
}
