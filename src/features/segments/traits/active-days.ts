/** On how many days somebody did anything. */
import { sql } from 'kysely'
import { z } from 'zod'
import { defineTrait } from '../trait.ts'
import { days, notEmpty, since, within } from './fields.ts'

const bound = () => z.int().min(0).max(100_000).optional()

export const activeDaysTrait = defineTrait<{
  readonly least?: number
  readonly most?: number
  readonly days?: number
}>({
  name: 'active_days',
  value: z
    .strictObject({ least: bound(), most: bound(), days: days().optional() })
    .refine(({ least, most }) => notEmpty({ least, most }), { error: 'no-bound' }),
  example: 'active_days: { least: 5, days: 14 }',
  help: 'segment.trait.active_days',
  sql(value, about) {
    const from = value.days === undefined ? sql`` : sql`and d.day >= ${since(about, value.days)}`
    return within(sql`(select count(*) from activity_days as d where d.member_id = m.id ${from})`, value)
  },
})
