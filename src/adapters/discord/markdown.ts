/** Writing for Discord's markdown: text to the letter, mentions, and cutting what is too long. */
import type { Mention, Writer } from '../../chat/text.ts'

// discord.js has escapeMarkdown, but it judges by what stands around a character, and a value does not know where it will stand; it also
// leaves mentions, timestamps, emoji and links alone. Discord shows any punctuation after a backslash as it is.
const ANYWHERE = /[\\*_~`|<[\]]/g
/** Headings, quotes, lists and small print begin a line; a value may stand first on one. */
const LINE_START = /^([ \t]*)([#>+-])/gm
const NUMBERED = /^([ \t]*\d+)(?=[.)])/gm
const EVERYONE = /@(?=everyone|here)/gi
/** `:smile:`, and links of whatever scheme. */
const COLON = /:(?=\w+:|\/\/)/g
/** Between angle brackets an address stays a link and shows no preview. */
const ADDRESS = /\bhttps?:\/\/[a-z0-9\-._~:/?#@!$&'()+,;=%]+/gi
const AFTER_ADDRESS = /[.,:;!?'")]+$/

function escapeWords(text: string): string {
  return text
    .replace(ANYWHERE, '\\$&')
    .replace(EVERYONE, '\\@')
    .replace(COLON, '\\:')
    .replace(LINE_START, '$1\\$2')
    .replace(NUMBERED, '$1\\')
}

/** Text that shows to the letter: no markup, no mention, no preview. Web addresses stay links. */
export function escapeText(text: string): string {
  let out = ''
  let from = 0
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(AFTER_ADDRESS, '')
    if (!URL.canParse(address)) continue
    out += `${escapeWords(text.slice(from, match.index))}<${address}>`
    from = match.index + address.length
  }
  return out + escapeWords(text.slice(from))
}

export const writer: Writer = {
  plain: escapeText,
  mention: ({ ids, name }: Mention) => (ids.discord === undefined ? escapeText(name) : `<@${ids.discord}>`),
}

/** For places where Discord draws no mentions: titles of embeds. */
export const titleWriter: Writer = { plain: escapeText, mention: ({ name }) => escapeText(name) }

const characters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Plain words of at most `max` UTF-16 units, never cut inside a character. */
export function cutWords(text: string, max: number): string {
  if (text.length <= max) return text
  let out = ''
  for (const { segment } of characters.segment(text)) {
    if (out.length + segment.length > max - 1) break
    out += segment
  }
  return `${out}…`
}

/** The same for written text: a cut never leaves half an escape, mention or address behind. */
export function cutWritten(text: string, max: number): string {
  if (text.length <= max) return text
  const kept = cutWords(text, max).slice(0, -1)
  let end = 0
  // What stands between these borders is whole: an escaped character, something in angle brackets, or one character.
  for (const token of kept.matchAll(/\\[\s\S]|<[^<>]*>|[^\\<]/g)) {
    if (token.index !== end) break
    end = token.index + token[0].length
  }
  return `${kept.slice(0, end)}…`
}

/** As many whole lines as fit; what is left out shows as an ellipsis. */
export function fitLines(lines: readonly string[], max: number): string {
  const text = lines.join('\n')
  if (text.length <= max) return text
  const [first = ''] = lines
  if (first.length > max - 2) return cutWritten(first, max)
  let out = first
  for (const line of lines.slice(1)) {
    if (out.length + 1 + line.length > max - 2) break
    out += `\n${line}`
  }
  return `${out}\n…`
}
