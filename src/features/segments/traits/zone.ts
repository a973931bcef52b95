/** In which zone somebody's days are counted. */
import { sql } from 'kysely'
import { z } from 'zod'
import { canonicalZone } from '../../../lib/zones.ts'
import { defineTrait } from '../trait.ts'
import { anyOf, oneOrMore } from './fields.ts'

const zone = z.string().transform((typed, context) => {
  const known = canonicalZone(typed)
  if (known !== null) return known
  context.addIssue({ code: 'custom', message: 'no-zone' })
  return z.NEVER
})

export const zoneTrait = defineTrait<string[]>({
  name: 'zone',
  value: oneOrMore(zone),
  example: 'zone: [Asia/Shanghai, Europe/London]',
  help: 'segment.trait.zone',
  sql: (zones, about) =>
    sql`coalesce((select r.zone from day_rules as r where r.member_id = m.id and r.from_at <= ${about.at}
      order by r.from_at desc limit 1), ${about.zone}) in ${anyOf(zones)}`,
})
