/** Activity: what happened in the community, as facts. */
import { z } from '@hono/zod-openapi'
import { type Fact, KINDS, readActivity } from '../../../features/activity/index.ts'
import { memberOf } from '../../../features/people/index.ts'
import { day, id, instant, shape, written } from '../fields.ts'
import { onePage, pageOf, pageQuery } from '../page.ts'
import { defineRoute } from '../route.ts'

const kinds = Object.keys(KINDS) as Fact['kind'][]

const Activity = shape({
  id: z.int(),
  kind: z.string().openapi({ description: 'More kinds may come.', example: 'checkin' }),
  member: id().nullable().openapi({ description: 'Null for what is nobody’s, such as a place that was renamed.' }),
  day: day().openapi({ description: 'The member’s own; the community’s where there is none.' }),
  at: instant(),
  details: z.record(z.string(), z.unknown()),
}).openapi('Activity')

/** Of a fact's details, those that may be shown. */
const shown = (kind: string, details: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const names = Object.hasOwn(KINDS, kind) ? KINDS[kind as Fact['kind']] : []
  return Object.fromEntries(names.map(name => [name, details[name]]))
}

export const list = defineRoute({
  method: 'get',
  path: '/activity',
  scope: 'activity:read',
  tag: 'Activity',
  summary: 'What happened, the newest first',
  query: z.strictObject({
    ...pageQuery('activity', 'number'),
    member: id().optional().openapi({ description: 'Only what is about this member.' }),
    kind: z
      .enum(kinds as [Fact['kind'], ...Fact['kind'][]])
      .optional()
      .openapi({ description: 'Only facts of this kind.' }),
  }),
  answers: { 200: pageOf(Activity) },
  async run(app, { key, query, nextPage }) {
    const { limit, cursor, kind } = query
    const member = query.member === undefined ? undefined : await memberOf(app, key.communityId, query.member)
    if (member === null) return { status: 200, body: { data: [], next: null } }
    const page = { limit: limit + 1, before: cursor, memberId: member?.id, kind }
    const rows = await readActivity(app, key.communityId, page)
    const { data, next } = onePage({ nextPage }, 'activity', limit, rows, row => row.id)
    return {
      status: 200,
      body: {
        data: data.map(row => ({
          id: row.id,
          kind: row.kind,
          member: row.memberId,
          day: row.day,
          at: written(row.at),
          details: shown(row.kind, row.details),
        })),
        next,
      },
    }
  },
})
