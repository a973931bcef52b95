/** Last did something between so many and so many days ago. */
import { type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import { addDays } from '../../../lib/time.ts'
import { defineTrait } from '../trait.ts'
import { daysAgo, what } from './fields.ts'

export const lastDidTrait = defineTrait<{ readonly what: string; readonly least?: number; readonly most?: number }>({
  name: 'last_did',
  value: z
    .strictObject({ what: what(), least: daysAgo().optional(), most: daysAgo().optional() })
    .refine(({ least, most }) => least !== undefined || most !== undefined, { error: 'no-bound' }),
  example: 'last_did: { what: checkin, least: 3, most: 14 }',
  help: 'segment.trait.last_did',
  sql({ what: kind, least, most }, about) {
    const facts = sql`from activity as a where a.member_id = m.id and a.kind = ${kind}`
    const from = most === undefined ? sql`` : sql`and a.day >= ${addDays(about.today, -most)}`
    const later =
      least === undefined ? sql`` : sql`and not exists (select 1 ${facts} and a.day > ${addDays(about.today, -least)})`
    return sql<SqlBool>`(exists (select 1 ${facts} ${from}) ${later})`
  },
})
