/** Segments: saved conditions on members, counted when asked. */
import { z } from '@hono/zod-openapi'
import type { App } from '../../../app.ts'
import { Refusal } from '../../../chat/refusal.ts'
import { t } from '../../../chat/text.ts'
import {
  changeSegment,
  countSegment,
  createSegment,
  findSegment,
  LONGEST_NAME,
  listSegments,
  MOST_SEGMENTS,
  mistakeText,
  readCondition,
  type Saved,
  type Segment as StoredSegment,
} from '../../../features/segments/index.ts'
import { traits } from '../../../traits.ts'
import { id, instant, line, shape, written } from '../fields.ts'
import { type Context, defineRoute, FieldsRefused, RefusedAs } from '../route.ts'

/** Traits differ by installation and version; what is wrong inside is told by field. */
const condition = () =>
  z.record(z.string(), z.unknown()).openapi({
    description:
      'Names side by side must all hold; `all`, `any` (lists) and `not` join them. `{}` is everybody. `/segment words` lists what can be asked.',
    example: { did: { what: 'checkin', least: 3, days: 7 }, not: { tag: 'staff' } },
  })

const Segment = shape({
  id: id(),
  name: z.string(),
  version: z.int().openapi({ description: 'Raised by every change of the condition; older versions stay.' }),
  condition: condition(),
  created_at: instant(),
  changed_at: instant(),
}).openapi('Segment')

const example = { name: 'Regulars', condition: { did: { what: 'checkin', least: 3, days: 7 } } }
const NewSegment = z
  .strictObject({ name: line(LONGEST_NAME), condition: condition() })
  .openapi('NewSegment', { example })
const SegmentChange = z
  .strictObject({ name: line(LONGEST_NAME).optional(), condition: condition().optional() })
  .openapi('SegmentChange', { example: { name: 'Regulars of the week' } })

const segmentParams = z.object({ segment: id() })

const described = ({ id, name, version, condition, createdAt, changedAt }: StoredSegment) => ({
  id,
  name,
  version,
  condition: condition as Record<string, unknown>,
  created_at: written(createdAt),
  changed_at: written(changedAt),
})

type Named = Pick<Context<{ segment: string }, unknown, unknown>, 'key' | 'params'>

/** The segment that a path names, in the key's own community; refused with 404 where there is none. */
async function segmentOf(app: App, { key, params }: Named): Promise<StoredSegment> {
  const found = await findSegment(app, key.communityId, params.segment)
  if (found?.id !== params.segment) throw unknown(params.segment)
  return found
}

const unknown = (typed: string) => new RefusedAs(404, t('refusal.segment.unknown', { typed }))

/** Refuses a condition with every field that cannot be so. */
function checked(json: Record<string, unknown>): Record<string, unknown> {
  const read = readCondition(traits, json)
  if (read.ok) return json
  throw new FieldsRefused(
    read.mistakes.map(mistake => ({
      in: 'body',
      field: ['condition', ...mistake.path].join('.'),
      text: mistakeText(mistake),
    })),
  )
}

function savedOr(outcome: Saved, name: string): StoredSegment {
  switch (outcome.kind) {
    case 'saved':
    case 'same':
      return outcome.segment
    case 'name-taken':
      throw new RefusedAs(409, t('refusal.segment.taken', { name }))
    case 'too-many':
      throw new Refusal(t('refusal.segment.many', { limit: MOST_SEGMENTS }))
  }
}

export const list = defineRoute({
  method: 'get',
  path: '/segments',
  scope: 'segments:read',
  tag: 'Segments',
  summary: 'Every segment, by name',
  answers: { 200: shape({ data: z.array(Segment) }).openapi('Segments') },
  async run(app, { key }) {
    return { status: 200, body: { data: (await listSegments(app, key.communityId)).map(described) } }
  },
})

export const create = defineRoute({
  method: 'post',
  path: '/segments',
  scope: 'segments:write',
  tag: 'Segments',
  summary: 'Save a new segment',
  body: NewSegment,
  answers: { 201: Segment },
  async run(app, { key, body }) {
    const change = { communityId: key.communityId, by: { apiKeyId: key.id }, at: app.clock.now() }
    const draft = { ...body, condition: checked(body.condition), written: JSON.stringify(body.condition, null, 2) }
    return { status: 201, body: described(savedOr(await createSegment(app, change, draft), body.name)) }
  },
})

export const show = defineRoute({
  method: 'get',
  path: '/segments/{segment}',
  scope: 'segments:read',
  tag: 'Segments',
  summary: 'One segment, as its newest version has it',
  params: segmentParams,
  answers: { 200: Segment },
  async run(app, context) {
    return { status: 200, body: described(await segmentOf(app, context)) }
  },
})

export const change = defineRoute({
  method: 'patch',
  path: '/segments/{segment}',
  scope: 'segments:write',
  tag: 'Segments',
  summary: 'Change what a segment asks, as a new version, or its name',
  params: segmentParams,
  body: SegmentChange,
  answers: { 200: Segment },
  async run(app, context) {
    const { key, body } = context
    const before = await segmentOf(app, context)
    const at = { communityId: key.communityId, by: { apiKeyId: key.id }, at: app.clock.now() }
    const name = body.name ?? before.name
    const asked = body.condition
      ? { condition: checked(body.condition), written: JSON.stringify(body.condition, null, 2) }
      : { condition: before.condition, written: before.written }
    const outcome = await changeSegment(app, at, before.id, { name, ...asked })
    if (!outcome) throw unknown(before.id)
    return { status: 200, body: described(savedOr(outcome, name)) }
  },
})

export const count = defineRoute({
  method: 'get',
  path: '/segments/{segment}/count',
  scope: 'segments:read',
  tag: 'Segments',
  summary: 'How many members are in a segment right now',
  params: segmentParams,
  answers: {
    200: shape({
      size: z.int(),
      sample: z.array(z.string()).openapi({ description: 'Names of up to five of them, the newest first.' }),
      version: z.int(),
      counted_at: instant(),
    }).openapi('SegmentCount'),
  },
  async run(app, context) {
    const segment = await segmentOf(app, context)
    const { size, sample } = await countSegment(app, traits, context.key.communityId, segment)
    const { version } = segment
    return { status: 200, body: { size, sample: [...sample], version, counted_at: written(app.clock.now()) } }
  },
})
