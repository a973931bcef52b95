import type { Entity } from '../model.ts'
import { byteOffset, type FormattedText, sorted, UnparsableText } from './formatted.ts'

const styles: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  'tg-emoji': 'custom_emoji',
  span: 'spoiler',
  a: 'text_link',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
}

const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' }

function decodeEntities(source: string): string {
  return source.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name) return named[name] ?? whole
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

interface OpenTag {
  name: string
  attributes: Map<string, string>
  offset: number
}

function readAttributes(source: string, name: string, at: number): Map<string, string> {
  const attributes = new Map<string, string>()
  const pattern = /\s*([^\s=>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/y
  let rest = 0
  while (source.slice(rest).trim() !== '') {
    pattern.lastIndex = rest
    const found = pattern.exec(source)
    if (!found) throw new UnparsableText(`Empty attribute name in the tag "${name}" at byte offset ${at}`)
    attributes.set((found[1] ?? '').toLowerCase(), decodeEntities(found[2] ?? found[3] ?? found[4] ?? ''))
    rest = pattern.lastIndex
  }
  return attributes
}

/** Finds the `>` that closes a tag, not one inside a quoted attribute. */
function tagEnd(source: string, from: number): number {
  let quote = ''
  for (let i = from; i < source.length; i++) {
    const char = source[i] ?? ''
    if (quote) quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '>') return i
  }
  return -1
}

function openTag(inside: string, at: number, offset: number): OpenTag {
  const name = /^[^\s>/]*/.exec(inside)?.[0]?.toLowerCase() ?? ''
  if (!Object.hasOwn(styles, name)) throw new UnparsableText(`Unsupported start tag "${name}" at byte offset ${at}`)
  const attributes = readAttributes(inside.slice(name.length), name, at)
  if (name === 'span' && attributes.get('class') !== 'tg-spoiler')
    throw new UnparsableText(`Tag "span" must have class "tg-spoiler" at byte offset ${at}`)
  return { name, attributes, offset }
}

function entityOf(tag: OpenTag, text: string, enclosing: OpenTag | undefined): Entity | undefined {
  const length = text.length - tag.offset
  if (length === 0) return undefined
  const entity: Entity = { type: styles[tag.name] ?? '', offset: tag.offset, length }
  if (tag.name === 'a') {
    const href = tag.attributes.get('href') ?? text.slice(tag.offset)
    const user = /^tg:\/\/user\?id=(\d+)$/.exec(href)?.[1]
    if (user) return { ...entity, type: 'text_mention', user: { id: Number(user), is_bot: false, first_name: '' } }
    // A link without a usable address is dropped silently by the server: the text stays.
    return /^(https?|tg|ton|tonsite):\/\/\S|^[\w-]+(\.[\w-]+)+/i.test(href)
      ? { ...entity, url: href.includes('://') ? href : `http://${href}` }
      : undefined
  }
  if (tag.name === 'blockquote' && tag.attributes.has('expandable')) entity.type = 'expandable_blockquote'
  if (tag.name === 'tg-emoji') entity.custom_emoji_id = tag.attributes.get('emoji-id') ?? ''
  if (tag.name === 'code' && enclosing?.name === 'pre') {
    const language = /^language-(.+)$/.exec(tag.attributes.get('class') ?? '')?.[1]
    if (language) enclosing.attributes.set('language', language)
    return undefined
  }
  const language = tag.name === 'pre' ? tag.attributes.get('language') : undefined
  return language ? { ...entity, language } : entity
}

/** Parses `parse_mode: HTML`; refuses what the server refuses, in its words. */
export function parseHtml(source: string): FormattedText {
  const entities: Entity[] = []
  const open: OpenTag[] = []
  let text = ''
  for (let i = 0; i < source.length; ) {
    const next = source.indexOf('<', i)
    const until = next < 0 ? source.length : next
    text += decodeEntities(source.slice(i, until))
    if (next < 0) break
    const at = byteOffset(source, next)
    const end = tagEnd(source, next + 1)
    const inside = source.slice(next + 1, end < 0 ? source.length : end)
    if (inside.startsWith('/')) {
      const tag = open.pop()
      const name = inside.slice(1).trim().toLowerCase()
      if (!tag) throw new UnparsableText(`Unexpected end tag at byte offset ${at}`)
      if (end < 0 || (name !== '' && name !== tag.name))
        throw new UnparsableText(
          `Unmatched end tag at byte offset ${at}, expected "</${tag.name}>", found "</${name}>"`,
        )
      const entity = entityOf(tag, text, open.at(-1))
      if (entity) entities.push(entity)
    } else {
      const tag = openTag(inside, at, text.length)
      if (end < 0) throw new UnparsableText(`Unclosed start tag at byte offset ${at}`)
      open.push(tag)
    }
    i = end + 1
  }
  const unclosed = open.at(-1)
  if (unclosed) throw new UnparsableText(`Can't find end tag corresponding to start tag "${unclosed.name}"`)
  return { text, entities: sorted(entities) }
}
