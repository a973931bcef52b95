// The page's own sentences, and how it writes times: in the language of the page, in the community's zone.

let catalogues = {}
let locale = 'en'
let zone = 'UTC'

export function speak(words, chosen, chosenZone) {
  catalogues = words
  locale = chosen
  zone = chosenZone
}

/** A sentence with its values filled in. */
export const say = (key, values) => sayIn(locale, key, values)

/** The same in a language of its own: what belongs to a message speaks the message's. */
export function sayIn(language, key, values = {}) {
  return ((catalogues[language] ?? catalogues.en)?.[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '')
}

const sizes = new Map()
/** `340 kB`, `1.2 MB`. */
export function fileSize(bytes) {
  const unit = bytes < 1_000_000 ? 'kilobyte' : 'megabyte'
  const key = `${locale} ${unit}`
  if (!sizes.has(key))
    sizes.set(
      key,
      new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: unit === 'megabyte' ? 1 : 0 }),
    )
  return sizes.get(key).format(unit === 'megabyte' ? bytes / 1_000_000 : Math.ceil(bytes / 1000))
}

const formats = new Map()
function format(at, options) {
  const key = `${locale} ${zone} ${JSON.stringify(options)}`
  if (!formats.has(key))
    formats.set(
      key,
      new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { timeZone: zone, hourCycle: 'h23', ...options }),
    )
  return formats.get(key).format(at)
}

export const clockTime = at => format(at, { hour: '2-digit', minute: '2-digit' })
export const longTime = at => `${format(at, { weekday: 'short', day: 'numeric', month: 'short' })} · ${clockTime(at)}`

const days = new Map()
/** The calendar day of an instant, `2026-03-04`. */
export function dayOf(at) {
  if (!days.has(zone))
    days.set(
      zone,
      new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }),
    )
  return days.get(zone).format(at)
}

/** `Today`, `Yesterday`, `Monday, 2 March`. */
export function dayName(day, now) {
  if (day === dayOf(now)) return say('playground.today')
  const noon = Date.parse(`${day}T12:00:00Z`)
  if (Date.parse(`${dayOf(now)}T12:00:00Z`) - noon === 86_400_000) return say('playground.yesterday')
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, {
    timeZone: 'UTC',
    weekday: 'long',
    day: 'numeric',
    month: 'long',
  }).format(noon)
}
