/** Pictures of replies: their words are written here, drawn beside the main thread, and kept for the next one who asks. */
import type { Log } from './app.ts'
import type { DrawPicture } from './chat/port.ts'
import type { Picture, StreakDays } from './chat/reply.ts'
import { plainWriter, renderText, type Text, type Value } from './chat/text.ts'
import { type Aside, moduleAt } from './db/worker.ts'
import type { Locale } from './lib/locale.ts'
import type { StreakPicture } from './lib/picture/index.ts'
import { isolate } from './lib/picture/isolate.ts'
import { SECOND } from './lib/time.ts'

/** About 30 kB each. */
const KEPT = 64
/** Words without a picture are better than an answer that comes later: with the moment before an acknowledgement, well below Discord's 3 s. */
const PATIENCE_MS = 1 * SECOND

const drawing = moduleAt<typeof import('./lib/picture/index.ts')>(new URL('./lib/picture/index.ts', import.meta.url))

/**
 * Draws pictures in the thread. Null where one cannot be drawn (no font has a letter, the thread fails or is late): the words
 * must do. Never rejects; a failure is logged when it begins, not again for every picture.
 */
export function createPictures(
  aside: Aside,
  log: Pick<Log, 'warn'>,
  readPhoto: (file: string) => Promise<Uint8Array | null>,
): DrawPicture {
  const kept = new Map<string, Promise<Uint8Array | null>>()
  let failing = false

  async function draw(key: string, picture: StreakDays, locale: Locale): Promise<Uint8Array | null> {
    try {
      const png = await aside.run(drawing, 'drawStreak', streakWords(picture, locale))
      failing = false
      return png
    } catch (err) {
      kept.delete(key)
      if (!failing) log.warn({ err, picture: picture.kind }, 'pictures cannot be drawn; the words are sent without')
      failing = true
      return null
    }
  }

  async function photo(file: string): Promise<Uint8Array | null> {
    try {
      return await readPhoto(file)
    } catch (err) {
      log.warn({ err, file }, 'a photo could not be read; the words are sent without')
      return null
    }
  }

  return (picture: Picture, locale) => {
    if (picture.kind === 'photo') return photo(picture.file)
    const key = JSON.stringify([locale, picture])
    const png = kept.get(key) ?? draw(key, picture, locale)
    // Asked for last, forgotten last.
    kept.delete(key)
    kept.set(key, png)
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break
      kept.delete(oldest)
    }
    return within(PATIENCE_MS, png)
  }
}

/** The picture, or null once it is late; it is drawn all the same, for the next one who asks. */
async function within(ms: number, png: Promise<Uint8Array | null>): Promise<Uint8Array | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => resolve(null), ms)
  try {
    return await Promise.race([png, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The text with everything that people wrote isolated from the sentence around it. */
function isolated(text: Text): Text {
  const values = Object.entries(text.values).map(([name, value]): [string, Value] => {
    if (typeof value === 'string') return [name, isolate(value)]
    if (typeof value === 'number') return [name, value]
    if (value.kind === 'text') return [name, isolated(value)]
    return [name, value.kind === 'mention' ? { ...value, name: isolate(value.name) } : value]
  })
  return { ...text, values: Object.fromEntries(values) }
}

const DAYS_A_WEEK = 7
const dayFormat = (locale: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options })
const headings: Record<Locale, { weekday: Intl.DateTimeFormat; day: Intl.DateTimeFormat }> = {
  en: {
    weekday: dayFormat('en-GB', { weekday: 'short' }),
    day: dayFormat('en-GB', { day: 'numeric', month: 'short' }),
  },
  'zh-CN': {
    weekday: dayFormat('zh-CN', { weekday: 'short' }),
    day: dayFormat('zh-CN', { day: 'numeric', month: 'short' }),
  },
}

/** A streak picture in the words of one language. Rows end with today's weekday, so the first one may be short. */
function streakWords(picture: StreakDays, locale: Locale): StreakPicture {
  const { weekday, day: short } = headings[locale]
  const instants = picture.days.map(({ day }) => Date.parse(`${day}T00:00:00Z`))
  const firstRow = instants.length % DAYS_A_WEEK
  const starts = instants.filter((_, i) => i === 0 || (i - firstRow) % DAYS_A_WEEK === 0)
  const words = (text: Text) => renderText(isolated(text), locale, plainWriter)
  return {
    title: words(picture.title),
    caption: words(picture.caption),
    weekdays: instants.slice(-DAYS_A_WEEK).map(at => weekday.format(at)),
    weeks: starts.map(at => short.format(at)),
    days: picture.days.map(({ state }) => state),
  }
}
