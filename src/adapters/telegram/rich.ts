/**
 * Text with entities. Markup is positions beside the text, never characters inside it: there is nothing to escape, so nothing that a
 * person wrote can become markup, and no refusal can come of it. Positions count UTF-16 units, as JavaScript's strings do.
 */
import type { MessageEntity } from 'grammy/types'
import type { Writer } from '../../chat/text.ts'

export interface Rich {
  readonly text: string
  readonly entities: readonly MessageEntity[]
}

// Code points that Unicode keeps out of every text: they carry a mention through the rendering of a sentence.
const OPEN = '\uFDD0'
const BETWEEN = '\uFDD1'
const CLOSE = '\uFDD2'
const MARKED = /\uFDD0([^\uFDD1]*)\uFDD1([^\uFDD2]*)\uFDD2/g
const RESERVED = /[\uFDD0-\uFDD2\0]/g
const WORD_JOINER = '\u2060'

/** What the platform takes: whole characters, none of ours. */
const clean = (text: string): string => text.toWellFormed().replace(RESERVED, '')

/** Writes sentences for `readMarked`. */
export const markingWriter: Writer = {
  plain: clean,
  mention: ({ ids, name }) =>
    ids.telegram === undefined ? clean(name) : `${OPEN}${ids.telegram}${BETWEEN}${clean(name)}${CLOSE}`,
}

/** `@name` in plain text would notify whoever has that name; an invisible character keeps it what it is: words. */
const withoutMentions = (text: string): string => text.replace(/(?<![\w@/])@(?=[A-Za-z])/g, `@${WORD_JOINER}`)

/** The text of a rendered sentence, with its mentions as entities, all of it in `style` if given. */
export function readMarked(marked: string, style?: 'bold' | 'italic'): Rich {
  let text = ''
  const entities: MessageEntity[] = []
  let from = 0
  for (const match of marked.matchAll(MARKED)) {
    const [whole, id = '', name = ''] = match
    text += withoutMentions(marked.slice(from, match.index))
    const user = { id: Number(id), is_bot: false, first_name: name }
    if (name.trim() !== '') entities.push({ type: 'text_mention', offset: text.length, length: name.length, user })
    text += name
    from = match.index + whole.length
  }
  text += withoutMentions(marked.slice(from))
  if (style && text !== '') entities.unshift({ type: style, offset: 0, length: text.length })
  return { text, entities }
}

/** Pieces one after the other, `between` each two. */
export function joined(pieces: readonly Rich[], between: string): Rich {
  let text = ''
  const entities: MessageEntity[] = []
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) text += between
    for (const entity of piece.entities) entities.push({ ...entity, offset: entity.offset + text.length })
    text += piece.text
  }
  return { text, entities }
}

/** The part from `start` to `end`, without white space around it: the platform drops that, and the positions would not fit. */
function part({ text, entities }: Rich, start: number, end: number): Rich {
  const from = start + (/^\s*/.exec(text.slice(start, end))?.[0].length ?? 0)
  const to = from + text.slice(from, end).trimEnd().length
  return {
    text: text.slice(from, to),
    entities: entities.flatMap(entity => {
      const first = Math.max(entity.offset, from)
      const length = Math.min(entity.offset + entity.length, to) - first
      return length > 0 ? [{ ...entity, offset: first - from, length }] : []
    }),
  }
}

/** At most `limit` units each, cut between lines, else between words, never inside a character or a mention. */
export function split(rich: Rich, limit: number): Rich[] {
  const parts: Rich[] = []
  let from = 0
  while (rich.text.length - from > limit) {
    const to = cutAt(rich, from, from + limit)
    parts.push(part(rich, from, to))
    from = to
  }
  parts.push(part(rich, from, rich.text.length))
  return parts.filter(({ text }) => text !== '')
}

function cutAt({ text, entities }: Rich, from: number, limit: number): number {
  const window = text.slice(from, limit + 1)
  // A border in the first half would leave a message that is hardly one.
  const least = (limit - from) / 2
  const line = window.lastIndexOf('\n')
  const space = window.lastIndexOf(' ')
  let cut = from + (line > least ? line : space > least ? space : limit - from)
  const inside = entities.find(
    ({ type, offset, length }) => type === 'text_mention' && offset < cut && cut < offset + length && offset > from,
  )
  if (inside) cut = inside.offset
  return insidePair(text, cut) ? cut - 1 : cut
}

const insidePair = (text: string, at: number): boolean =>
  /[\uD800-\uDBFF]/.test(text[at - 1] ?? '') && /[\uDC00-\uDFFF]/.test(text[at] ?? '')

/** The words alone, cut with … to `limit` units, never inside a character as people see them. */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (kept.length + segment.length >= limit) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}
