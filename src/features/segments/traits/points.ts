/** How many points somebody has, in all or this week or month; and coins. */
import { sql } from 'kysely'
import { z } from 'zod'
import { periodOf } from '../../points/index.ts'
import { defineTrait } from '../trait.ts'
import { notEmpty, short, within } from './fields.ts'

const bound = () => z.int().optional()

export const pointsTrait = defineTrait<{
  readonly least?: number
  readonly most?: number
  readonly window: 'week' | 'month' | 'all'
}>({
  name: 'points',
  value: short(
    'least',
    'number',
    z
      .strictObject({ least: bound(), most: bound(), window: z.enum(['week', 'month', 'all']).default('all') })
      .refine(({ least, most }) => notEmpty({ least, most }), { error: 'no-bound' }),
  ),
  example: 'points: { least: 100, window: month }',
  help: 'segment.trait.points',
  sql: (value, about) =>
    within(
      sql`coalesce((select s.points from standings as s where s.member_id = m.id and s.period = ${periodOf(value.window, about.today)}), 0)`,
      value,
    ),
})

export const coinsTrait = defineTrait<{ readonly least?: number; readonly most?: number }>({
  name: 'coins',
  value: short(
    'least',
    'number',
    z.strictObject({ least: bound(), most: bound() }).refine(notEmpty, { error: 'no-bound' }),
  ),
  example: 'coins: { most: 20 }',
  help: 'segment.trait.coins',
  sql: value =>
    within(sql`coalesce((select b.total from balances as b where b.member_id = m.id and b.unit = 'coins'), 0)`, value),
})
