/** Taking somebody out of what others asked and were told: stored JSON in which their names and ids stand. Pure. */
import type { Whole } from './contribution.ts'

/** Stands where a name stood. */
const BLANK = '…'

export interface Traces {
  /** Whether stored JSON may hold something of them; `without` then tells. */
  isIn(json: string): boolean
  /** The JSON without them. */
  without(json: string): string
  /** Plain words without them. */
  unnamed(words: string): string
}

const escaped = (word: string): string => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
/** A word of Latin letters and digits counts only where it stands alone: "Al" is not in "Also". Other scripts set no spaces. */
const alone = (word: string): string =>
  /^[\p{Script=Latin}\p{Nd}_]+$/u.test(word) ? `(?<![\\p{L}\\p{N}_])${escaped(word)}(?![\\p{L}\\p{N}_])` : escaped(word)

/** What the shape of stored JSON is made of; never what somebody wrote. */
const SHAPE = new Set(
  'answer bot by command eventId key kind locale path platform style tone type visibility what zone'.split(' '),
)

const same = (words: string): string => words

/** What tells who somebody is: their names, usernames and ids on the platforms. */
export function tracesOf({ identities }: Pick<Whole, 'identities'>): Traces {
  const ids = new Set(identities.map(({ platformId }) => platformId))
  const words = [...ids, ...identities.flatMap(({ name, username }) => [name, username ?? ''])]
  const known = [...new Set(words.filter(word => word !== ''))].sort((a, b) => b.length - a.length)
  if (known.length === 0) return { isIn: () => false, without: same, unnamed: same }
  const pattern = new RegExp(known.map(alone).join('|'), 'giu')
  const written = known.map(word => JSON.stringify(word).slice(1, -1).toLowerCase())

  function strip(value: unknown): unknown {
    if (typeof value === 'string') return value.replace(pattern, BLANK)
    if (Array.isArray(value)) return value.map(strip)
    if (typeof value !== 'object' || value === null) return value
    if (isMentionOf(value)) return { ...value, name: '', ids: {} }
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) =>
        SHAPE.has(key) && typeof inner === 'string' ? [key, inner] : [key.replace(pattern, BLANK), strip(inner)],
      ),
    )
  }
  const isMentionOf = (value: object): boolean =>
    'kind' in value &&
    value.kind === 'mention' &&
    'ids' in value &&
    Object.values(value.ids as Record<string, string>).some(id => ids.has(id))

  return {
    isIn: json => {
      const lower = json.toLowerCase()
      return written.some(word => lower.includes(word))
    },
    without: json => JSON.stringify(strip(JSON.parse(json))),
    unnamed: words => words.replace(pattern, BLANK),
  }
}
