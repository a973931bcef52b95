import type { Entity } from '../model.ts'
import { byteOffset, type FormattedText, sorted, UnparsableText } from './formatted.ts'

const reserved = '_*[]()~`>#+-=|{}.!'

interface Open {
  /** The name Telegram's error uses. */
  name: 'Bold' | 'Italic' | 'Underline' | 'Strikethrough' | 'Spoiler' | 'TextUrl' | 'CustomEmoji'
  mark: string
  offset: number
  at: number
}

const marks: [string, Open['name']][] = [
  ['__', 'Underline'],
  ['||', 'Spoiler'],
  ['_', 'Italic'],
  ['*', 'Bold'],
  ['~', 'Strikethrough'],
]

/** A backslash escapes any character with a code from 1 to 126. */
function isEscape(source: string, i: number): boolean {
  const code = source.charCodeAt(i + 1)
  return source[i] === '\\' && code >= 1 && code <= 126
}

/** Reads `(address)` after a link's text; returns the address and the index behind it. */
function readAddress(source: string, from: number, at: number): { url: string; next: number } | undefined {
  if (source[from] !== '(') return undefined
  let url = ''
  for (let i = from + 1; i < source.length; i++) {
    if (isEscape(source, i)) url += source[++i]
    else if (source[i] === ')') return { url, next: i + 1 }
    else url += source[i]
  }
  throw new UnparsableText(`Can't find end of a URL at byte offset ${at}`)
}

/** Reads a code span or block starting at `i`. */
function readCode(source: string, i: number, offset: number): { entity: Entity; text: string; next: number } {
  const block = source.startsWith('```', i)
  const fence = block ? '```' : '`'
  const at = byteOffset(source, i)
  let from = i + fence.length
  const language = block ? /^([^\s`]+)(?=\n)/.exec(source.slice(from))?.[1] : undefined
  from += language?.length ?? 0
  if (block && source[from] === '\n') from++
  let text = ''
  for (let j = from; j < source.length; j++) {
    if (source.startsWith(fence, j)) {
      const entity: Entity = { type: block ? 'pre' : 'code', offset, length: text.length }
      return { entity: language ? { ...entity, language } : entity, text, next: j + fence.length }
    }
    if (isEscape(source, j)) j++
    text += source[j]
  }
  throw new UnparsableText(
    `Can't find end of ${block ? (language ? 'PreCode' : 'Pre') : 'Code'} entity at byte offset ${at}`,
  )
}

interface Reading {
  readonly source: string
  text: string
  readonly entities: Entity[]
  readonly open: Open[]
  quote: { offset: number; expandable: boolean } | undefined
}

function read(reading: Reading): FormattedText {
  for (let i = 0; i < reading.source.length; ) i = step(reading, i)
  const unclosed = reading.open.at(-1)
  if (unclosed) throw new UnparsableText(`Can't find end of ${unclosed.name} entity at byte offset ${unclosed.at}`)
  endQuote(reading)
  return { text: reading.text, entities: sorted(reading.entities.filter(entity => entity.length > 0)) }
}

function step(reading: Reading, i: number): number {
  const source = reading.source
  if (i === 0 || source[i - 1] === '\n') {
    const start = startOfLine(reading, i)
    if (start !== i) return start
  }
  if (isEscape(source, i)) return plain(reading, source[i + 1] ?? '', i + 2)
  if (source[i] === '`') {
    const code = readCode(source, i, reading.text.length)
    reading.entities.push(code.entity)
    return plain(reading, code.text, code.next)
  }
  if (source[i] === '[' || source.startsWith('![', i)) return openLink(reading, i)
  const link = reading.open.at(-1)
  if (source[i] === ']' && (link?.name === 'TextUrl' || link?.name === 'CustomEmoji')) return closeLink(reading, i)
  const mark = marks.find(([text]) => source.startsWith(text, i))
  if (mark) return toggle(reading, mark, i)
  const char = source[i] ?? ''
  if (reserved.includes(char))
    throw new UnparsableText(`Character '${char}' is reserved and must be escaped with the preceding '\\'`)
  return plain(reading, char, i + 1)
}

function plain(reading: Reading, text: string, next: number): number {
  reading.text += text
  return next
}

/** Blockquotes live at the start of lines: `>` continues one, `**>` starts an expandable one. */
function startOfLine(reading: Reading, i: number): number {
  const expandable = reading.source.startsWith('**>', i)
  if (expandable) endQuote(reading)
  if (expandable || reading.source[i] === '>') {
    reading.quote ??= { offset: reading.text.length, expandable: false }
    return i + (expandable ? 3 : 1)
  }
  endQuote(reading)
  return i
}

function endQuote(reading: Reading): void {
  if (!reading.quote) return
  const { offset, expandable } = reading.quote
  const end = reading.text.endsWith('\n') ? reading.text.length - 1 : reading.text.length
  reading.entities.push({ type: expandable ? 'expandable_blockquote' : 'blockquote', offset, length: end - offset })
  reading.quote = undefined
}

function toggle(reading: Reading, [mark, name]: [string, Open['name']], i: number): number {
  const last = reading.open.at(-1)
  if (last?.mark === mark) {
    reading.open.pop()
    reading.entities.push({ type: name.toLowerCase(), offset: last.offset, length: reading.text.length - last.offset })
    return i + mark.length
  }
  // `||` at the end of a quoted line ends an expandable quote.
  if (mark === '||' && reading.quote && /^\|\|(\n|$)/.test(reading.source.slice(i))) {
    reading.quote.expandable = true
    return i + 2
  }
  reading.open.push({ name, mark, offset: reading.text.length, at: byteOffset(reading.source, i) })
  return i + mark.length
}

function openLink(reading: Reading, i: number): number {
  const emoji = reading.source[i] === '!'
  const name = emoji ? 'CustomEmoji' : 'TextUrl'
  reading.open.push({ name, mark: ']', offset: reading.text.length, at: byteOffset(reading.source, i) })
  return i + (emoji ? 2 : 1)
}

function closeLink(reading: Reading, i: number): number {
  const link = reading.open.pop()
  const address = readAddress(reading.source, i + 1, byteOffset(reading.source, i + 1))
  if (!link || !address) return i + 1
  const entity: Entity = { type: 'text_link', offset: link.offset, length: reading.text.length - link.offset }
  const user = /^tg:\/\/user\?id=(\d+)$/.exec(address.url)?.[1]
  const emoji = /^tg:\/\/emoji\?id=(\d+)$/.exec(address.url)?.[1]
  if (link.name === 'CustomEmoji') {
    if (!emoji) throw new UnparsableText('Custom emoji URL must have an emoji identifier')
    reading.entities.push({ ...entity, type: 'custom_emoji', custom_emoji_id: emoji })
  } else if (user) {
    reading.entities.push({
      ...entity,
      type: 'text_mention',
      user: { id: Number(user), is_bot: false, first_name: '' },
    })
  } else if (address.url) reading.entities.push({ ...entity, url: address.url })
  return address.next
}
/** Parses `parse_mode: MarkdownV2`; refuses what the server refuses, in its words. */
export function parseMarkdownV2(source: string): FormattedText {
  return read({ source, text: '', entities: [], open: [], quote: undefined })
}
