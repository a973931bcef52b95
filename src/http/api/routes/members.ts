/** Members: who belongs to the community, and where they stand. */
import { z } from '@hono/zod-openapi'
import type { App } from '../../../app.ts'
import { ROLES } from '../../../chat/command.ts'
import { streaksOf } from '../../../features/checkin/index.ts'
import { todaysOf } from '../../../features/days/index.ts'
import { fileSigner } from '../../../features/files/index.ts'
import { type Listed, listMembers, staffOf } from '../../../features/people/index.ts'
import { balancesOf } from '../../../features/points/index.ts'
import { photosOf } from '../../../features/profiles/index.ts'
import { MINUTE } from '../../../lib/time.ts'
import { id, instant, memberOf, memberParams, shape, written } from '../fields.ts'
import { onePage, pageOf, pageQuery } from '../page.ts'
import { defineRoute } from '../route.ts'

const Member = shape({
  id: id(),
  name: z.string().openapi({ description: 'Empty once they were forgotten.', example: 'Ada' }),
  role: z.enum(ROLES),
  joined_at: instant(),
  left_at: instant().nullable(),
  zone: z.string().openapi({ description: 'In which the member’s days are counted.', example: 'Asia/Shanghai' }),
  photo: z
    .string()
    .nullable()
    .openapi({ description: 'A path on this server, for whoever has it, for a quarter of an hour. JPEG.' }),
  points: z.int().openapi({ description: 'For life.' }),
  streak: shape({
    current: z.int().openapi({ description: 'Days in a row, as of now; 0 once one was missed.' }),
    longest: z.int(),
    total: z.int().openapi({ description: 'Days checked in, in all.' }),
  }),
}).openapi('Member')

const PHOTO_LIFE_MS = 15 * MINUTE
const NO_STREAK = { current: 0, longest: 0, total: 0 }

/** Everything about many members, in a handful of queries. */
async function described(app: App, communityId: string, members: readonly Listed[]): Promise<z.input<typeof Member>[]> {
  const ids = members.map(member => member.id)
  const todays = await todaysOf(app, ids, app.clock.now())
  const streaks = await streaksOf(app, todays)
  const points = await balancesOf(app, ids, 'points')
  const staff = new Map((await staffOf(app, communityId)).map(({ memberId, role }) => [memberId, role]))
  const photos = await photosOf(app, ids)
  const sign = photos.size > 0 ? await fileSigner(app) : null
  const until = app.clock.now() + PHOTO_LIFE_MS
  return members.map(member => {
    const { current, longest, total } = streaks.get(member.id) ?? NO_STREAK
    const photo = photos.get(member.id)
    return {
      id: member.id,
      name: member.name,
      role: staff.get(member.id) ?? 'member',
      joined_at: written(member.joinedAt),
      left_at: member.leftAt === null ? null : written(member.leftAt),
      zone: todays.get(member.id)?.zone ?? app.defaults.zone,
      photo: photo === undefined ? null : (sign?.(photo, until) ?? null),
      points: points.get(member.id) ?? 0,
      streak: { current, longest, total },
    }
  })
}

const PRESENCE = { here: false, left: true, any: null } as const

export const list = defineRoute({
  method: 'get',
  path: '/members',
  scope: 'members:read',
  tag: 'Members',
  summary: 'Members, in the order in which they were first seen',
  query: z.strictObject({
    ...pageQuery('members', 'id'),
    state: z.enum(['here', 'left', 'any']).default('here').openapi({
      description: 'Those who are in the community, those who left it, or both.',
    }),
  }),
  answers: { 200: pageOf(Member) },
  async run(app, { key, query, nextPage }) {
    const { limit, cursor, state } = query
    const rows = await listMembers(app, key.communityId, {
      after: cursor ?? null,
      limit: limit + 1,
      left: PRESENCE[state],
    })
    const { data, next } = onePage({ nextPage }, 'members', limit, rows, row => row.id)
    return { status: 200, body: { data: await described(app, key.communityId, data), next } }
  },
})

export const show = defineRoute({
  method: 'get',
  path: '/members/{member}',
  scope: 'members:read',
  tag: 'Members',
  summary: 'One member',
  description:
    'The id of a member who proved to be another one (two accounts were linked) answers with that one, under its own id.',
  params: memberParams,
  answers: { 200: Member },
  async run(app, context) {
    const [member] = await described(app, context.key.communityId, [await memberOf(app, context)])
    if (!member) throw new Error('a member that was found could not be described')
    return { status: 200, body: member }
  },
})
