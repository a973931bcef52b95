/** Segments and tags, as a manager meets them. */
import { type App, transaction } from '../../app.ts'
import { createSegment, MOST_SEGMENTS, tagMember } from '../../features/segments/index.ts'
import type { Behind, Scene } from '../scene.ts'

const QUIET = '/segment create name:Quiet condition:{ did: checkin, has_not: { what: checkin, days: 7 } }'
/** Every mistake that a condition by hand can have, three at a time. */
const WRONG = [
  '{ did: { what: chekin, least: 0 }, dit: 1, points: { window: week }, hidden: maybe }',
  '{ did: { what: checkin, least: 5000, often: 2 }, zone: Atlantis }',
  '{ joined: { from: 2026-02-30 }, tag: "a b", any: [] }',
  '{ points: { least: many }, has_not: {}, not: [] }',
  '{ language: fr, role: boss, points: [] }',
  '{ zone: 5, did: { what: checkin, least: 1.5 } }',
  '{ did: checkin, did: checkin }',
  '{ points: { window: week }, hidden: maybe }',
  `${'{ not: '.repeat(18)}{ hidden: true }${' }'.repeat(18)}`,
  `{ any: [${'{ hidden: true }, '.repeat(51)}] }`,
  '{ did: "checkin',
]

/** As many segments, and as many tags on Lin, as there can be. */
async function full(app: App, { member }: Behind): Promise<void> {
  const [mo, lin] = [await member('mo'), await member('lin')]
  const change = { communityId: mo.communityId, by: { accountId: mo.accountId }, at: app.clock.now() }
  await transaction(app, async inner => {
    for (let i = 0; i < MOST_SEGMENTS; i++)
      await createSegment(inner, change, { name: `Segment ${i}`, condition: {}, written: '{}' })
    for (let i = 0; i < 50; i++) await tagMember(inner, change, lin.memberId, `tag-${i}`)
  })
}

export const segments: readonly Scene[] = [
  {
    id: 'segment.list',
    command: 'segment list',
    as: 'mo',
    steps: [
      { say: '/segment' },
      { say: QUIET, unseen: true },
      { say: '/segment list' },
      { press: 'segment.button.words' },
    ],
  },
  {
    id: 'segment.create',
    command: 'segment create',
    as: 'mo',
    days: { ada: [9, 10], lin: [0, 1], priya: [8] },
    steps: [
      { say: '/segment words' },
      { press: 'segment.starter.quiet' },
      { fill: { name: 'Quiet', condition: 'did: checkin\nhas_not: { what: checkin, days: 7 }' } },
      { press: 'segment.button.count' },
      { say: QUIET },
      { say: '/segment create', unseen: true },
      { fill: { name: null, condition: 'hidden: true' } },
    ],
  },
  {
    id: 'segment.create.wrong',
    command: 'segment create',
    as: 'mo',
    steps: WRONG.map(condition => ({ say: `/segment create name:Wrong condition:${condition}` })),
  },
  {
    id: 'segment.show',
    command: 'segment show',
    as: 'mo',
    steps: [{ say: QUIET, unseen: true }, { say: '/segment show quiet' }, { say: '/segment show nobody' }],
  },
  {
    id: 'segment.count',
    command: 'segment count',
    as: 'mo',
    steps: [
      { say: QUIET, unseen: true },
      { say: '/segment count quiet' },
      { say: '/segment create name:Everybody condition:hidden: false', unseen: true },
      { say: '/segment count everybody' },
    ],
  },
  {
    id: 'segment.edit',
    command: 'segment edit',
    as: 'mo',
    steps: [
      { say: QUIET, unseen: true },
      { say: '/segment edit quiet' },
      { fill: { name: 'Quiet', condition: 'has_not: { what: checkin, days: 14 }' } },
      { say: '/segment edit quiet condition:has_not: { what: checkin, days: 14 }' },
      { say: '/audit' },
    ],
  },
  {
    id: 'segment.delete',
    command: 'segment delete',
    as: 'mo',
    steps: [
      { say: QUIET, unseen: true },
      { say: '/segment delete quiet' },
      { press: 'segment.button.delete.sure' },
      { say: '/audit' },
    ],
  },
  {
    id: 'segment.words',
    command: 'segment words',
    as: 'mo',
    steps: [{ say: '/segment words' }],
  },
  {
    id: 'segment.tag',
    command: 'segment tag',
    as: 'mo',
    steps: [
      { say: '/segment tag @ada' },
      { say: '/segment tag @ada tag:vip' },
      { say: '/segment tag @ada tag:vip way:remove' },
      { say: '/segment tag @ada tag:"a b"' },
      { say: '/audit' },
    ],
  },
  {
    id: 'segment.import',
    command: 'segment import',
    as: 'mo',
    steps: [
      { say: '/segment import' },
      { fill: { tag: 'Spring', members: 'name,score\nAda,9\n@lin,7\nNobody,3' } },
      { say: '/segment import tag:spring members:Ada' },
      { say: '/segment import tag:"a b" members:Ada' },
      { say: '/audit' },
    ],
  },
  {
    id: 'segment.full',
    command: 'segment create',
    as: 'mo',
    steps: [{ behind: full }, { say: QUIET }, { say: '/segment tag @lin tag:one-more' }, { say: '/segment list' }],
  },
]
