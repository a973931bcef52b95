/** Which role somebody has: the highest that a platform or the community gave them. */
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import { ROLES } from '../../../chat/command.ts'
import { defineTrait } from '../trait.ts'
import { oneOrMore } from './fields.ts'

type Staff = Exclude<(typeof ROLES)[number], 'member'>

const given = (role: Staff, communityId: string): RawBuilder<SqlBool> =>
  sql`(coalesce(m.role, '') = ${role} or m.person_id in (select a.person_id from places as l
    join presences as p on p.place_id = l.id join accounts as a on a.id = p.account_id
    where l.community_id = ${communityId} and l.left_at is null and p.left_at is null
      and p.role <> 'member' and p.role = ${role}))`

/** That role, and none above it. */
function highest(role: (typeof ROLES)[number], communityId: string): RawBuilder<SqlBool> {
  const above = ROLES.slice(ROLES.indexOf(role) + 1).map(each => sql`not ${given(each as Staff, communityId)}`)
  const own = role === 'member' ? [] : [given(role, communityId)]
  return sql`(${sql.join([...own, ...above], sql` and `)})`
}

export const roleTrait = defineTrait<Array<(typeof ROLES)[number]>>({
  name: 'role',
  value: oneOrMore(z.enum(ROLES)),
  example: 'role: member',
  help: 'segment.trait.role',
  sql: (roles, { communityId }) =>
    sql`(${sql.join(
      roles.map(role => highest(role, communityId)),
      sql` or `,
    )})`,
})
