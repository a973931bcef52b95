/** What a condition is: JSON in the manner of MongoDB's queries, as GrowthBook uses it. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
export type JsonObject = { readonly [name: string]: Json }

/**
 * Attribute names (with dots on the way down) and what is asked of their values, all of which must hold; and `$and`, `$or`, `$nor`, `$not`
 * over further conditions. `{}` holds for everything.
 */
export type Condition = JsonObject

/** Lists by name, for `$inGroup`. */
export type Groups = { readonly [name: string]: readonly Json[] }

/** Deeper than anybody writes; what goes deeper holds for nothing. */
export const DEEPEST = 20

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether an object asks something (`{ $gt: 5 }`) rather than being a value to equal. */
export function asks(value: unknown): value is JsonObject {
  if (!isObject(value)) return false
  const names = Object.keys(value)
  return names.length > 0 && names.every(name => name.startsWith('$'))
}
