/** Did something, at least so often, within so many days. */
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import { type About, defineTrait } from '../trait.ts'
import { days, short, since, what } from './fields.ts'

const MOST_TIMES = 1000

interface Did {
  readonly what: string
  readonly least: number
  readonly days?: number
}

/**
 * One look into (member, kind, day), which ends at the entry that decides: its cost does not grow with what somebody did before. The days
 * are the member's own; today is the community's.
 */
export function did(value: Did, about: About): RawBuilder<SqlBool> {
  const from = value.days === undefined ? sql`` : sql`and a.day >= ${since(about, value.days)}`
  // Once is enough: without an end of its own the look can also become a join, where a planner prefers one.
  const nth = value.least === 1 ? sql`` : sql`limit 1 offset ${value.least - 1}`
  return sql`exists (select 1 from activity as a where a.member_id = m.id and a.kind = ${value.what} ${from} ${nth})`
}

export const didTrait = defineTrait<Did>({
  name: 'did',
  value: short(
    'what',
    'string',
    z.strictObject({
      what: what(),
      least: z.int().min(1).max(MOST_TIMES).default(1),
      days: days().optional(),
    }),
  ),
  example: 'did: { what: checkin, least: 3, days: 7 }',
  help: 'segment.trait.did',
  sql: did,
})
