// What a community decided: every setting with its source, one change after the other, each with its trace.
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { readBoard } from '#src/features/boards/index.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import { chooseCommunity, depart, nameRole, partsOff, recognise, staffOf } from '#src/features/people/index.ts'
import {
  changeSetting,
  channelsFor,
  effective,
  removeChannel,
  type SettingKey,
  setChannel,
  settingsOf,
  welcomeOf,
} from '#src/features/settings/index.ts'
import type { TestApp } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { engines, forEachEngine } from '#test/support/engines.ts'
import { ada, join, type Known, lin, line, mo, OWLS } from './scene.ts'

const LARKS = { platformId: '-200', kind: 'group', title: 'Larks' } as const

const decided = ({ communityId, accountId }: Known, { app }: TestApp) => ({
  communityId,
  by: { accountId },
  at: app.clock.now(),
})
const traces = async ({ app }: TestApp) =>
  (await app.db.selectFrom('audit').select(['community_id', 'subject', 'before', 'after']).orderBy('id').execute()).map(
    ({ subject, before, after }) => `${subject}: ${before} -> ${after}`,
  )

forEachEngine('settings', engine => {
  test('are all listed with where they come from', async () => {
    await using opened = await cleanApp(engine, { zone: 'Europe/London' })
    const { app } = opened
    // The platform told another language than the installation's.
    const who = await join(app, lin)
    const sources = async () => new Map((await effective(app, who.communityId)).map(one => [one.key, one.source]))
    expect([...(await sources()).keys()]).toEqual([
      ...['zone', 'locale', 'day_start', 'part.checkin', 'part.points', 'part.boards', 'part.welcome', 'welcome'],
      ...['quiet_hours', 'cap.service', 'cap.marketing'],
    ])
    expect((await sources()).get('zone')).toEqual({ kind: 'default', configured: true })
    expect((await sources()).get('locale')).toEqual({ kind: 'start' })
    expect((await sources()).get('part.points')).toEqual({ kind: 'default', configured: false })
    await changeSetting(app, decided(who, opened), 'zone', 'Asia/Tokyo')
    await changeSetting(app, { ...decided(who, opened), by: null }, 'part.points', 'off')
    expect((await sources()).get('zone')).toEqual({ kind: 'set', by: 'Lin', at: app.clock.now() })
    expect((await sources()).get('part.points')).toEqual({ kind: 'set', by: null, at: app.clock.now() })
    opened.clock.advance(1000)
    // Decided back to what the default is: still a decision.
    await changeSetting(app, decided(who, opened), 'zone', 'Europe/London')
    expect((await sources()).get('zone')).toEqual({ kind: 'set', by: 'Lin', at: app.clock.now() })
  })

  test('leave a trace when they change, and none when they are so already', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    const change = (key: SettingKey, given: unknown) => changeSetting(app, decided(who, opened), key, given)
    expect(await change('zone', 'shanghai')).toEqual({ kind: 'changed', before: 'UTC', value: 'Asia/Shanghai' })
    expect(await change('zone', '上海')).toEqual({ kind: 'same', value: 'Asia/Shanghai' })
    expect(await change('locale', 'zh-cn')).toEqual({ kind: 'changed', before: 'en', value: 'zh-CN' })
    expect(await change('day_start', '0')).toEqual({ kind: 'same', value: 0 })
    expect(await change('part.boards', 'on')).toEqual({ kind: 'same', value: 'on' })
    expect(await change('welcome', '   ')).toEqual({ kind: 'same', value: null })
    expect(await change('welcome', ' Hi "you" \n')).toEqual({ kind: 'changed', before: null, value: 'Hi "you"' })
    expect(await change('welcome', null)).toEqual({ kind: 'changed', before: 'Hi "you"', value: null })
    expect(await traces(opened)).toEqual([
      'zone: "UTC" -> "Asia/Shanghai"',
      'locale: "en" -> "zh-CN"',
      'welcome: null -> "Hi \\"you\\""',
      'welcome: "Hi \\"you\\"" -> null',
    ])
  })

  test.each<[SettingKey, unknown, string]>([
    ['zone', 'Mars', 'settings.zone.unknown'],
    ['zone', 7, 'settings.zone.unknown'],
    ['locale', 'tlh', 'refusal.arg.choice'],
    ['day_start', 7, 'refusal.arg.most'],
    ['day_start', -1, 'refusal.arg.least'],
    ['day_start', 1.5, 'refusal.arg.whole'],
    ['day_start', 'noon', 'refusal.arg.whole'],
    ['part.points', 'maybe', 'refusal.arg.choice'],
    ['welcome', '字'.repeat(501), 'refusal.arg.long'],
  ])('refuse %s = %s by what would do', async (key, given, code) => {
    await using opened = await cleanApp(engine)
    const who = await join(opened.app, ada)
    const before = await settingsOf(opened.app, who.communityId)
    const refused = await changeSetting(opened.app, decided(who, opened), key, given).catch(error => error)
    expect(refused).toBeInstanceOf(Refusal)
    expect(refused.message).toBe(code)
    expect(await settingsOf(opened.app, who.communityId)).toEqual(before)
    expect(await traces(opened)).toEqual([])
  })

  test('of one community are its own', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const owls = await join(app, ada)
    const larks = await join(app, ada, LARKS)
    const before = await effective(app, larks.communityId)
    await changeSetting(app, decided(owls, opened), 'zone', 'Asia/Tokyo')
    await changeSetting(app, decided(owls, opened), 'welcome', 'Hello')
    await changeSetting(app, decided(owls, opened), 'part.welcome', 'off')
    expect(await effective(app, larks.communityId)).toEqual(before)
    expect(await welcomeOf(app, larks.communityId)).toEqual({ on: true, text: null })
    expect(await welcomeOf(app, owls.communityId)).toEqual({ on: false, text: 'Hello' })
  })

  test('changed at the same moment follow one another: what one left is what the next one found', async () => {
    await using opened = await cleanApp(engine)
    const who = await join(opened.app, ada)
    const apps = [opened.app, await opened.another(), await opened.another()]
    const zones = ['Asia/Tokyo', 'Europe/Paris', 'Africa/Cairo', 'America/Denver', 'Asia/Seoul', 'Europe/Rome']
    await Promise.all(
      zones.map((zone, i) => changeSetting(apps[i % 3] ?? opened.app, decided(who, opened), 'zone', zone)),
    )
    const told = (await traces(opened)).map(trace => trace.slice('zone: '.length).split(' -> '))
    expect(told).toHaveLength(zones.length)
    expect(told.map(([before]) => before)).toEqual(['"UTC"', ...told.slice(0, -1).map(([, after]) => after)])
    expect(JSON.stringify((await settingsOf(opened.app, who.communityId)).zone)).toBe(told.at(-1)?.[1])
  })
})

forEachEngine('parts that are off', engine => {
  test('are known with whoever asks, and in one community alone', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    await join(app, ada, LARKS)
    await changeSetting(app, decided(who, opened), 'part.points', 'off')
    await changeSetting(app, decided(who, opened), 'part.checkin', 'off')
    await changeSetting(app, decided(who, opened), 'part.checkin', 'on')
    await changeSetting(app, decided(who, opened), 'part.welcome', 'off')
    const off = async (place: Parameters<typeof line>[3]) =>
      (await recognise(app, line(app, ada, '/x', place)))?.community?.off
    expect(await off(OWLS)).toEqual(['points', 'welcome'])
    expect(await off(LARKS)).toEqual([])
    expect(await partsOff(app, who.communityId)).toEqual(['points', 'welcome'])
    expect(await partsOff(app, 'com-of-nobody')).toEqual([])
  })
})

forEachEngine('channels', engine => {
  test('of a place of another community are not set, listed or removed', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const owls = await join(app, ada)
    const larks = await join(app, lin, LARKS)
    const chat = { id: LARKS.platformId, direct: false, ephemeral: false }
    const spot = { platform: 'telegram', place: LARKS } as const
    expect(await setChannel(app, decided(owls, opened), spot, 'staff', chat)).toEqual({ kind: 'no-place' })
    await setChannel(app, decided(larks, opened), spot, 'staff', chat)
    expect(await channelsFor(app, owls.communityId, 'staff')).toEqual([])
    expect(await removeChannel(app, decided(owls, opened), 'staff', spot)).toEqual([])
    expect(await removeChannel(app, decided(owls, opened), 'staff', null)).toEqual([])
    expect(await channelsFor(app, larks.communityId, 'staff')).toMatchObject([
      { chat, title: 'Larks', bot: 'telegram:1' },
    ])
  })

  test('keep of the chat what a delivery needs, and not the message that named it', async () => {
    await using opened = await cleanApp(engine)
    const who = await join(opened.app, ada)
    const chat = { id: '55', direct: false, ephemeral: true, messageId: '9', forms: 'whole', title: '#news' } as const
    const spot = { platform: 'telegram', place: OWLS } as const
    await setChannel(opened.app, decided(who, opened), spot, 'digest', chat, chat.title)
    await opened.app.engine.transaction(db => db.updateTable('places').set({ kind: 'guild' }).execute())
    expect(await channelsFor(opened.app, who.communityId, 'digest')).toMatchObject([
      { title: '#news', place: 'Night Owls', chat: { id: '55', direct: false, ephemeral: true } },
    ])
  })
})

forEachEngine('staff', engine => {
  test('are those whom platforms name and those named here, and boards leave out the managers of both', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const people = [ada, lin, mo, { platformId: '15', name: 'Kim' }]
    const known: Known[] = []
    for (const person of people) {
      const who = await join(app, person)
      await checkIn(app, who, { at: clock.now() })
      known.push(who)
      clock.advance(1000)
    }
    const [first, second] = known as [Known, Known]
    const board = async (viewer: Known) => readBoard(app, first.communityId, 'week', clock.now(), viewer.memberId)
    expect((await board(first)).top.map(({ name }) => name)).toEqual(['Ada', 'Lin', 'Kim'])
    await transaction(app, inner => nameRole(inner, first.memberId, 'manager'))
    await transaction(app, inner => nameRole(inner, second.memberId, 'reviewer'))
    const seen = await board(first)
    expect(seen.top.map(({ name }) => name)).toEqual(['Lin', 'Kim'])
    expect(seen.size).toBe(2)
    expect(seen.own).toMatchObject({ rank: 1, shown: false, hidden: false })
    expect((await board(second)).own).toMatchObject({ rank: 1, shown: true })
    expect((await staffOf(app, first.communityId)).map(({ name, role, named }) => ({ name, role, named }))).toEqual([
      { name: 'Ada', role: 'manager', named: 'manager' },
      { name: 'Mo', role: 'manager', named: null },
      { name: 'Lin', role: 'reviewer', named: 'reviewer' },
    ])
    await join(app, ada, LARKS)
    expect((await recognise(app, line(app, ada, '/x', LARKS)))?.asker.role).toBe('member')
    expect((await recognise(app, line(app, ada, '/x')))?.asker.role).toBe('manager')
    // The higher one counts, whatever the request itself says of the place.
    expect((await recognise(app, line(app, { ...ada, role: 'member' }, '/x')))?.asker.role).toBe('manager')
    expect((await recognise(app, line(app, { ...ada, role: 'owner' }, '/x')))?.asker.role).toBe('owner')
    // In private, about the community they chose; gone from it, they are nobody's staff.
    await transaction(app, inner => chooseCommunity(inner, first.accountId, first.communityId))
    const alone = async () => (await recognise(app, line(app, ada, '/x', null)))?.asker.role
    expect(await alone()).toBe('manager')
    await transaction(app, inner => depart(inner, 'telegram', OWLS, ada, clock.now()))
    expect(await alone()).toBe('member')
    expect((await staffOf(app, first.communityId)).map(({ name }) => name)).toEqual(['Mo', 'Lin'])
  })
})

describe('those whom boards leave out', () => {
  test('are found by their own small indexes, however many members there are', async () => {
    const [sqlite] = engines
    if (!sqlite) throw new Error('SQLite is always there')
    await using opened = await cleanApp(sqlite)
    const { app } = opened
    const members = app.db.selectFrom('members').select('members.id').where('members.community_id', '=', 'com')
    const plan = async (query: typeof members) => JSON.stringify(await query.explain(undefined, sql`query plan`))
    expect(await plan(members.where('members.role', '=', 'manager'))).toContain('members_staff')
    expect(
      await plan(
        members.where(eb => eb.or([eb('members.hidden_at', 'is not', null), eb('members.left_at', 'is not', null)])),
      ),
    ).toContain('members_unlisted')
    expect(await plan(members.where('members.merged_into', 'is', null).where('members.id', '>', 'mem'))).toContain(
      'members_by_community (community_id=? AND id>?)',
    )
  })
})
