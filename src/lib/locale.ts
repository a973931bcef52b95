/** The languages Muster speaks, and how numbers, days and spans are written in them. */
import type { Day } from './time.ts'
import { HOUR, MINUTE } from './time.ts'

export const LOCALES = ['en', 'zh-CN'] as const
export type Locale = (typeof LOCALES)[number]

/** The nearest language we speak to a tag a platform reports (`zh-Hans`, `en-GB`, `zh-TW`), or null. */
export function nearestLocale(tag: string | null | undefined): Locale | null {
  if (!tag) return null
  const language = tag.toLowerCase().split(/[-_]/)[0]
  if (language === 'zh') return 'zh-CN'
  if (language === 'en') return 'en'
  return null
}

const cache = new Map<string, Intl.DateTimeFormat>()
function dateFormat(locale: Locale, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}${JSON.stringify(options)}`
  let format = cache.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, options)
    cache.set(key, format)
  }
  return format
}

const numbers: Record<Locale, Intl.NumberFormat> = {
  en: new Intl.NumberFormat('en'),
  'zh-CN': new Intl.NumberFormat('zh-CN'),
}
const pluralRules: Record<Locale, Intl.PluralRules> = {
  en: new Intl.PluralRules('en'),
  'zh-CN': new Intl.PluralRules('zh-CN'),
}

export function formatNumber(value: number, locale: Locale): string {
  return numbers[locale].format(value)
}

/** `one` or `other`: all the plural forms our two languages have. */
export function pluralForm(value: number, locale: Locale): 'one' | 'other' {
  return pluralRules[locale].select(value) === 'one' ? 'one' : 'other'
}

/** The day that `at` lies on in `zone`. Chinese sets numbers apart from words, which the system's own format does not. */
function writeDay(at: number, zone: string, locale: Locale): string {
  const format = dateFormat(locale, { timeZone: zone, day: 'numeric', month: 'long' })
  if (locale === 'en') return format.format(at)
  return format.format(at).replace(/(\d+)月(\d+)日/, '$1 月 $2 日')
}

/** `4 March`, `3 月 4 日`. */
export function formatDay(day: Day, locale: Locale): string {
  return writeDay(Date.parse(`${day}T00:00:00Z`), 'UTC', locale)
}

/** `00:00`, in the zone given. */
export function formatTime(at: number, zone: string, locale: Locale): string {
  return dateFormat(locale, { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
}

/** `4 March, 09:30`, in the zone given. */
export function formatInstant(at: number, zone: string, locale: Locale): string {
  const day = writeDay(at, zone, locale)
  return locale === 'en' ? `${day}, ${formatTime(at, zone, locale)}` : `${day} ${formatTime(at, zone, locale)}`
}

/** Words one after the other: `week, month`, `week、month`. */
export function formatList(words: readonly string[], locale: Locale): string {
  return words.join(locale === 'en' ? ', ' : '、')
}

/** A span in the largest whole unit that says enough: `5 h`, `12 min`, `还剩` is the sentence's own word. Never below one minute. */
export function formatSpan(milliseconds: number, locale: Locale): string {
  const minutes = Math.max(1, Math.round(milliseconds / MINUTE))
  const hours = Math.floor(milliseconds / HOUR)
  if (hours >= 48) return locale === 'en' ? `${Math.floor(hours / 24)} days` : `${Math.floor(hours / 24)} 天`
  if (hours >= 2) return locale === 'en' ? `${hours} h` : `${hours} 小时`
  return locale === 'en' ? `${minutes} min` : `${minutes} 分钟`
}
