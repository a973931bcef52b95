/** What a segment can ask about a member: one trait a file, each with its SQL. Later features bring theirs (src/traits.ts). */
import type { RawBuilder, SqlBool } from 'kysely'
import type { z } from 'zod'
import type { Locale } from '../../lib/locale.ts'
import type { Day } from '../../lib/time.ts'
import type { Key } from '../../messages/index.ts'

/** The community that is asked about, and the moment as of which. */
export interface About {
  readonly communityId: string
  readonly zone: string
  readonly locale: Locale
  /** The community's day at that moment. */
  readonly today: Day
  readonly at: number
}

export interface Trait<V = unknown> {
  readonly kind: 'trait'
  /** As managers write it: a-z and _. */
  readonly name: string
  /** What may stand behind it; shorter ways of writing are made the long one. */
  readonly value: z.ZodType<V>
  /** One line of YAML. */
  readonly example: string
  /** What it asks, for whoever writes a segment. */
  readonly help: Key
  /**
   * Whether it is so of the member `m` (a row of members of the community): portable SQL on both engines, values as parameters, instants and
   * days computed here and not there. Never null.
   */
  // Method syntax: it is only asked with what its own schema let through.
  sql(value: V, about: About): RawBuilder<SqlBool>
}

export const defineTrait = <V>(trait: Omit<Trait<V>, 'kind'>): Trait => ({ kind: 'trait', ...trait }) as Trait

export type Traits = ReadonlyMap<string, Trait>

const NAME = /^[a-z][a-z_]{1,30}$/

/** Words of the language itself. */
export const CONNECTIVES = ['all', 'any', 'not'] as const

/** Makes traits findable; two of one name, or one named as the language itself, stop the start. */
export function createTraits(list: readonly Trait[]): Traits {
  const traits = new Map<string, Trait>()
  for (const trait of list) {
    if (!NAME.test(trait.name)) throw new Error(`trait "${trait.name}": a name is a-z and _`)
    if (traits.has(trait.name) || CONNECTIVES.some(word => word === trait.name))
      throw new Error(`two traits are called "${trait.name}"`)
    traits.set(trait.name, trait)
  }
  return traits
}
