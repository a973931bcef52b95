import { type Entity, StrictBreach } from '../model.ts'
import { detectEntities } from './detect.ts'
import { type FormattedText, sorted, trimmed, UnparsableText } from './formatted.ts'
import { parseHtml } from './html.ts'
import { parseMarkdownV2 } from './markdown.ts'

export const textLimit = 4096
export const captionLimit = 1024

const entityTypes = new Set(
  (
    'mention hashtag cashtag bot_command url email phone_number bold italic underline strikethrough spoiler ' +
    'blockquote expandable_blockquote code pre text_link text_mention custom_emoji date_time'
  ).split(' '),
)

function splitsSurrogatePair(text: string, index: number): boolean {
  return /[\uD800-\uDBFF]/.test(text[index - 1] ?? '') && /[\uDC00-\uDFFF]/.test(text[index] ?? '')
}

function checkEntity(entity: Entity, text: string): void {
  const end = entity.offset + entity.length
  if (!entityTypes.has(entity.type)) throw new StrictBreach(`Bad Request: unsupported entity type "${entity.type}"`)
  if (entity.offset < 0 || entity.length <= 0 || end > text.length)
    throw new StrictBreach(
      `Bad Request: entity ${entity.type} at ${entity.offset}+${entity.length} lies outside the text of ${text.length} UTF-16 units`,
    )
  if (splitsSurrogatePair(text, entity.offset) || splitsSurrogatePair(text, end))
    throw new StrictBreach(`Bad Request: entity begins or ends in the middle of a UTF-16 symbol at ${entity.offset}`)
  if (entity.type === 'text_link' && !entity.url) throw new StrictBreach('Bad Request: text_link entity has no url')
  if (entity.type === 'text_mention' && !entity.user)
    throw new StrictBreach('Bad Request: text_mention entity has no user')
}

function checkNesting(entities: readonly Entity[]): void {
  for (const a of entities)
    for (const b of entities) {
      const partly = a.offset < b.offset && b.offset < a.offset + a.length && a.offset + a.length < b.offset + b.length
      if (partly) throw new StrictBreach(`Bad Request: entities ${a.type} and ${b.type} overlap without nesting`)
    }
}

function parseMode(text: string, mode: string): FormattedText {
  try {
    if (/^html$/i.test(mode)) return parseHtml(text)
    if (/^markdownv2$/i.test(mode)) return parseMarkdownV2(text)
  } catch (error) {
    if (error instanceof UnparsableText) throw new StrictBreach(`Bad Request: can't parse entities: ${error.message}`)
    throw error
  }
  // The legacy mode cannot escape inside entities: text of a person would break it sooner or later.
  throw new StrictBreach(`Bad Request: unsupported parse_mode ${mode}`)
}

export interface TextRequest {
  text: string
  parseMode?: string | undefined
  entities?: readonly Entity[] | undefined
  limit: number
  what: 'text' | 'caption'
}

/** The text a person will see, with its entities, or the refusal the real server gives. */
export function formatText({ text, parseMode: mode, entities = [], limit, what }: TextRequest): FormattedText {
  if (text.includes('\0') || !text.isWellFormed())
    throw new StrictBreach('Bad Request: strings must be encoded in UTF-8')
  if (mode && entities.length > 0) throw new StrictBreach('Bad Request: parse_mode and entities exclude each other')
  for (const entity of entities) checkEntity(entity, text)
  checkNesting(entities)
  const parsed = trimmed(mode ? parseMode(text, mode) : { text, entities })
  // Counted in UTF-16 units, the stricter of the two counts in use.
  if (parsed.text.length > limit)
    throw new StrictBreach(
      what === 'text' ? 'Bad Request: message is too long' : 'Bad Request: message caption is too long',
    )
  if (what === 'text' && parsed.text === '') throw new StrictBreach('Bad Request: message text is empty')
  return { text: parsed.text, entities: sorted([...parsed.entities, ...detectEntities(parsed.text, parsed.entities)]) }
}
