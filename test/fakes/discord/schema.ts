/** Checks a request body against the reduced OpenAPI document and reports like Discord's form validator. */
import { readFileSync } from 'node:fs'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** A string is the name of a schema; `any` is oneOf or anyOf; `values` is additionalProperties. */
export type Schema =
  | string
  | {
      type?: string | string[]
      enum?: (string | number)[]
      any?: Schema[]
      properties?: Record<string, Schema>
      values?: Schema
      items?: Schema
      required?: string[]
      minLength?: number
      maxLength?: number
      minItems?: number
      maxItems?: number
      minimum?: number
      maximum?: number
      maxProperties?: number
      uniqueItems?: boolean
      format?: 'snowflake' | 'date-time' | 'uri'
    }

/** `answer` is the body of a 200. */
export type Route = { method: string; path: string; body?: Schema; files?: true; answer?: Schema }
export type Problem = { path: string[]; code: string; message: string }
export type Verdict = { problems: Problem[]; unknown: string[] }

const spec: { routes: Route[]; schemas: Record<string, Schema> } = JSON.parse(
  readFileSync(new URL('./vendor/routes.json', import.meta.url), 'utf8'),
)

export const ROUTES = spec.routes

/** The schema of that name with references followed. */
function resolve(schema: Schema): Exclude<Schema, string> {
  let at: Schema | undefined = schema
  while (typeof at === 'string') at = spec.schemas[at]
  if (at === undefined) throw new Error(`no schema ${String(schema)}`)
  return at
}

/** The locales Discord has, for localizations. */
export const LOCALES: ReadonlySet<string> = new Set((resolve('AvailableLocalesEnum').enum ?? []).map(String))

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const kindOf = (value: Json): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'array'
      : typeof value === 'number'
        ? Number.isInteger(value)
          ? 'integer'
          : 'number'
        : typeof value

const TYPE_ERRORS: Record<string, [string, string]> = {
  object: ['DICT_TYPE_CONVERT', 'Only dictionaries may be used in a DictType'],
  array: ['LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType'],
  string: ['STRING_TYPE_CONVERT', 'Could not interpret the value as string.'],
  boolean: ['BOOLEAN_TYPE_CONVERT', 'Must be either true or false.'],
  integer: ['NUMBER_TYPE_COERCE', 'The value is not int.'],
  number: ['NUMBER_TYPE_COERCE', 'The value is not float.'],
}

/** Every way in which `value` departs from `schema`, and the fields Discord would silently ignore. */
export function check(schema: Schema, value: Json, path: string[] = []): Verdict {
  const rule = resolve(schema)
  if (rule.any) return checkAny(rule.any, value, path)
  const problem = (code: string, message: string): Verdict => ({ problems: [{ path, code, message }], unknown: [] })
  const types = rule.type === undefined ? undefined : [rule.type].flat()
  const kind = kindOf(value)
  if (types && !types.includes(kind) && !(kind === 'integer' && types.includes('number'))) {
    const wanted = types.find(type => type !== 'null') ?? 'string'
    const [code, message] = TYPE_ERRORS[wanted] ?? ['BASE_TYPE_BAD_TYPE', `Must be ${wanted}.`]
    return problem(code, message)
  }
  if (rule.enum && value !== null && !rule.enum.includes(value as string))
    return problem('BASE_TYPE_CHOICES', `Value must be one of {${rule.enum.join(', ')}}.`)
  if (typeof value === 'string') return { problems: checkString(rule, value, path), unknown: [] }
  if (typeof value === 'number') return { problems: checkNumber(rule, value, path), unknown: [] }
  if (Array.isArray(value)) return checkArray(rule, value, path)
  if (isObject(value)) return checkObject(rule, value, path)
  return { problems: [], unknown: [] }
}

/** The best alternative: one that fits, else the one meant by `type`, else the one with the fewest problems. */
function checkAny(alternatives: Schema[], value: Json, path: string[]): Verdict {
  const fitting = alternatives.map(one => ({ rule: resolve(one), verdict: check(one, value, path) }))
  // Of several that do not fit, the one of the value's own kind says best what is wrong with it.
  const cost = ({ rule, verdict }: (typeof fitting)[number]) =>
    verdict.problems.length * 1000 + verdict.unknown.length + ([rule.type].flat().includes(kindOf(value)) ? 0 : 0.5)
  const meant = fitting.filter(({ rule }) => {
    const tag = rule.properties?.type
    return isObject(value) && tag !== undefined && (resolve(tag).enum ?? []).includes(value.type as number)
  })
  const usable = (meant.length > 0 ? meant : fitting).toSorted((a, b) => cost(a) - cost(b))
  const best = usable[0]
  if (!best) return { problems: [], unknown: [] }
  if (best.verdict.problems.length === 0 || meant.length > 0) return best.verdict
  const notNull = usable.find(({ rule }) => rule.type !== 'null') ?? best
  const tags = fitting.flatMap(({ rule }) => (rule.properties?.type ? (resolve(rule.properties.type).enum ?? []) : []))
  if (isObject(value) && tags.length > 0)
    return {
      problems: [
        { path: [...path, 'type'], code: 'BASE_TYPE_CHOICES', message: `Value must be one of {${tags.join(', ')}}.` },
      ],
      unknown: [],
    }
  return notNull.verdict
}

const bounds = (low: number | undefined, high: number | undefined, tooLong: boolean): [string, string] =>
  low !== undefined && low > 0 && high !== undefined
    ? ['BASE_TYPE_BAD_LENGTH', `Must be between ${low} and ${high} in length.`]
    : tooLong
      ? ['BASE_TYPE_MAX_LENGTH', `Must be ${high} or fewer in length.`]
      : ['BASE_TYPE_MIN_LENGTH', `Must be ${low} or more in length.`]

function checkString(rule: Exclude<Schema, string>, value: string, path: string[]): Problem[] {
  const length = [...value].length
  const long = length > (rule.maxLength ?? Number.POSITIVE_INFINITY)
  if (long || length < (rule.minLength ?? 0)) {
    const [code, message] = bounds(rule.minLength, rule.maxLength, long)
    return [{ path, code, message }]
  }
  if (rule.format === 'snowflake' && !/^(0|[1-9]\d{0,19})$/.test(value))
    return [{ path, code: 'NUMBER_TYPE_COERCE', message: `Value "${value}" is not snowflake.` }]
  if (rule.format === 'date-time' && Number.isNaN(Date.parse(value)))
    return [{ path, code: 'DATE_TIME_TYPE_PARSE', message: `Could not parse ${value}. Should be ISO8601.` }]
  if (rule.format === 'uri' && !/^(https?|wss?|attachment|discord):\/\/\S+$/.test(value))
    return [{ path, code: 'URL_TYPE_INVALID_URL', message: 'Not a well formed URL.' }]
  return []
}

function checkNumber(rule: Exclude<Schema, string>, value: number, path: string[]): Problem[] {
  if (value > (rule.maximum ?? Number.POSITIVE_INFINITY))
    return [{ path, code: 'NUMBER_TYPE_MAX', message: `int value should be less than or equal to ${rule.maximum}.` }]
  if (value < (rule.minimum ?? Number.NEGATIVE_INFINITY))
    return [{ path, code: 'NUMBER_TYPE_MIN', message: `int value should be greater than or equal to ${rule.minimum}.` }]
  return []
}

function checkArray(rule: Exclude<Schema, string>, value: Json[], path: string[]): Verdict {
  const long = value.length > (rule.maxItems ?? Number.POSITIVE_INFINITY)
  if (long || value.length < (rule.minItems ?? 0)) {
    const [code, message] = bounds(rule.minItems, rule.maxItems, long)
    return { problems: [{ path, code, message }], unknown: [] }
  }
  if (rule.uniqueItems && new Set(value.map(one => JSON.stringify(one))).size < value.length)
    return {
      problems: [{ path, code: 'SET_TYPE_ALREADY_CONTAINS_VALUE', message: 'The set already contains this value' }],
      unknown: [],
    }
  return merge(value.map((one, index) => (rule.items ? check(rule.items, one, [...path, String(index)]) : merge([]))))
}

function checkObject(rule: Exclude<Schema, string>, value: JsonObject, path: string[]): Verdict {
  const verdicts: Verdict[] = []
  for (const name of rule.required ?? [])
    if (value[name] === undefined)
      verdicts.push({
        problems: [{ path: [...path, name], code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }],
        unknown: [],
      })
  for (const [name, one] of Object.entries(value)) {
    const schema = rule.properties?.[name] ?? rule.values
    if (schema !== undefined) verdicts.push(check(schema, one, [...path, name]))
    // The client library sends unset switches everywhere; only a field that says something can be a mistake.
    else if (rule.properties && one !== false && one !== null)
      verdicts.push({ problems: [], unknown: [[...path, name].join('.')] })
  }
  if (Object.keys(value).length > (rule.maxProperties ?? Number.POSITIVE_INFINITY))
    verdicts.push({ problems: [{ path, code: 'BASE_TYPE_MAX_LENGTH', message: 'Too many keys.' }], unknown: [] })
  return merge(verdicts)
}

const merge = (verdicts: Verdict[]): Verdict => ({
  problems: verdicts.flatMap(one => one.problems),
  unknown: verdicts.flatMap(one => one.unknown),
})

/** Problems as the nested `errors` object of code 50035: `{ embeds: { 0: { title: { _errors: [...] } } } }`. */
export function nest(problems: Problem[]): JsonObject {
  const root: JsonObject = {}
  for (const { path, code, message } of problems) {
    let at = root
    for (const step of path) {
      const known = at[step]
      const next = isObject(known) ? known : {}
      at[step] = next
      at = next
    }
    at._errors = [...(Array.isArray(at._errors) ? at._errors : []), { code, message }]
  }
  return root
}
