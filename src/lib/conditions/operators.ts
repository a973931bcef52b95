/** What can be asked of one value. Each operator is made ready once, from what is expected, and then asked often. */
import type { Json } from './condition.ts'
import { readPattern } from './pattern.ts'
import { sortable } from './version.ts'

/** Asked of one value; `undefined` never occurs: what is missing is null. */
export type Test = (actual: Json) => boolean

/** As JavaScript compares and concatenates, except that nothing throws. */
export function primitive(value: Json): string | number | boolean | null {
  if (typeof value !== 'object' || value === null) return value
  try {
    return String(value)
  } catch {
    return '[object Object]'
  }
}

const folded = (value: Json): Json => (typeof value === 'string' ? value.toLowerCase() : value)
const same = (value: Json): Json => value

/** Whether a value, or one of a list of them, is in the list. */
function among(expected: readonly Json[], read: (value: Json) => Json): Test {
  const wanted = new Set(expected.map(read))
  return actual => (Array.isArray(actual) ? actual.some(each => wanted.has(read(each))) : wanted.has(read(actual)))
}

const never: Test = () => false
const ifList = (expected: Json, make: (list: readonly Json[]) => Test): Test =>
  Array.isArray(expected) ? make(expected) : never
const not =
  (test: Test): Test =>
  actual =>
    !test(actual)

/** Compares as JavaScript does: numbers with texts that are numbers, texts with texts by their characters. */
const ordered =
  (holds: (actual: string | number, expected: string | number) => boolean) =>
  (expected: Json): Test => {
    const right = primitive(expected) as string | number
    return actual => holds(primitive(actual) as string | number, right)
  }

const versioned =
  (holds: (actual: string, expected: string) => boolean) =>
  (expected: Json): Test => {
    const right = sortable(expected)
    return actual => holds(sortable(actual), right)
  }

const matching =
  (ignoreCase: boolean) =>
  (expected: Json): Test => {
    const pattern = readPattern(String(primitive(expected)), { ignoreCase })
    return 'matches' in pattern ? actual => pattern.matches(String(primitive(actual))) : never
  }

export const TYPES = ['string', 'number', 'boolean', 'array', 'object', 'null'] as const
function typeOf(value: Json): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** Operators that need nothing but what is expected; those that hold conditions themselves are in evaluate.ts. */
export const SIMPLE: Readonly<Record<string, (expected: Json) => Test>> = {
  $eq: expected => actual => actual === expected,
  $ne: expected => actual => actual !== expected,
  $lt: ordered((actual, expected) => actual < expected),
  $lte: ordered((actual, expected) => actual <= expected),
  $gt: ordered((actual, expected) => actual > expected),
  $gte: ordered((actual, expected) => actual >= expected),
  $veq: versioned((actual, expected) => actual === expected),
  $vne: versioned((actual, expected) => actual !== expected),
  $vlt: versioned((actual, expected) => actual < expected),
  $vlte: versioned((actual, expected) => actual <= expected),
  $vgt: versioned((actual, expected) => actual > expected),
  $vgte: versioned((actual, expected) => actual >= expected),
  $exists: expected => actual => (actual !== null) === Boolean(expected),
  $type: expected => actual => typeOf(actual) === expected,
  $in: expected => ifList(expected, list => among(list, same)),
  $nin: expected => ifList(expected, list => not(among(list, same))),
  $ini: expected => ifList(expected, list => among(list, folded)),
  $nini: expected => ifList(expected, list => not(among(list, folded))),
  $regex: matching(false),
  $regexi: matching(true),
  $notRegex: expected => not(matching(false)(expected)),
  $notRegexi: expected => not(matching(true)(expected)),
}
