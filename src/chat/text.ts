/** Text that is not yet words: a message key and typed values. Language and markup are chosen when it is drawn. */
import type { Locale } from '../lib/locale.ts'
import {
  formatDay,
  formatInstant,
  formatList,
  formatNumber,
  formatSpan,
  formatTime,
  pluralForm,
} from '../lib/locale.ts'
import { DAY_LENGTH, type Day } from '../lib/time.ts'
import { zoneName } from '../lib/zones.ts'
import { catalogues, type Key, type Placeholders } from '../messages/index.ts'

export type Platform = 'discord' | 'telegram' | 'playground'

/** A person as each platform addresses them; `name` is what is written where they have no account. */
export interface Mention {
  readonly kind: 'mention'
  readonly name: string
  readonly ids: Partial<Record<Platform, string>>
}

/**
 * What may stand in a placeholder. A bare string is something a person or platform wrote: it is shown to the letter and can
 * never become markup or a mention.
 */
export type Value =
  | string
  | number
  | Text
  | Mention
  | { readonly kind: 'day'; readonly day: Day }
  | { readonly kind: 'time'; readonly at: number; readonly zone: string }
  | { readonly kind: 'instant'; readonly at: number; readonly zone: string }
  | { readonly kind: 'span'; readonly ms: number }
  | { readonly kind: 'zone'; readonly zone: string }
  | { readonly kind: 'list'; readonly words: readonly string[] }

export interface Text {
  readonly kind: 'text'
  readonly key: Key
  readonly values: Readonly<Record<string, Value>>
}

/** A sentence by its key; the compiler asks for exactly the values that the sentence names. */
export function t<K extends Key>(
  key: K,
  ...rest: [Placeholders<K>] extends [never] ? [] : [values: Record<Placeholders<K>, Value>]
): Text {
  return { kind: 'text', key, values: rest[0] ?? {} }
}

/** A name as it is kept: whoever was forgotten has none. */
export const named = (name: string): Value => (name === '' ? t('person.former') : name)

export const day = (value: Day): Value => ({ kind: 'day', day: value })
export const time = (at: number, zone: string): Value => ({ kind: 'time', at, zone })
export const instant = (at: number, zone: string): Value => ({ kind: 'instant', at, zone })
export const span = (ms: number): Value => ({ kind: 'span', ms })
export const zone = (value: string): Value => ({ kind: 'zone', zone: value })

/** Words that the reader's language separates. */
export const list = (words: readonly string[]): Value => ({ kind: 'list', words })
/** When something opens, asked at `asked`: the time alone means the midnight to come, any other needs its day. */
export const opening = (at: number, zone: string, asked: number): Value =>
  at - asked <= DAY_LENGTH && formatTime(at, zone, 'en') === '00:00' ? time(at, zone) : instant(at, zone)

/** How one platform writes: escaping of plain text, and a mention of a person. */
export interface Writer {
  /** Escapes text so that it shows to the letter. */
  plain(text: string): string
  mention(mention: Mention): string
}

/** Writes nothing but the words; for pictures, logs, alert boxes and descriptions. */
export const plainWriter: Writer = { plain: text => text, mention: mention => mention.name }

/** The words of a text in one language, written for one platform. */
export function renderText(text: Text, locale: Locale, writer: Writer): string {
  const sentence = catalogues[locale][text.key]
  const template =
    typeof sentence === 'string' ? sentence : sentence[pluralForm(Number(text.values[sentence.by]), locale)]
  let out = ''
  let from = 0
  for (const match of template.matchAll(/\{(\w+)\}/g)) {
    out += writer.plain(template.slice(from, match.index))
    const value = text.values[match[1] ?? '']
    if (value === undefined) throw new Error(`the text "${text.key}" has no value for {${match[1]}}`)
    out += renderValue(value, locale, writer)
    from = match.index + match[0].length
  }
  return out + writer.plain(template.slice(from))
}

function renderValue(value: Value, locale: Locale, writer: Writer): string {
  if (typeof value === 'string') return writer.plain(value)
  if (typeof value === 'number') return writer.plain(formatNumber(value, locale))
  switch (value.kind) {
    case 'text':
      return renderText(value, locale, writer)
    case 'mention':
      return value.name === '' ? renderText(t('person.former'), locale, writer) : writer.mention(value)
    case 'day':
      return writer.plain(formatDay(value.day, locale))
    case 'time':
      return writer.plain(formatTime(value.at, value.zone, locale))
    case 'instant':
      return writer.plain(formatInstant(value.at, value.zone, locale))
    case 'span':
      return writer.plain(formatSpan(value.ms, locale))
    case 'zone':
      return writer.plain(zoneName(value.zone, locale))
    case 'list':
      return writer.plain(formatList(value.words, locale))
  }
}
