import { type Field, methods, types } from './spec.ts'

/** What is wrong with a value, and where in it. */
export interface Problem {
  readonly path: string
  readonly what: 'unknown' | 'missing' | 'type'
  readonly text: string
}

export type Json = Record<string, unknown>

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const primitives: Record<string, (value: unknown) => boolean> = {
  // Ids go up to 52 bits: a larger number has already lost digits.
  Integer: value => Number.isSafeInteger(value),
  Float: value => typeof value === 'number' && Number.isFinite(value),
  String: value => typeof value === 'string',
  Boolean: value => typeof value === 'boolean',
  InputFile: value => typeof value === 'string' && value !== '',
}

function wrongType(path: string, type: string, value: unknown): Problem {
  const shown = JSON.stringify(value)?.slice(0, 60) ?? String(value)
  return { path, what: 'type', text: `${path} must be ${type}, got ${shown}` }
}

function checkFields(value: Json, fields: ReadonlyMap<string, Field>, path: string): Problem[] {
  const problems: Problem[] = []
  for (const [name, item] of Object.entries(value)) {
    const at = path ? `${path}.${name}` : name
    const field = fields.get(name)
    if (!field) problems.push({ path: at, what: 'unknown', text: `${at} does not exist in this Bot API version` })
    else if (field.literal !== undefined && item !== field.literal)
      problems.push(wrongType(at, `"${field.literal}"`, item))
    else problems.push(...checkValue(item, field.types, at))
  }
  for (const field of fields.values()) {
    const at = path ? `${path}.${field.name}` : field.name
    if (field.required && value[field.name] === undefined)
      problems.push({ path: at, what: 'missing', text: `${at} is required` })
  }
  return problems
}

function checkOne(value: unknown, type: string, path: string): Problem[] {
  const element = /^Array of (.+)$/.exec(type)?.[1]
  if (element) {
    if (!Array.isArray(value)) return [wrongType(path, type, value)]
    return value.flatMap((item, index) => checkValue(item, [element], `${path}[${index}]`))
  }
  const primitive = primitives[type]
  if (primitive) return primitive(value) ? [] : [wrongType(path, type, value)]
  const spec = types.get(type)
  if (!spec) throw new Error(`the Bot API description does not know the type ${type}`)
  if ('oneOf' in spec) return checkValue(value, spec.oneOf, path)
  return isObject(value) ? checkFields(value, spec.fields, path) : [wrongType(path, type, value)]
}

/** Problems of `value` against the best fitting of `candidates`; empty when one fits. */
export function checkValue(value: unknown, candidates: readonly string[], path: string): Problem[] {
  let best: Problem[] | undefined
  for (const type of candidates) {
    const problems = checkOne(value, type, path)
    if (problems.length === 0) return []
    // A wrong discriminator is worth more than any number of other problems: it is the wrong candidate.
    const rank = (list: Problem[]) => list.length + (list.some(p => p.text.includes('must be "')) ? 100 : 0)
    if (!best || rank(problems) < rank(best)) best = problems
  }
  return best ?? []
}

/** Problems of a method's parameters against the official description. */
export function checkParameters(method: string, params: Json): Problem[] {
  const spec = methods.get(method)
  if (!spec) return [{ path: method, what: 'unknown', text: `method ${method} does not exist` }]
  return checkFields(params, spec.fields, '')
}

/** Problems of a value the fake itself is about to send: it promises complete, real payloads. */
export function checkResult(method: string, result: unknown): Problem[] {
  return checkValue(result, methods.get(method)?.returns ?? [], 'result')
}
