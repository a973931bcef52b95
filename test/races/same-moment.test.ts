// What only concurrency can break: the same thing twice at the same moment, in one process and in two.
import { describe, expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import type { PlaceSighting } from '#src/chat/request.ts'
import { loadCommands } from '#src/commands.ts'
import { verifyAll } from '#src/contributions.ts'
import { createDispatch } from '#src/dispatch.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import { changeDays } from '#src/features/days/index.ts'
import { ada, count, errors, join, type Known, lin, line, mo, OWLS, recorder, words } from '#test/features/scene.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'

const MIDNIGHT = Date.UTC(2026, 2, 5)
const many = <T>(size: number, make: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: size }, (_, i) => make(i)))
const tables = ['persons', 'accounts', 'communities', 'places', 'members'] as const
const counts = async (app: App) =>
  Object.fromEntries(await Promise.all(tables.map(async table => [table, await count(app, table)] as const)))

forEachEngine('twenty check-ins of one member at once', engine => {
  test.each([
    ['in one process', 1],
    ['in two', 2],
  ])('%s make one row, one entry and one fact, and one is told so', async (_, processes) => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const apps = [app, processes === 2 ? await opened.another() : app]
    const who = await join(app, ada)
    const outcomes = await many(20, i => checkIn(apps[i % 2] ?? app, who, { at: app.clock.now() }))
    expect(outcomes.filter(({ kind }) => kind === 'checked-in')).toHaveLength(1)
    for (const table of ['checkins', 'ledger', 'activity'] as const) expect(await count(app, table)).toBe(1)
    await consumeActivity(app)
    expect(await verifyAll(app)).toEqual([])
  })

  test('as typed lines are answered once each: one done, the others told that it is', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const registry = await loadCommands()
    const dispatches = [createDispatch(app, registry), createDispatch(await opened.another(), registry)]
    const responder = recorder()
    await many(20, async i => {
      const dispatch = dispatches[i % 2]
      const received = await dispatch?.receive(line(app, ada, '/checkin'))
      if (received) await dispatch?.process(received, responder)
    })
    const said = responder.answers.map(words)
    expect(said.filter(one => one.includes('Day 1, Ada'))).toHaveLength(1)
    expect(said.filter(one => one.includes('You are already in'))).toHaveLength(19)
    expect(await count(app, 'checkins')).toBe(1)
    expect(await counts(app)).toEqual({ persons: 1, accounts: 1, communities: 1, places: 1, members: 1 })
    expect(errors(opened)).toEqual([])
  })

  test('as one event that two processes were given is answered by one of them', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const registry = await loadCommands()
    const dispatches = [createDispatch(app, registry), createDispatch(await opened.another(), registry)]
    const responder = recorder()
    const received = await dispatches[0]?.receive(line(app, ada, '/checkin'))
    if (!received) throw new Error('it is new')
    const endings = await Promise.all(dispatches.map(dispatch => dispatch.process(received, responder)))
    expect(endings.toSorted()).toEqual(['answered', 'dropped'])
    expect(responder.answers).toHaveLength(1)
    expect(await count(app, 'ledger')).toBe(1)
    expect(errors(opened)).toEqual([])
  })
})

forEachEngine('first sights at the same moment', engine => {
  test('of one person in two processes make one person', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const other = await opened.another()
    await join(app, mo)
    const known = await many(10, i => join(i % 2 ? app : other, ada))
    expect(new Set(known.map(({ memberId }) => memberId)).size).toBe(1)
    expect(await counts(app)).toEqual({ persons: 2, accounts: 2, communities: 1, places: 1, members: 2 })
  })

  test('of one group by two processes make one community', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const other = await opened.another()
    const known = await many(12, i => join(i % 2 ? app : other, { platformId: String(i), name: `Person ${i}` }))
    expect(new Set(known.map(({ communityId }) => communityId)).size).toBe(1)
    expect(await counts(app)).toEqual({ persons: 12, accounts: 12, communities: 1, places: 1, members: 12 })
  })

  test('of people who write in two groups crosswise end without a deadlock', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const other = await opened.another()
    const places: PlaceSighting[] = [OWLS, { platformId: '-200', kind: 'group', title: 'Larks' }]
    const people = [ada, lin]
    await many(16, i => join(i % 2 ? app : other, people[(i >> 1) % 2] ?? ada, places[(i >> 2) % 2]))
    expect(await counts(app)).toEqual({ persons: 2, accounts: 2, communities: 2, places: 2, members: 4 })
  })
})

forEachEngine('midnight', engine => {
  test('two days of one member at the same moment are two days in a row, whichever comes first', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const other = await opened.another()
    const who = await join(app, ada)
    const outcomes = await many(10, i => checkIn(i % 2 ? app : other, who, { at: i % 2 ? MIDNIGHT : MIDNIGHT - 1 }))
    expect(outcomes.filter(({ kind }) => kind === 'checked-in')).toHaveLength(2)
    expect(await app.db.selectFrom('streaks').select(['current', 'longest', 'total', 'last_day']).execute()).toEqual([
      { current: 2, longest: 2, total: 2, last_day: '2026-03-05' },
    ])
    await consumeActivity(app)
    expect(await verifyAll(app)).toEqual([])
  })

  test('a change of zone and a check-in at the same moment agree on the day', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const other = await opened.another()
    const who: Known = await join(app, ada)
    await checkIn(app, who, { at: MIDNIGHT - 20 * 3_600_000 })
    const zones = ['Asia/Tokyo', 'UTC', 'America/Havana', 'Pacific/Apia', 'Etc/GMT+12']
    await many<unknown>(20, i => {
      const each = i % 2 ? app : other
      if (i % 4 < 2) return checkIn(each, who, { at: MIDNIGHT - 10 + i })
      return transaction(each, inner => changeDays(inner, who.memberId, { zone: zones[i % 5] }, MIDNIGHT - 10 + i))
    })
    expect((await app.db.selectFrom('day_rules').select('zone').execute()).length).toBeLessThanOrEqual(3)
    await consumeActivity(app)
    expect(await verifyAll(app)).toEqual([])
  })
})

describe('many members at once', () => {
  forEachEngine('check in', engine => {
    test('and every number follows from its rows', async () => {
      await using opened = await cleanApp(engine)
      const { app } = opened
      const other = await opened.another()
      const registry = await loadCommands()
      const dispatches = [createDispatch(app, registry), createDispatch(other, registry)]
      const responder = recorder()
      await many(60, async i => {
        const dispatch = dispatches[i % 2]
        const who = { platformId: String(i % 20), name: `Person ${i % 20}` }
        const typed = ['/checkin', '/streak', '/settings zone:Tokyo'][i % 3] ?? ''
        const received = await dispatch?.receive(line(app, who, typed))
        if (received) await dispatch?.process(received, responder)
      })
      expect(responder.answers).toHaveLength(60)
      expect(await count(app, 'members')).toBe(20)
      expect(await count(app, 'checkins')).toBe(20)
      await Promise.all([consumeActivity(app), consumeActivity(other)])
      expect(await verifyAll(app)).toEqual([])
      expect(errors(opened)).toEqual([])
    })
  })
})
