/** Has not done something, ever or within so many days. */
import { sql } from 'kysely'
import { z } from 'zod'
import { defineTrait } from '../trait.ts'
import { did } from './did.ts'
import { days, short, what } from './fields.ts'

export const hasNotTrait = defineTrait<{ readonly what: string; readonly days?: number }>({
  name: 'has_not',
  value: short('what', 'string', z.strictObject({ what: what(), days: days().optional() })),
  example: 'has_not: { what: checkin, days: 7 }',
  help: 'segment.trait.has_not',
  sql: (value, about) => sql`not ${did({ ...value, least: 1 }, about)}`,
})
