// /audit: who changed what, in words; and that nothing is written down without words for it.
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join as joinPath } from 'node:path'
import { describe, expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import type { PlaceSighting, Sighting } from '#src/chat/request.ts'
import { plainWriter, renderText } from '#src/chat/text.ts'
import { ACTIONS, type Action, type AuditEntry, audit } from '#src/features/audit/index.ts'
import { describeChange } from '#src/features/settings/index.ts'
import { LOCALES } from '#src/lib/locale.ts'
import { MINUTE } from '#src/lib/time.ts'
import { catalogues, type Key } from '#src/messages/index.ts'
import { ada, join, lin, mo } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { converse, labels } from './conversation.ts'

const LARKS: PlaceSighting = { platformId: '-200', kind: 'group', title: 'Larks' }
const kim: Sighting = { platformId: '15', name: 'Kim', username: 'kim', locale: 'en' }
const root = joinPath(import.meta.dirname, '../..')

/** The actions that a source writes into `audit`. */
const actionsIn = (source: string): string[] =>
  [...source.matchAll(/\baction: '([^']+)'/g)].map(([, action = '']) => action)

describe('every action', () => {
  test('that a source writes down has its words', async () => {
    const found = new Set<string>()
    // What a bot does in a chat is called an action too.
    for await (const path of glob(['src/**/*.ts', 'commands/**/*.ts'], { cwd: root }))
      if (!path.startsWith('src/adapters/'))
        for (const action of actionsIn(readFileSync(joinPath(root, path), 'utf8'))) found.add(action)
    expect(found.size).toBeGreaterThan(2)
    expect([...found].filter(action => !Object.hasOwn(ACTIONS, action))).toEqual([])
    expect(actionsIn(`audit(app, { action: 'cake.eaten' })`)).toEqual(['cake.eaten'])
  })

  test.each(Object.entries(ACTIONS) as Array<[Action, Key]>)('%s is said in every language', (action, key) => {
    const entry: AuditEntry = {
      ...{ id: 1, who: 'Mo', program: null, action, subject: 'mem1', about: 'Ada', at: 0 },
      before: null,
      after: { amount: -5, reason: 'Typo', name: 'Site' },
    }
    for (const locale of LOCALES) {
      const sentence = catalogues[locale][key]
      expect(String(sentence).replace(/\{(who|about|before|after)\}/g, '')).not.toContain('{')
      expect(renderText(describeChange(entry), locale, plainWriter)).toContain('Mo')
    }
  })

  test('of a newer version is shown by its name', () => {
    const entry = { id: 1, who: null, program: 'Site', action: 'cake.eaten', subject: 'x', about: null, at: 0 }
    const text = describeChange({ ...entry, before: null, after: null })
    expect(renderText(text, 'en', plainWriter)).toBe('The program “Site”: cake.eaten (x)')
  })
})

forEachEngine('/audit', engine => {
  test('tells managers privately who changed what from what to what, newest first', async () => {
    await using world = await converse(engine)
    await join(world.app, lin)
    expect((await world.type(mo, '/audit')).said).toBe('Changes in Night Owls\nNothing has been changed here yet.')
    await world.type(mo, '/setup zone Berlin')
    await world.type(mo, '/setup channel staff')
    world.clock.advance(MINUTE)
    await world.type(mo, '/setup staff @lin role:reviewer')
    await world.type(mo, '/setup parts part:points turn:off')
    const shown = await world.type(mo, '/audit')
    expect(shown.said).toBe(
      [
        'Changes in Night Owls',
        '4 March, 11:01 · Mo changed “Points”: on → off',
        '4 March, 11:01 · Mo changed the role of Lin: member → reviewer',
        '4 March, 11:00 · Mo changed where “Staff chat” goes: nothing → Night Owls',
        '4 March, 11:00 · Mo changed “Time zone”: UTC → Europe/Berlin',
        'Times in Europe/Berlin',
      ].join('\n'),
    )
    expect(shown.answer.visibility).toBe('private')
    expect((await world.type(lin, '/audit')).said).toBe('只有管理员可以使用 /audit，请联系管理员。')
  })

  test('is narrowed to a kind of change, and to what somebody did or what was done to them', async () => {
    await using world = await converse(engine)
    await join(world.app, lin)
    await join(world.app, ada)
    await world.type(mo, '/setup staff @lin role:manager')
    await world.type(lin, '/setup day_start 2')
    await world.type(mo, '/setup zone Tokyo')
    const rows = async (typed: string) => (await world.type(mo, typed)).said.split('\n').slice(1, -1)
    expect(await rows('/audit topic:zone')).toHaveLength(1)
    expect(await rows('/audit topic:staff')).toHaveLength(1)
    expect(await rows('/audit @lin')).toHaveLength(2)
    expect(await rows('/audit who:@lin topic:day_start')).toHaveLength(1)
    expect((await world.type(mo, '/audit @ada')).said).toContain('No such change. /audit shows all of them.')
    expect((await world.type(mo, '/audit @kim')).said).toContain('I do not know “@kim” here.')
    expect((await world.type(mo, '/audit topic:cake')).said).toContain('must be one of: zone, language')
  })

  test('is paged without gap or repeat, also when narrowed', async () => {
    await using world = await converse(engine)
    const who = await join(world.app, mo)
    const target = await join(world.app, lin)
    await transaction(world.app, async inner => {
      for (let i = 0; i < 23; i++)
        await audit(inner, {
          ...{ communityId: who.communityId, by: null, action: 'points.awarded', subject: target.memberId },
          ...{ before: { points: i }, after: { amount: i + 1, reason: `Talk ${i + 1}` }, at: world.clock.now() },
        })
    })
    for (const typed of ['/audit', '/audit topic:points', '/audit @lin']) {
      const seen: string[] = []
      let page = await world.type(mo, typed)
      for (;;) {
        seen.push(...page.said.split('\n').slice(1, -1))
        if (!labels(page).includes('Older')) break
        page = await world.press(mo, page, 'Older')
      }
      expect(seen).toHaveLength(23)
      expect(new Set(seen).size).toBe(23)
      expect(seen[0]).toContain('The operator booked points for Lin: +23 · Talk 23')
      expect((await world.press(mo, page, 'Newest')).said).toContain('Talk 23')
    }
    // Two filters and a number are more than a button carries: then it is typed.
    const both = await world.type(mo, '/audit who:@lin topic:points')
    const to = /Add to:(\d+) for older ones\./.exec(both.said)?.[1]
    expect((await world.type(mo, `/audit who:@lin topic:points to:${to}`)).said).toContain('Talk 13')
    expect((await world.type(mo, '/audit to:1')).said).toContain('Nothing is older than that.')
  })

  test('shows nothing of another community', async () => {
    await using world = await converse(engine)
    await world.type(mo, '/setup zone Tokyo')
    await join(world.app, kim)
    expect((await world.type({ ...kim, role: 'manager' }, '/audit', LARKS)).said).toBe(
      'Changes in Larks\nNothing has been changed here yet.',
    )
    expect((await world.type(mo, '/audit to:999999')).said).toContain('Tokyo')
    expect((await world.type({ ...kim, role: 'manager' }, '/audit to:999999', LARKS)).said).toContain(
      'Nothing is older',
    )
  })
})
