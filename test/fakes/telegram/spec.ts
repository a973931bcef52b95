import { readFileSync } from 'node:fs'

/** One parameter of a method or one field of an object, as the official description states it. */
export interface Field {
  readonly name: string
  readonly required: boolean
  /** Names such as `String`, `Array of Integer` or `InlineKeyboardMarkup`; any one of them fits. */
  readonly types: readonly string[]
  /** The only value allowed (`type` of a union member). */
  readonly literal: string | undefined
}

export interface MethodSpec {
  readonly returns: readonly string[]
  readonly fields: ReadonlyMap<string, Field>
}

export type TypeSpec = { readonly oneOf: readonly string[] } | { readonly fields: ReadonlyMap<string, Field> }

interface Compact {
  version: string
  methods: Record<string, { returns: string; fields: Record<string, string> }>
  types: Record<string, { oneOf?: string[]; fields?: Record<string, string> }>
}

function readFields(compact: Record<string, string>): Map<string, Field> {
  return new Map(
    Object.entries(compact).map(([key, types]) => {
      const name = key.replace('!', '')
      const literal = types.startsWith('=') ? types.slice(1) : undefined
      const field = { name, required: key.endsWith('!'), types: literal ? ['String'] : types.split('|'), literal }
      return [name, field]
    }),
  )
}

const compact: Compact = JSON.parse(readFileSync(new URL('./vendor/bot-api.json', import.meta.url), 'utf8'))

/** Every method of the Bot API by name. */
export const methods: ReadonlyMap<string, MethodSpec> = new Map(
  Object.entries(compact.methods).map(([name, method]) => [
    name,
    { returns: method.returns.split('|'), fields: readFields(method.fields) },
  ]),
)

/** Every object type of the Bot API by name. */
export const types: ReadonlyMap<string, TypeSpec> = new Map(
  Object.entries(compact.types).map(([name, type]) => [
    name,
    type.oneOf ? { oneOf: type.oneOf } : { fields: readFields(type.fields ?? {}) },
  ]),
)

/** Method names are matched without regard to case, as the real server does. */
export const methodNamed = new Map([...methods.keys()].map(name => [name.toLowerCase(), name]))

export const updateKinds: readonly string[] = Object.keys(compact.types.Update?.fields ?? {}).filter(
  name => name !== 'update_id!',
)
