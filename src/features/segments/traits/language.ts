/** Which language Muster speaks with somebody: their own choice, else that of their app, else the community's. */
import { sql } from 'kysely'
import { z } from 'zod'
import { LOCALES } from '../../../lib/locale.ts'
import { defineTrait } from '../trait.ts'
import { anyOf, oneOrMore } from './fields.ts'

/** The tag of an app, `zh-Hans`, by its first part (see lib/locale.ts); null where we do not speak it. */
const spoken = sql`case when lower(a.locale) = 'zh' or lower(a.locale) like 'zh-%' or substr(lower(a.locale), 1, 3) = 'zh_' then 'zh-CN'
  when lower(a.locale) = 'en' or lower(a.locale) like 'en-%' or substr(lower(a.locale), 1, 3) = 'en_' then 'en' end`

export const languageTrait = defineTrait<string[]>({
  name: 'language',
  value: oneOrMore(z.enum(LOCALES)),
  example: 'language: zh-CN',
  help: 'segment.trait.language',
  sql: (languages, about) =>
    sql`coalesce((select p.locale from persons as p where p.id = m.person_id),
      (select ${spoken} from accounts as a where a.person_id = m.person_id and ${spoken} is not null
        order by a.created_at, a.id limit 1), ${about.locale}) in ${anyOf(languages)}`,
})
