/** What a manager writes by hand: YAML, of which JSON is a part; mistakes get the line they stand in. */
import { createRequire } from 'node:module'
import type { Document } from 'yaml'
import type { Place } from '../../lib/conditions/index.ts'
import { type Asked, readCondition, type SegmentMistake } from './condition.ts'
import type { Traits } from './trait.ts'

export const LONGEST_WRITTEN = 2000

const require = createRequire(import.meta.url)
/** Loaded with the first condition that somebody writes: 10 MB that most processes never need. At once, because a command waits for nothing but its database. */
const yaml = (): typeof import('yaml') => require('yaml')

/** A mistake with its line, counted from 1. */
export type LineMistake = SegmentMistake & { readonly line: number }

export type Written =
  | { readonly ok: true; readonly asked: Asked; readonly json: unknown }
  | { readonly ok: false; readonly mistakes: readonly LineMistake[] }

/** Reads what was written, with every mistake in it. Phones write curly quotes and tabs, chats put code in fences: both are read. */
export function readWritten(traits: Traits, text: string): Written {
  const { LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  // No merge keys, no tags, no references: a few characters must not become thousands.
  const document = parseDocument(tidied(text), {
    lineCounter: lines,
    schema: 'core',
    customTags: [],
    prettyErrors: false,
  })
  const wrong = document.errors.map(
    ({ pos, code, message }): LineMistake => ({
      path: [],
      problem: 'no-yaml',
      typed: code === 'DUPLICATE_KEY' ? code : message,
      line: lines.linePos(pos[0]).line,
    }),
  )
  if (wrong.length > 0) return { ok: false, mistakes: wrong }
  let json: unknown
  try {
    json = document.toJS({ maxAliasCount: 0 })
  } catch (error) {
    return { ok: false, mistakes: [{ path: [], problem: 'no-yaml', typed: String(error), line: 1 }] }
  }
  const read = readCondition(traits, json)
  if (read.ok) return { ok: true, asked: read.asked, json }
  return {
    ok: false,
    mistakes: read.mistakes.map(mistake => ({
      ...mistake,
      line: lines.linePos(offsetOf(document, mistake.path)).line,
    })),
  }
}

const tidied = (text: string): string =>
  text
    .replace(/^\s*```\w*\n?/, '')
    .replace(/\n?```\s*$/, '')
    .replaceAll(/[“”]/g, '"')
    .replaceAll('\t', '  ')
    .replaceAll('：', ': ')

/** Where a path stands: its last step that is there. */
function offsetOf(document: Document.Parsed, path: Place): number {
  const { isMap, isScalar, isSeq } = yaml()
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (!pair) break
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      offset = startOf(node) ?? offset
    } else break
  }
  return offset
}

function startOf(node: unknown): number | undefined {
  const range = typeof node === 'object' && node !== null ? Reflect.get(node, 'range') : undefined
  return Array.isArray(range) ? (range[0] as number) : undefined
}
