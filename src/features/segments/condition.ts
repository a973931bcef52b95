/** What a segment asks: traits, joined by all, any and not. Read from plain JSON, with every mistake at its place. */
import type { z } from 'zod'
import { type Mistake, type Place, shown } from '../../lib/conditions/index.ts'
import { CONNECTIVES, type Trait, type Traits } from './trait.ts'

export type Asked =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Asked[] }
  | { readonly kind: 'not'; readonly part: Asked }
  | { readonly kind: 'trait'; readonly trait: Trait; readonly value: unknown }

/** One thing that is wrong with what was written. */
export interface SegmentMistake {
  readonly path: Place
  readonly problem:
    | Mistake['problem']
    | 'unknown-word'
    | 'no-value'
    | 'missing'
    | 'too-small'
    | 'too-big'
    | 'no-whole'
    | 'no-bound'
    | 'no-day'
    | 'no-zone'
    | 'no-tag'
    | 'no-yaml'
  readonly limit?: number
  readonly choices?: readonly string[]
  readonly typed?: string
}

const DEEPEST_PARTS = 8
const MOST_TRAITS = 50

export type ReadCondition =
  | { readonly ok: true; readonly asked: Asked }
  | { readonly ok: false; readonly mistakes: readonly SegmentMistake[] }

/** Reads a condition. Names that stand side by side must all hold; `{}` asks nothing and holds for everybody. */
export function readCondition(traits: Traits, json: unknown): ReadCondition {
  const mistakes: SegmentMistake[] = []
  let count = 0
  const words = [...CONNECTIVES, ...traits.keys()]

  function part(path: Place, value: unknown): Asked[] {
    if (path.length > DEEPEST_PARTS * 2) {
      mistakes.push({ path, problem: 'too-deep', limit: DEEPEST_PARTS })
      return []
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      mistakes.push({ path, problem: 'no-object', typed: shown(value) })
      return []
    }
    const parts = Object.entries(value).flatMap(([word, inner]) => asked([...path, word], word, inner))
    return parts.length === 1 ? parts : [{ kind: 'all', parts }]
  }

  function asked(path: Place, word: string, value: unknown): Asked[] {
    if (word === 'not') return part(path, value).map(inner => ({ kind: 'not', part: inner }))
    if (word === 'all' || word === 'any') {
      if (!Array.isArray(value) || value.length === 0) {
        mistakes.push({ path, problem: 'no-list', typed: shown(value) })
        return []
      }
      return [{ kind: word, parts: value.flatMap((each, i) => part([...path, i], each)) }]
    }
    const trait = traits.get(word)
    if (!trait) {
      mistakes.push({ path, problem: 'unknown-word', typed: shown(word), choices: words })
      return []
    }
    if (++count === MOST_TRAITS + 1) mistakes.push({ path, problem: 'too-long', limit: MOST_TRAITS })
    const read = trait.value.safeParse(value)
    if (read.success) return [{ kind: 'trait', trait, value: read.data }]
    mistakes.push(...read.error.issues.flatMap(issue => fromIssue(path, issue, value)))
    return []
  }

  const [only] = part([], json)
  return mistakes.length === 0 && only ? { ok: true, asked: only } : { ok: false, mistakes }
}

const OWN = ['no-bound', 'no-day', 'no-zone', 'no-tag'] as const

/** What a schema has to say, in our words. */
function fromIssue(path: Place, issue: z.core.$ZodIssue, sent: unknown): SegmentMistake[] {
  const below = issue.path.map(step => (typeof step === 'number' ? step : String(step)))
  // A single value is read as a list of one; whoever wrote it wrote no list.
  const way = Array.isArray(sent) || typeof below[0] !== 'number' ? below : below.slice(1)
  const value = way.reduce<unknown>(
    (inner, step) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, step) : undefined),
    sent,
  )
  const here = { path: [...path, ...way], typed: shown(value) }
  const own = OWN.find(problem => problem === issue.message)
  if (own) return [{ ...here, problem: own }]
  if (value === undefined && issue.code !== 'unrecognized_keys') return [{ ...here, problem: 'missing' }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => ({ path: [...path, ...way, key], problem: 'unknown-word', typed: shown(key) }))
    case 'too_small':
      return [{ ...here, problem: 'too-small', limit: Number(issue.minimum) }]
    case 'too_big':
      return [{ ...here, problem: 'too-big', limit: Number(issue.maximum) }]
    case 'invalid_value':
      return [{ ...here, problem: 'no-choice', choices: issue.values.map(String) }]
    case 'invalid_type':
      return [{ ...here, problem: TYPES[issue.expected] ?? 'no-value' }]
    default:
      return [{ ...here, problem: 'no-value' }]
  }
}

const TYPES: Readonly<Record<string, SegmentMistake['problem']>> = {
  string: 'no-text',
  number: 'no-whole',
  int: 'no-whole',
  boolean: 'no-yes-or-no',
  object: 'no-object',
  array: 'no-list',
}
