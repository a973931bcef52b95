import type { Entity } from '../model.ts'

const patterns: [string, RegExp][] = [
  ['bot_command', /(?<![\w/<>@.])\/[A-Za-z0-9_]{1,64}(?:@[A-Za-z][A-Za-z0-9_]{2,31})?(?![\w/])/g],
  ['mention', /(?<![\w@/])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)/g],
  ['hashtag', /(?<![\w#])#(?=[\p{L}\p{N}_]*\p{L})[\p{L}\p{N}_]+/gu],
  [
    'url',
    /(?<![\w@])(?:https?:\/\/)?(?:[a-z0-9-]+\.)+(?:com|org|net|io|me|dev|example|app)(?:[/?#][^\s<>"]*[^\s<>".,!?)])?/gi,
  ],
]

/** Entities every message gets without markup: commands, mentions, hashtags, addresses. Offsets are UTF-16. */
export function detectEntities(text: string, taken: readonly Entity[] = []): Entity[] {
  const found: Entity[] = []
  const overlaps = (start: number, end: number) =>
    [...taken, ...found].some(other => start < other.offset + other.length && other.offset < end)
  for (const [type, pattern] of patterns) {
    for (const match of text.matchAll(pattern)) {
      const start = match.index
      if (!overlaps(start, start + match[0].length)) found.push({ type, offset: start, length: match[0].length })
    }
  }
  return found
}
