/** Reading a condition that somebody saves: everything that is wrong with it, each with its place. */
import { z } from 'zod'
import { asks, type Condition, DEEPEST, isObject, type JsonObject } from './condition.ts'
import { SIMPLE, TYPES } from './operators.ts'
import { LONGEST_PATTERN, type PatternProblem, readPattern } from './pattern.ts'

export type Place = ReadonlyArray<string | number>

/** One thing that is wrong, in no language yet. */
export interface Mistake {
  readonly path: Place
  readonly problem:
    | PatternProblem
    | 'no-object'
    | 'no-list'
    | 'no-text'
    | 'no-number'
    | 'no-yes-or-no'
    | 'no-choice'
    | 'no-name'
    | 'unknown-operator'
    | 'mixed'
    | 'too-deep'
    | 'too-long'
  /** The most there may be. */
  readonly limit?: number
  /** What there may be instead. */
  readonly choices?: readonly string[]
  /** What stood there, cut short. */
  readonly typed?: string
}

/** More parts than anybody writes by hand. */
const MOST_PARTS = 500
const MOST_LISTED = 1000
const LISTS = ['$and', '$or', '$nor']
const OPERATORS = [
  ...Object.keys(SIMPLE),
  ...['$not', '$size', '$elemMatch', '$all', '$alli', '$inGroup', '$notInGroup'],
].sort()

/** A value in a few characters, for showing it back. */
export const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
  return [...text].slice(0, 40).join('')
}

/** All mistakes of a condition; none when it can be saved. */
export function mistakesIn(value: unknown): Mistake[] {
  const found: Mistake[] = []
  let parts = 0
  const say = (path: Place, problem: Mistake['problem'], more: Partial<Mistake> = {}): unknown =>
    found.push({ path, problem, ...more })
  const goesOn = (path: Place): boolean => {
    if (path.length > DEEPEST) say(path, 'too-deep', { limit: DEEPEST })
    else if (++parts === MOST_PARTS) say([], 'too-long', { limit: MOST_PARTS })
    return path.length <= DEEPEST && parts < MOST_PARTS
  }

  function listOf(path: Place, list: unknown, each: (path: Place, value: unknown) => unknown): unknown {
    if (!Array.isArray(list)) return say(path, 'no-list', { typed: shown(list) })
    if (list.length > MOST_LISTED) return say(path, 'too-long', { limit: MOST_LISTED })
    for (const [i, value] of list.entries()) each([...path, i], value)
  }
  function condition(path: Place, value: unknown): unknown {
    if (!goesOn(path)) return
    if (!isObject(value)) return say(path, 'no-object', { typed: shown(value) })
    for (const [name, inner] of Object.entries(value)) {
      const here = [...path, name]
      if (LISTS.includes(name)) listOf(here, inner, condition)
      else if (name === '$not') condition(here, inner)
      else if (name.startsWith('$'))
        say(here, 'unknown-operator', { typed: shown(name), choices: [...LISTS, '$not'].sort() })
      else if (name.split('.').includes('')) say(here, 'no-name', { typed: shown(name) })
      else expectation(here, inner)
    }
  }
  function expectation(path: Place, value: unknown): unknown {
    if (!goesOn(path) || !isObject(value)) return
    if (asks(value)) return operators(path, value)
    if (Object.keys(value).some(name => name.startsWith('$'))) say(path, 'mixed')
  }
  function operators(path: Place, value: JsonObject): void {
    for (const [name, expected] of Object.entries(value)) operator([...path, name], name, expected)
  }
  function operator(path: Place, name: string, expected: unknown): unknown {
    if (!OPERATORS.includes(name)) return say(path, 'unknown-operator', { typed: shown(name), choices: OPERATORS })
    if (/^\$(in|nin|ini|nini)$/.test(name)) return listOf(path, expected, () => {})
    if (/^\$alli?$/.test(name)) return listOf(path, expected, expectation)
    if (/regexi?$/i.test(name)) return pattern(path, expected)
    if (/^\$v|InGroup$|^\$inGroup$/.test(name) && typeof expected !== 'string')
      return say(path, 'no-text', { typed: shown(expected) })
    if (/^\$[lg]te?$/.test(name) && typeof expected !== 'number' && typeof expected !== 'string')
      return say(path, 'no-number', { typed: shown(expected) })
    if (name === '$exists' && typeof expected !== 'boolean')
      return say(path, 'no-yes-or-no', { typed: shown(expected) })
    if (name === '$type' && !TYPES.some(type => type === expected))
      return say(path, 'no-choice', { typed: shown(expected), choices: TYPES })
    if (name === '$elemMatch' && !asks(expected)) return condition(path, expected)
    if (name === '$not' || name === '$size' || name === '$elemMatch') expectation(path, expected)
  }
  function pattern(path: Place, expected: unknown): unknown {
    if (typeof expected !== 'string') return say(path, 'no-text', { typed: shown(expected) })
    const read = readPattern(expected)
    if ('problem' in read) say(path, read.problem, { typed: shown(expected), limit: LONGEST_PATTERN })
  }

  condition([], value)
  return found
}

/** For schemas that hold conditions: each mistake is an issue at its own path, its `params` the Mistake. */
export const conditionSchema = z.custom<Condition>().superRefine((value, context) => {
  for (const mistake of mistakesIn(value))
    context.addIssue({ code: 'custom', path: [...mistake.path], message: mistake.problem, params: { mistake } })
})
