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

class Reader {
  text = ''
  readonly entities: Entity[] = []
  private readonly open: Open[] = []
  private quote: { offset: number; expandable: boolean } | undefined
  private readonly source: string

  constructor(source: string) {
    this.source = source
  }

  read(): FormattedText {
    for (let i = 0; i < this.source.length; ) i = this.step(i)
    const unclosed = this.open.at(-1)
    if (unclosed) throw new UnparsableText(`Can't find end of ${unclosed.name} entity at byte offset ${unclosed.at}`)
    this.endQuote()
    return { text: this.text, entities: sorted(this.entities.filter(entity => entity.length > 0)) }
  }

  private step(i: number): number {
    const source = this.source
    if (i === 0 || source[i - 1] === '\n') {
      const start = this.startOfLine(i)
      if (start !== i) return start
    }
    if (isEscape(source, i)) return this.plain(source[i + 1] ?? '', i + 2)
    if (source[i] === '`') {
      const code = readCode(source, i, this.text.length)
      this.entities.push(code.entity)
      return this.plain(code.text, code.next)
    }
    if (source[i] === '[' || source.startsWith('![', i)) return this.openLink(i)
    const link = this.open.at(-1)
    if (source[i] === ']' && (link?.name === 'TextUrl' || link?.name === 'CustomEmoji')) return this.closeLink(i)
    const mark = marks.find(([text]) => source.startsWith(text, i))
    if (mark) return this.toggle(mark, i)
    const char = source[i] ?? ''
    if (reserved.includes(char))
      throw new UnparsableText(`Character '${char}' is reserved and must be escaped with the preceding '\\'`)
    return this.plain(char, i + 1)
  }

  private plain(text: string, next: number): number {
    this.text += text
    return next
  }

  /** Blockquotes live at the start of lines: `>` continues one, `**>` starts an expandable one. */
  private startOfLine(i: number): number {
    const expandable = this.source.startsWith('**>', i)
    if (expandable) this.endQuote()
    if (expandable || this.source[i] === '>') {
      this.quote ??= { offset: this.text.length, expandable: false }
      return i + (expandable ? 3 : 1)
    }
    this.endQuote()
    return i
  }

  private endQuote(): void {
    if (!this.quote) return
    const { offset, expandable } = this.quote
    const end = this.text.endsWith('\n') ? this.text.length - 1 : this.text.length
    this.entities.push({ type: expandable ? 'expandable_blockquote' : 'blockquote', offset, length: end - offset })
    this.quote = undefined
  }

  private toggle([mark, name]: [string, Open['name']], i: number): number {
    const last = this.open.at(-1)
    if (last?.mark === mark) {
      this.open.pop()
      this.entities.push({ type: name.toLowerCase(), offset: last.offset, length: this.text.length - last.offset })
      return i + mark.length
    }
    // `||` at the end of a quoted line ends an expandable quote.
    if (mark === '||' && this.quote && /^\|\|(\n|$)/.test(this.source.slice(i))) {
      this.quote.expandable = true
      return i + 2
    }
    this.open.push({ name, mark, offset: this.text.length, at: byteOffset(this.source, i) })
    return i + mark.length
  }

  private openLink(i: number): number {
    const emoji = this.source[i] === '!'
    const name = emoji ? 'CustomEmoji' : 'TextUrl'
    this.open.push({ name, mark: ']', offset: this.text.length, at: byteOffset(this.source, i) })
    return i + (emoji ? 2 : 1)
  }

  private closeLink(i: number): number {
    const link = this.open.pop()
    const address = readAddress(this.source, i + 1, byteOffset(this.source, i + 1))
    if (!link || !address) return i + 1
    const entity: Entity = { type: 'text_link', offset: link.offset, length: this.text.length - link.offset }
    const user = /^tg:\/\/user\?id=(\d+)$/.exec(address.url)?.[1]
    const emoji = /^tg:\/\/emoji\?id=(\d+)$/.exec(address.url)?.[1]
    if (link.name === 'CustomEmoji') {
      if (!emoji) throw new UnparsableText('Custom emoji URL must have an emoji identifier')
      this.entities.push({ ...entity, type: 'custom_emoji', custom_emoji_id: emoji })
    } else if (user) {
      this.entities.push({ ...entity, type: 'text_mention', user: { id: Number(user), is_bot: false, first_name: '' } })
    } else if (address.url) this.entities.push({ ...entity, url: address.url })
    return address.next
  }
}

/** Parses `parse_mode: MarkdownV2`; refuses what the server refuses, in its words. */
export function parseMarkdownV2(source: string): FormattedText {
  return new Reader(source).read()
}
