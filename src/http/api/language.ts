/** The language of an answer. */
import { type Locale, nearestLocale } from '../../lib/locale.ts'

// A header may be as long as the sender likes; nobody speaks more languages than this.
const MAX_TAGS = 20

/** The best of what an Accept-Language header asks for that we speak; null when it asks for none. */
export function preferredLocale(header: string | undefined): Locale | null {
  if (header === undefined) return null
  const wanted = header
    .split(',', MAX_TAGS)
    .map(part => {
      const [tag = '', ...parameters] = part.trim().split(';')
      const weight = parameters.map(parameter => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean)
      return { locale: nearestLocale(tag.trim()), weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ locale, weight }) => locale !== null && weight > 0)
    .sort((a, b) => b.weight - a.weight)
  return wanted[0]?.locale ?? null
}
