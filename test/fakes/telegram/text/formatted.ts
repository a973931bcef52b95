import type { Entity } from '../model.ts'

export interface FormattedText {
  readonly text: string
  readonly entities: readonly Entity[]
}

/** Markup that Telegram cannot parse; the message is what follows "can't parse entities: ". */
export class UnparsableText extends Error {}

/** Offset in UTF-8 bytes, the unit of Telegram's parse errors. */
export const byteOffset = (source: string, index: number): number => Buffer.byteLength(source.slice(0, index))

/** Drops white space at both ends, as the server does, and moves the entities with the text. */
export function trimmed({ text, entities }: FormattedText): FormattedText {
  const lead = text.length - text.trimStart().length
  const kept = text.trim()
  return {
    text: kept,
    entities: entities
      .map(entity => {
        const start = Math.max(0, entity.offset - lead)
        const end = Math.min(kept.length, entity.offset + entity.length - lead)
        return { ...entity, offset: start, length: end - start }
      })
      .filter(entity => entity.length > 0),
  }
}

/** Order of the entities in a message: by offset, the longer first. */
export function sorted(entities: readonly Entity[]): Entity[] {
  return [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length)
}
