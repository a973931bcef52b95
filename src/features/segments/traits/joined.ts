/** When somebody came: so many days ago, or between two calendar days of the community. */
import { type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import { addDays, dayStart } from '../../../lib/time.ts'
import { defineTrait } from '../trait.ts'
import { calendarDay, daysAgo, notEmpty } from './fields.ts'

export const joinedTrait = defineTrait<{
  readonly least?: number
  readonly most?: number
  readonly from?: string
  readonly until?: string
}>({
  name: 'joined',
  value: z
    .strictObject({
      least: daysAgo().optional(),
      most: daysAgo().optional(),
      from: calendarDay().optional(),
      until: calendarDay().optional(),
    })
    .refine(notEmpty, { error: 'no-bound' }),
  example: 'joined: { most: 7 }',
  help: 'segment.trait.joined',
  sql({ least, most, from, until }, { today, zone }) {
    const start = (day: string): number => dayStart(day, zone)
    const parts = [
      ...(most === undefined ? [] : [sql`m.joined_at >= ${start(addDays(today, -most))}`]),
      ...(least === undefined ? [] : [sql`m.joined_at < ${start(addDays(today, 1 - least))}`]),
      ...(from === undefined ? [] : [sql`m.joined_at >= ${start(from)}`]),
      ...(until === undefined ? [] : [sql`m.joined_at < ${start(addDays(until, 1))}`]),
    ]
    return sql<SqlBool>`(${sql.join(parts, sql` and `)})`
  },
})
