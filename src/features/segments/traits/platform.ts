/** On which platforms somebody is in the community, and whether Muster can write to them privately. */
import { sql } from 'kysely'
import { z } from 'zod'
import { defineTrait } from '../trait.ts'
import { anyOf, oneOrMore } from './fields.ts'

export const platformTrait = defineTrait<string[]>({
  name: 'platform',
  value: oneOrMore(z.enum(['discord', 'telegram', 'playground'])),
  example: 'platform: telegram',
  help: 'segment.trait.platform',
  sql: (platforms, { communityId }) =>
    sql`m.person_id in (select a.person_id from places as l join presences as p on p.place_id = l.id
      join accounts as a on a.id = p.account_id
      where l.community_id = ${communityId} and l.left_at is null and p.left_at is null and l.platform in ${anyOf(platforms)})`,
})

export const reachableTrait = defineTrait<boolean>({
  name: 'reachable',
  value: z.boolean(),
  example: 'reachable: true',
  help: 'segment.trait.reachable',
  sql: wanted =>
    sql`${wanted ? sql`` : sql`not `}exists (select 1 from accounts as a
      where a.person_id = m.person_id and a.direct_at is not null and a.deleted_at is null)`,
})
