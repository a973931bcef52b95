/** Which tags somebody carries. */
import { sql } from 'kysely'
import { z } from 'zod'
import { isTag, tagOf } from '../tag-name.ts'
import { defineTrait } from '../trait.ts'
import { anyOf, oneOrMore } from './fields.ts'

export const tagTrait = defineTrait<string[]>({
  name: 'tag',
  value: oneOrMore(z.string().transform(tagOf).refine(isTag, { error: 'no-tag' })),
  example: 'tag: vip',
  help: 'segment.trait.tag',
  // A tag stays with the member who was given it; whoever they proved to be carries it too, for as long as that holds.
  sql: tags =>
    sql`m.id in (select coalesce(o.merged_into, o.id) from member_tags as t join members as o on o.id = t.member_id
      where t.tag in ${anyOf(tags)})`,
})
