/**
 * Whether a condition holds for the properties of one event, or the attributes of one member. The truth table is GrowthBook's
 * (MIT, packages/sdk-js/src/mongrule.ts), kept by ../shared/oracles/conditions.json.
 */
import { asks, type Condition, DEEPEST, type Groups, isObject, type Json } from './condition.ts'
import { primitive, SIMPLE, type Test } from './operators.ts'

/** A condition made ready: patterns are read once. Never throws, whatever it is given. */
export type Holds = (attributes: Json) => boolean

const never = (): boolean => false

/** Makes a condition ready to be asked often. */
export function compileCondition(condition: Condition, groups: Groups = {}): Holds {
  return ready(condition, groups, 0)
}

/** Asks once. */
export const evaluate = (condition: Condition, attributes: Json, groups: Groups = {}): boolean =>
  compileCondition(condition, groups)(attributes)

function ready(condition: Json, groups: Groups, depth: number): Holds {
  if (!isObject(condition) || depth > DEEPEST) return never
  const parts = Object.entries(condition).map(([name, value]): Holds => {
    const all = () => (Array.isArray(value) ? value.map(each => ready(each, groups, depth + 1)) : [])
    switch (name) {
      case '$and':
        return every(all())
      case '$or':
        return some(all())
      case '$nor':
        return opposite(some(all()))
      case '$not':
        return opposite(ready(value, groups, depth + 1))
    }
    const test = valueTest(value, groups, depth + 1)
    const path = name.split('.')
    return attributes => test(valueAt(attributes, path))
  })
  return every(parts)
}

const every =
  (parts: readonly Holds[]): Holds =>
  attributes =>
    parts.every(part => part(attributes))
/** None to choose from: that holds, as nothing was asked. */
const some =
  (parts: readonly Holds[]): Holds =>
  attributes =>
    parts.length === 0 || parts.some(part => part(attributes))
const opposite =
  (part: Holds): Holds =>
  attributes =>
    !part(attributes)

function valueAt(attributes: Json, path: readonly string[]): Json {
  let current = attributes
  for (const name of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return null
    current = (current as Record<string, Json>)[name] ?? null
  }
  return current
}

/** What is asked of one value: to equal another, or to pass operators. */
function valueTest(expected: Json, groups: Groups, depth: number, ignoreCase = false): Test {
  if (depth > DEEPEST) return never
  if (typeof expected === 'string') {
    const wanted = ignoreCase ? expected.toLowerCase() : expected
    const read = (actual: Json): string => String(primitive(actual))
    return ignoreCase ? actual => read(actual).toLowerCase() === wanted : actual => read(actual) === wanted
  }
  if (typeof expected === 'number') return actual => Number(primitive(actual)) === expected
  if (typeof expected === 'boolean') return actual => actual !== null && Boolean(actual) === expected
  if (expected === null) return actual => actual === null
  if (!asks(expected)) {
    const written = JSON.stringify(expected)
    return actual => JSON.stringify(actual) === written
  }
  const tests = Object.entries(expected).map(([name, value]) => operatorTest(name, value, groups, depth + 1))
  return actual => tests.every(test => test(actual))
}

function operatorTest(name: string, expected: Json, groups: Groups, depth: number): Test {
  const simple = Object.hasOwn(SIMPLE, name) ? SIMPLE[name] : undefined
  if (simple) return simple(expected)
  switch (name) {
    case '$not': {
      const test = valueTest(expected, groups, depth)
      return actual => !test(actual)
    }
    case '$size': {
      const test = valueTest(expected, groups, depth)
      return actual => Array.isArray(actual) && test(actual.length)
    }
    case '$elemMatch': {
      const test = asks(expected) ? valueTest(expected, groups, depth) : ready(expected, groups, depth)
      return actual => Array.isArray(actual) && actual.some(each => Boolean(each) && test(each))
    }
    case '$all':
    case '$alli': {
      if (!Array.isArray(expected)) return never
      const tests = expected.map(each => valueTest(each, groups, depth, name === '$alli'))
      return actual => Array.isArray(actual) && tests.every(test => actual.some(test))
    }
    case '$inGroup':
    case '$notInGroup': {
      const group = typeof expected === 'string' && Object.hasOwn(groups, expected) ? groups[expected] : undefined
      return (SIMPLE[name === '$inGroup' ? '$in' : '$nin'] as (list: Json) => Test)(group ?? [])
    }
    default:
      return never
  }
}
