/** Who is in a segment, as one statement over the members of one community. */
import { type CompiledQuery, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { App } from '../../app.ts'
import { localDay } from '../../lib/time.ts'
import type { Asked } from './condition.ts'
import type { About } from './trait.ts'

/** What is known of a community before it is asked about, as of `at`. */
export async function aboutCommunity(app: App, communityId: string, at: number): Promise<About> {
  const { zone, locale, day_start } = await app.db
    .selectFrom('communities')
    .select(['zone', 'locale', 'day_start'])
    .where('id', '=', communityId)
    .executeTakeFirstOrThrow()
  return { communityId, zone, locale, today: localDay(at, zone, day_start), at }
}

/** Whether it is so of the member `m`. */
function conditionSql(asked: Asked, about: About): RawBuilder<SqlBool> {
  switch (asked.kind) {
    case 'trait':
      return asked.trait.sql(asked.value, about)
    case 'not':
      return sql`not (${conditionSql(asked.part, about)})`
    case 'all':
    case 'any': {
      if (asked.parts.length === 0) return asked.kind === 'all' ? sql`1 = 1` : sql`1 = 0`
      const parts = asked.parts.map(part => conditionSql(part, about))
      return sql`(${sql.join(parts, asked.kind === 'all' ? sql` and ` : sql` or `)})`
    }
  }
}

/**
 * The members `m` of the community who are here and of whom it is so: a query to count, to page through by `m.id`, or to insert from. No
 * condition reaches another community: whatever it says, it is about these.
 */
export const audience = (app: App, asked: Asked, about: About) =>
  app.db
    .selectFrom('members as m')
    .where('m.community_id', '=', about.communityId)
    .where('m.merged_into', 'is', null)
    .where('m.left_at', 'is', null)
    .where(conditionSql(asked, about))

/** Whether one member is in it. */
export async function isInAudience(app: App, asked: Asked, about: About, memberId: string): Promise<boolean> {
  const found = await audience(app, asked, about).select('m.id').where('m.id', '=', memberId).executeTakeFirst()
  return found !== undefined
}

const SAMPLE = 5

interface Sampled {
  readonly name: string
  readonly size: number | string
}

/** The newest few, each with the size of all. */
const counting = (app: App, asked: Asked, about: About): CompiledQuery<Sampled> =>
  audience(app, asked, about)
    .select(['m.name', sql<number>`count(*) over ()`.as('size')])
    .orderBy('m.id', 'desc')
    .limit(SAMPLE)
    .compile()

export interface Count {
  readonly size: number
  /** Names of some of them, the newest first. */
  readonly sample: readonly string[]
}

/** How many there are, and some of their names. It may take a second in a large community: outside transactions alone. */
export async function countAudience(app: App, asked: Asked, about: About): Promise<Count> {
  if (app.inside) throw new Error('an audience is counted outside of transactions: it may take a second')
  const rows = await app.readAside<Sampled>(counting(app, asked, about))
  return { size: Number(rows[0]?.size ?? 0), sample: rows.map(({ name }) => name) }
}
