// Segments: what each condition means, held against a plain reading of the same rows; versions; tags; and what is never reached.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type App, createApp, transaction } from '#src/app.ts'
import { createAside } from '#src/db/worker.ts'
import {
  aboutCommunity,
  askedBy,
  audience,
  changeSegment,
  countAudience,
  createSegment,
  createTraits,
  defineTrait,
  deleteSegment,
  findSegment,
  houseTraits,
  isInAudience,
  isInSegment,
  listSegments,
  readCondition,
  readWritten,
  STARTERS,
  segmentVersion,
  tagMember,
  tagsOf,
  untagMember,
} from '#src/features/segments/index.ts'
import { addDays, DAY_LENGTH } from '#src/lib/time.ts'
import { traits } from '#src/traits.ts'
import { START, type TestApp } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ada, join, type Known, lin, mo } from './scene.ts'

const TODAY = '2026-03-04'
const LARKS = { platformId: '-200', kind: 'group', title: 'Larks' } as const

/** One fact, without its consequences. */
async function fact(app: App, who: Known, kind: string, daysAgo: number, subject: string): Promise<void> {
  await app.engine.transaction(db =>
    db
      .insertInto('activity')
      .values({
        community_id: who.communityId,
        member_id: who.memberId,
        account_id: who.accountId,
        kind,
        subject,
        day: addDays(TODAY, -daysAgo),
        at: START - daysAgo * DAY_LENGTH,
        details: '{}',
      })
      .execute(),
  )
}

async function within(app: App, communityId: string, condition: unknown): Promise<string[]> {
  const about = await aboutCommunity(app, communityId, app.clock.now())
  const rows = await audience(app, askedBy(traits, condition), about).select('m.id').orderBy('m.id').execute()
  return rows.map(({ id }) => id)
}

async function names(app: App, communityId: string, condition: unknown): Promise<string[]> {
  const about = await aboutCommunity(app, communityId, app.clock.now())
  const rows = await audience(app, askedBy(traits, condition), about).select('m.name').orderBy('m.name').execute()
  return rows.map(({ name }) => name)
}

forEachEngine('a segment', engine => {
  test('asks of behaviour what a plain reading of the facts says, however conditions are joined', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const members: Known[] = []
    for (let i = 0; i < 12; i++)
      members.push(
        await join(
          app,
          { ...ada, platformId: String(100 + i), name: `M${i}`, username: `m${i}` },
          i < 9 ? undefined : LARKS,
        ),
      )
    const communityId = members[0]?.communityId ?? ''
    const facts: Array<{ memberId: string; kind: string; ago: number }> = []
    const random = fc.sample(
      fc.tuple(fc.nat(11), fc.constantFrom('checkin', 'member.renamed', 'points.awarded'), fc.nat(9)),
      { numRuns: 120, seed: 7 },
    )
    for (const [i, [who, kind, ago]] of random.entries()) {
      const known = members[who] as Known
      await fact(app, known, kind, ago, `s${i}`)
      facts.push({ memberId: known.memberId, kind, ago })
    }
    const what = fc.constantFrom('checkin', 'member.renamed', 'points.awarded')
    const days = fc.option(fc.integer({ min: 1, max: 11 }), { nil: undefined })
    const pruned = (value: object) => JSON.parse(JSON.stringify(value)) as object
    const trait = fc.oneof(
      fc.record({ did: fc.record({ what, least: fc.integer({ min: 1, max: 5 }), days }).map(pruned) }),
      fc.record({ has_not: fc.record({ what, days }).map(pruned) }),
      fc.record({ last_did: fc.record({ what, least: fc.nat(5), most: fc.integer({ min: 0, max: 9 }) }) }),
      what.map(kind => ({ did: kind })),
    )
    const { condition } = fc.letrec<{ condition: Record<string, unknown> }>(tie => ({
      condition: fc.oneof(
        { maxDepth: 3 },
        trait as fc.Arbitrary<Record<string, unknown>>,
        fc.record({ not: tie('condition') }),
        fc.record({ all: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
        fc.record({ any: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
      ),
    }))
    type Numbers = { what: string; least?: number; most?: number; days?: number }
    const holds = (memberId: string, asked: Record<string, unknown>): boolean =>
      Object.entries(asked).every(([word, value]) => {
        if (word === 'not') return !holds(memberId, value as Record<string, unknown>)
        if (word === 'all') return (value as Array<Record<string, unknown>>).every(each => holds(memberId, each))
        if (word === 'any') return (value as Array<Record<string, unknown>>).some(each => holds(memberId, each))
        const { what: kind, least, most, days: span } = (typeof value === 'string' ? { what: value } : value) as Numbers
        const own = facts.filter(each => each.memberId === memberId && each.kind === kind)
        const recent = own.filter(({ ago }) => span === undefined || ago < span)
        if (word === 'did') return recent.length >= (least ?? 1)
        if (word === 'has_not') return recent.length === 0
        const last = Math.min(...own.map(({ ago }) => ago))
        return own.length > 0 && last >= (least ?? 0) && last <= (most ?? 99)
      })
    await fc.assert(
      fc.asyncProperty(condition, async asked => {
        const expected = members
          .filter(each => each.communityId === communityId && holds(each.memberId, asked))
          .map(({ memberId }) => memberId)
          .sort()
        expect(await within(app, communityId, asked)).toEqual(expected)
        const about = await aboutCommunity(app, communityId, app.clock.now())
        const [one] = members
        expect(await isInAudience(app, askedBy(traits, asked), about, one?.memberId ?? '')).toBe(
          expected.includes(one?.memberId ?? ''),
        )
      }),
      { seed: 11, numRuns: engine.name === 'sqlite' ? 150 : 60 },
    )
  })

  test('asks of profile, value and platform what stands there', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const one = await join(app, ada)
    const two = await join(app, lin)
    clock.advance(10 * DAY_LENGTH)
    const three = await join(app, mo, undefined, 'manager')
    const { communityId } = one
    await app.engine.transaction(async db => {
      await db.updateTable('members').set({ hidden_at: START }).where('id', '=', two.memberId).execute()
      await db.updateTable('members').set({ role: 'reviewer' }).where('id', '=', two.memberId).execute()
      await db.updateTable('accounts').set({ direct_at: START }).where('id', '=', one.accountId).execute()
      await db.insertInto('balances').values({ member_id: one.memberId, unit: 'coins', total: 7 }).execute()
      for (const [period, points] of [
        ['all', 40],
        ['2026-W11', 15],
      ] as const)
        await db
          .insertInto('standings')
          .values({ member_id: one.memberId, community_id: communityId, period, points, reached_at: START })
          .execute()
      for (const day of ['2026-03-13', '2026-03-14'])
        await db.insertInto('activity_days').values({ member_id: two.memberId, day, count: 3 }).execute()
      await db
        .insertInto('day_rules')
        .values({
          member_id: two.memberId,
          from_at: START + 1,
          zone: 'Asia/Shanghai',
          day_start: 0,
          last_day: '2026-03-04',
          first_day: '2026-03-05',
          requested_at: START,
        })
        .execute()
    })
    const is = async (condition: unknown) => names(app, communityId, condition)
    expect(await is({})).toEqual(['Ada', 'Lin', 'Mo'])
    expect(await is({ zone: 'shanghai' })).toEqual(['Lin'])
    expect(await is({ zone: ['UTC', 'Asia/Tokyo'] })).toEqual(['Ada', 'Mo'])
    expect(await is({ language: 'zh-CN' })).toEqual(['Lin'])
    expect(await is({ language: 'en' })).toEqual(['Ada', 'Mo'])
    expect(await is({ role: 'member' })).toEqual(['Ada'])
    expect(await is({ role: ['reviewer', 'manager'] })).toEqual(['Lin', 'Mo'])
    expect(await is({ platform: 'telegram' })).toEqual(['Ada', 'Lin', 'Mo'])
    expect(await is({ platform: 'discord' })).toEqual([])
    expect(await is({ reachable: true })).toEqual(['Ada'])
    expect(await is({ reachable: false })).toEqual(['Lin', 'Mo'])
    expect(await is({ hidden: true })).toEqual(['Lin'])
    expect(await is({ hidden: false })).toEqual(['Ada', 'Mo'])
    expect(await is({ joined: { most: 1 } })).toEqual(['Mo'])
    expect(await is({ joined: { least: 10 } })).toEqual(['Ada', 'Lin'])
    expect(await is({ joined: { from: '2026-03-05' } })).toEqual(['Mo'])
    expect(await is({ joined: { until: '2026-03-04' } })).toEqual(['Ada', 'Lin'])
    expect(await is({ points: 40 })).toEqual(['Ada'])
    expect(await is({ points: { least: 15, window: 'week' } })).toEqual(['Ada'])
    expect(await is({ points: { most: 0 } })).toEqual(['Lin', 'Mo'])
    expect(await is({ coins: { least: 7, most: 7 } })).toEqual(['Ada'])
    expect(await is({ active_days: { least: 2, days: 7 } })).toEqual(['Lin'])
    expect(await is({ active_days: { most: 0, days: 1 } })).toEqual(['Ada', 'Mo'])
    await app.engine.transaction(db =>
      db.updateTable('members').set({ left_at: START }).where('id', '=', three.memberId).execute(),
    )
    expect(await is({})).toEqual(['Ada', 'Lin'])
  })

  test('is counted in another thread, with the names of some, and never inside a transaction', async () => {
    await using opened = await cleanApp(engine)
    const aside = createAside(opened.url)
    try {
      const { app: plain } = opened
      const app = createApp({ ...plain, aside })
      for (let i = 0; i < 8; i++) {
        opened.clock.advance(1)
        await join(app, { ...ada, platformId: String(i), name: `M${i}`, username: `m${i}` })
      }
      opened.clock.advance(1)
      const { communityId } = await join(app, ada)
      const about = await aboutCommunity(app, communityId, app.clock.now())
      const counted = await countAudience(app, askedBy(traits, {}), about)
      expect(counted).toEqual({ size: 9, sample: ['Ada', 'M7', 'M6', 'M5', 'M4'] })
      expect(await countAudience(app, askedBy(traits, { hidden: true }), about)).toEqual({ size: 0, sample: [] })
      expect(await countAudience(plain, askedBy(traits, {}), about)).toEqual(counted)
      await expect(transaction(app, inner => countAudience(inner, askedBy(traits, {}), about))).rejects.toThrow(
        'outside of transactions',
      )
    } finally {
      await aside.close()
    }
  })

  test('keeps every version; what is deleted is off the list and still says what it said', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { communityId, accountId } = await join(app, mo, undefined, 'manager')
    const change = { communityId, by: { accountId }, at: START }
    const draft = (name: string, written: string) => {
      const read = readWritten(traits, written)
      if (!read.ok) throw new Error('that is no condition')
      return { name, condition: read.json, written }
    }
    const made = await createSegment(app, change, draft('Quiet ones', STARTERS.quiet))
    if (made.kind !== 'saved') throw new Error(made.kind)
    const { id } = made.segment
    expect((await createSegment(app, change, draft('QUIET ones ', STARTERS.new))).kind).toBe('name-taken')
    expect((await changeSegment(app, change, id, draft('Quiet ones', STARTERS.quiet)))?.kind).toBe('same')
    const changed = await changeSegment(app, change, id, draft('Quiet ones', 'hidden: true'))
    expect(changed).toMatchObject({ kind: 'saved', segment: { version: 2, condition: { hidden: true } } })
    expect(await changeSegment(app, change, id, draft('Hidden ones', 'hidden: true'))).toMatchObject({
      kind: 'saved',
      segment: { version: 2, name: 'Hidden ones' },
    })
    expect(await findSegment(app, communityId, 'hidden ONES')).toMatchObject({ id, version: 2 })
    expect(await segmentVersion(app, communityId, id, 1)).toMatchObject({ written: STARTERS.quiet })
    expect(await deleteSegment(app, change, id)).toMatchObject({ id })
    expect(await deleteSegment(app, change, id)).toBeNull()
    expect(await listSegments(app, communityId)).toEqual([])
    expect(await segmentVersion(app, communityId, id, 2)).toMatchObject({ condition: { hidden: true } })
    expect((await createSegment(app, change, draft('Hidden ones', 'hidden: true'))).kind).toBe('saved')
    const audited = await app.db.selectFrom('audit').select('action').orderBy('id').execute()
    expect(audited.map(({ action }) => action)).toEqual([
      ...['segment.created', 'segment.changed', 'segment.changed', 'segment.deleted', 'segment.created'],
    ])
    const raw = (sql: string) =>
      app.engine.transaction(db =>
        db.executeQuery({ ...db.selectFrom('segments').selectAll().compile(), sql, parameters: [] }),
      )
    await expect(raw(`update segment_versions set condition = '{}'`)).rejects.toThrow('append-only')
    await expect(raw('delete from segment_versions')).rejects.toThrow('append-only')
  })

  test('is its community’s own: no other finds, changes, deletes or counts by it', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const owls = await join(app, mo, undefined, 'manager')
    const larks = await join(app, lin, LARKS)
    const draft = { name: 'Everybody', condition: {}, written: '{}' }
    const made = await createSegment(app, { ...owls, by: null, at: START }, draft)
    if (made.kind !== 'saved') throw new Error(made.kind)
    const theirs = { communityId: larks.communityId, by: null, at: START }
    expect(await findSegment(app, larks.communityId, made.segment.id)).toBeNull()
    expect(await segmentVersion(app, larks.communityId, made.segment.id, 1)).toBeNull()
    expect(await changeSegment(app, theirs, made.segment.id, { ...draft, name: 'Mine' })).toBeNull()
    expect(await deleteSegment(app, theirs, made.segment.id)).toBeNull()
    expect((await createSegment(app, theirs, draft)).kind).toBe('saved')
    expect(await names(app, owls.communityId, {})).toEqual(['Mo'])
    expect(await isInSegment(app, traits, owls.communityId, made.segment, owls.memberId)).toBe(true)
    expect(await isInSegment(app, traits, owls.communityId, made.segment, larks.memberId)).toBe(false)
    expect(await names(app, owls.communityId, { any: [{ hidden: true }, { not: { hidden: true } }] })).toEqual(['Mo'])
  })
})

forEachEngine('a tag', engine => {
  test('is put on and taken off once, is found whatever its letters, and goes with whoever is forgotten', async () => {
    await using opened: TestApp = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    const other = await join(app, lin)
    const change = { communityId: who.communityId, by: { accountId: other.accountId }, at: START }
    expect(await tagMember(app, change, who.memberId, 'vip')).toBe('tagged')
    expect(await tagMember(app, change, who.memberId, 'vip')).toBe('tagged-before')
    expect(await names(app, who.communityId, { tag: '#VIP' })).toEqual(['Ada'])
    expect(await names(app, who.communityId, { not: { tag: ['vip', 'x'] } })).toEqual(['Lin'])
    // Two members who proved to be one carry it together.
    await app.engine.transaction(db =>
      db.updateTable('members').set({ merged_into: other.memberId }).where('id', '=', who.memberId).execute(),
    )
    expect(await names(app, who.communityId, { tag: 'vip' })).toEqual(['Lin'])
    expect(await tagsOf(app, other.memberId)).toEqual(['vip'])
    expect(await untagMember(app, change, other.memberId, 'vip')).toBe('untagged')
    expect(await untagMember(app, change, other.memberId, 'vip')).toBe('never-tagged')
    const actions = await app.db.selectFrom('audit').select('action').orderBy('id').execute()
    expect(actions.map(({ action }) => action)).toEqual(['tag.added', 'tag.removed'])
  })
})

describe('what is written by hand', () => {
  const mistakes = (text: string) => {
    const read = readWritten(traits, text)
    return read.ok ? [] : read.mistakes.map(({ line, path, problem }) => [line, path.join('.'), problem])
  }

  test('may be YAML or JSON, in a fence or with curly quotes', () => {
    const json = { did: { what: 'checkin', least: 3 } }
    for (const text of [
      'did:\n  what: checkin\n  least: 3',
      'did: { what: checkin, least: 3 }',
      JSON.stringify(json),
      '```yaml\ndid:\n  what: checkin\n  least: 3\n```',
      'did: {“what”: “checkin”, “least”: 3}',
      'did:\n\twhat: checkin\n\tleast: 3',
    ])
      expect(readWritten(traits, text)).toMatchObject({ ok: true, json })
  })

  test('every ready-made segment and every example can be saved', () => {
    for (const text of [...Object.values(STARTERS), ...houseTraits.map(({ example }) => example)])
      expect(mistakes(text)).toEqual([])
  })

  test.each<[string, unknown[]]>([
    ['did:\n  what: chekin', [[2, 'did.what', 'no-choice']]],
    ['all:\n  - did: checkin\n  - dit: checkin', [[3, 'all.1.dit', 'unknown-word']]],
    ['did: checkin\ndid: checkin', [[2, '', 'no-yaml']]],
    ['points:\n  window: week', [[1, 'points', 'no-bound']]],
    [
      'did:\n  what: checkin\n  least: 0\n  days: a',
      [
        [3, 'did.least', 'too-small'],
        [4, 'did.days', 'no-whole'],
      ],
    ],
    ['zone: Middle-earth', [[1, 'zone', 'no-zone']]],
    ['zone:\n  - UTC\n  - Nowhere', [[3, 'zone.1', 'no-zone']]],
    ['joined: { from: 2026-02-30 }', [[1, 'joined.from', 'no-day']]],
    ['hidden: maybe', [[1, 'hidden', 'no-yes-or-no']]],
    ['did: { what: checkin, often: 3 }', [[1, 'did.often', 'unknown-word']]],
    ['any: []', [[1, 'any', 'no-list']]],
    ['just words', [[1, '', 'no-object']]],
    ['', [[1, '', 'no-object']]],
    ['a: &x { did: checkin }\nany: [*x, *x]', [[1, '', 'no-yaml']]],
    ['{"did": ', [[1, '', 'no-yaml']]],
  ])('%j is refused by line and place', (text, expected) => {
    expect(mistakes(text)).toEqual(expected)
  })

  test('never throws, whatever stands there', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map(value => `did: ${JSON.stringify(value)}`),
        ),
        text => {
          expect(typeof readWritten(traits, text).ok).toBe('boolean')
        },
      ),
      { seed: 3, numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.jsonValue(), json => {
        expect(typeof readCondition(traits, { all: [json], any: json, did: json, zone: json }).ok).toBe('boolean')
      }),
      { seed: 3, numRuns: 500 },
    )
  })

  test('goes only so deep and has only so many conditions', () => {
    let deep: unknown = { hidden: true }
    for (let i = 0; i < 3000; i++) deep = { not: deep }
    expect(readCondition(traits, deep)).toMatchObject({ ok: false, mistakes: [{ problem: 'too-deep' }] })
    const many = { any: Array.from({ length: 60 }, () => ({ hidden: true })) }
    expect(readCondition(traits, many)).toMatchObject({ ok: false, mistakes: [{ problem: 'too-long' }] })
  })
})

describe('the registry of traits', () => {
  test('takes later ones, and refuses two of one name or the words of the language', () => {
    const [first] = houseTraits
    if (!first) throw new Error('there are traits')
    const level = defineTrait({ ...first, name: 'level' })
    expect(createTraits([...houseTraits, level]).has('level')).toBe(true)
    expect(() => createTraits([first, first])).toThrow('two traits')
    expect(() => createTraits([{ ...first, name: 'not' }])).toThrow('two traits')
    expect(() => createTraits([{ ...first, name: 'No' }])).toThrow('a name is')
  })
})
