import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { repairAll, verifyAll } from '#src/contributions.ts'
import { consumeActivity, record } from '#src/features/activity/index.ts'
import { readBoard } from '#src/features/boards/index.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import { balance, book, type Entry, history, periodOf } from '#src/features/points/index.ts'
import { DAY_LENGTH, localDay } from '#src/lib/time.ts'
import { START } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ada, count, join, type Known, lin, mo } from './scene.ts'

const entry = (who: Known, source: string, more: Partial<Entry> = {}): Entry => ({
  ...who,
  unit: 'points',
  amount: 10,
  source,
  day: localDay(more.at ?? START, 'UTC'),
  at: START,
  ...more,
})
const booked = (app: App, one: Entry) => transaction(app, inner => book(inner, one))

forEachEngine('points', engine => {
  test('one source counts once per member and unit, however often it is booked', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    const other = await join(app, lin)
    expect(await booked(app, entry(who, 'task:1'))).toBe(true)
    expect(await booked(app, entry(who, 'task:1', { amount: 99 }))).toBe(false)
    expect(await booked(app, entry(who, 'task:1', { unit: 'coins' }))).toBe(true)
    expect(await booked(app, entry(other, 'task:1'))).toBe(true)
    expect(await balance(app, who.memberId, 'points')).toBe(10)
    expect(await balance(app, who.memberId, 'coins')).toBe(10)
    expect(await balance(app, other.memberId, 'coins')).toBe(0)
  })

  test('are taken back by a further entry, never by changing one', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    await booked(app, entry(who, 'task:1'))
    await booked(app, entry(who, 'reversal:task:1', { amount: -10, at: START + 1 }))
    expect(await balance(app, who.memberId, 'points')).toBe(0)
    expect((await history(app, who.memberId, 10)).map(row => row.amount)).toEqual([-10, 10])
    const raw = (sql: string) =>
      app.engine.transaction(db =>
        db.executeQuery({ ...db.selectFrom('ledger').selectAll().compile(), sql, parameters: [] }),
      )
    await expect(raw('update ledger set amount = 1000')).rejects.toThrow('append-only')
    await expect(raw('delete from ledger')).rejects.toThrow('append-only')
    await checkIn(app, who, { at: START })
    await expect(raw(`update activity set kind = 'x'`)).rejects.toThrow('append-only')
    await expect(raw('delete from activity')).rejects.toThrow('append-only')
  })

  test('history comes newest first, page by page, without gap or repeat', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    for (let i = 0; i < 7; i++) await booked(app, entry(who, `task:${i}`, { amount: i + 1 }))
    const first = await history(app, who.memberId, 4)
    const second = await history(app, who.memberId, 4, first.at(-1)?.id)
    expect([...first, ...second].map(row => row.amount)).toEqual([7, 6, 5, 4, 3, 2, 1])
  })

  test('totals are what is counted from the ledger, whatever was booked', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const members = [await join(app, ada), await join(app, lin)]
    const entries = fc.array(
      fc.record({
        who: fc.constantFrom(...members),
        unit: fc.constantFrom('points' as const, 'coins' as const),
        amount: fc.integer({ min: -50, max: 50 }).filter(amount => amount !== 0),
        source: fc.nat({ max: 30 }).map(String),
        days: fc.integer({ min: 0, max: 60 }),
      }),
      { maxLength: 15 },
    )
    await fc.assert(
      fc.asyncProperty(entries, async all => {
        for (const { who, unit, amount, source, days } of all)
          await booked(app, entry(who, source, { unit, amount, at: START + days * DAY_LENGTH }))
        expect(await verifyAll(app)).toEqual([])
      }),
      { numRuns: 8 },
    )
    expect(await count(app, 'ledger')).toBeGreaterThan(10)
  })
})

forEachEngine('a fact', engine => {
  const place = (app: App, who: Known) => ({
    kind: 'place.renamed' as const,
    communityId: who.communityId,
    memberId: null,
    accountId: null,
    subject: 'plc1:7',
    day: '2026-03-04',
    at: app.clock.now(),
  })

  test('recorded twice is one row, told to each consumer once', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    const fact = {
      ...who,
      kind: 'checkin' as const,
      camp: 'daily',
      checkinId: 1,
      subject: 's',
      day: '2026-03-04',
      at: START,
    }
    expect(await transaction(app, inner => record(inner, fact))).toEqual([{ kind: 'points', amount: 10 }])
    expect(await transaction(app, inner => record(inner, fact))).toEqual([])
    expect(await count(app, 'activity')).toBe(1)
    expect(await count(app, 'ledger')).toBe(1)
    expect(await consumeActivity(app)).toBe(1)
    expect(await consumeActivity(app)).toBe(0)
    expect(await app.db.selectFrom('activity_days').selectAll().execute()).toEqual([
      { member_id: who.memberId, day: '2026-03-04', count: 1 },
    ])
  })

  test('is gone with the transaction that recorded it', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    const failed = transaction(app, async inner => {
      await checkIn(inner, who, { at: START })
      throw new Error('after all')
    })
    await expect(failed).rejects.toThrow('after all')
    for (const table of ['checkins', 'ledger', 'activity'] as const) expect(await count(app, table)).toBe(0)
  })

  test('is consumed once by two processes at it together', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const other = await opened.another()
    const who = await join(app, ada)
    for (let i = 0; i < 30; i++) await checkIn(app, who, { at: START + i * DAY_LENGTH })
    opened.clock.set(START + 40 * DAY_LENGTH)
    await Promise.all([consumeActivity(app), consumeActivity(other), consumeActivity(app), consumeActivity(other)])
    const rows = await app.db.selectFrom('activity_days').select('count').execute()
    expect(rows).toHaveLength(30)
    expect(rows.every(row => row.count === 1)).toBe(true)
    expect(await verifyAll(app)).toEqual([])
  })

  test('whose consumer fails is tried again later, and holds up no other', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const who = await join(app, ada)
    await transaction(app, inner => record(inner, place(app, who)))
    await checkIn(app, who, { at: START })
    await app.engine.transaction(db =>
      db.insertInto('activity_todo').values({ activity_id: 1, consumer: 'of tomorrow', not_before: 0 }).execute(),
    )
    expect(await consumeActivity(app)).toBe(2)
    expect(opened.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    expect(await consumeActivity(app)).toBe(0)
    clock.advance(2 * 60_000)
    expect(await consumeActivity(app)).toBe(0)
    expect(await app.db.selectFrom('activity_todo').select('attempts').execute()).toEqual([{ attempts: 2 }])
  })
})

forEachEngine('a board', engine => {
  test('ranks by points; on equal points whoever got there first, and gives each their own place', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const [a, l] = [await join(app, ada), await join(app, lin)]
    const third = await join(app, { platformId: '14', name: 'Noor' })
    await booked(app, entry(l, 'x', { at: START + 1 }))
    await booked(app, entry(a, 'x', { at: START + 5 }))
    await booked(app, entry(third, 'x', { amount: 30, at: START + 9 }))
    const board = await readBoard(app, a.communityId, 'week', START, a.memberId, 2)
    expect(board.top.map(({ name, rank }) => [rank, name])).toEqual([
      [1, 'Noor'],
      [2, 'Lin'],
    ])
    expect(board.own).toMatchObject({ rank: 3, points: 10, shown: true })
    expect(board.size).toBe(3)
  })

  test('leaves out who hid themselves, who left, staff, and who has no points; they still learn their own place', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const [a, l, m] = [await join(app, ada), await join(app, lin), await join(app, mo)]
    const gone = await join(app, { platformId: '14', name: 'Noor' })
    const none = await join(app, { platformId: '15', name: 'Zero' })
    for (const [i, who] of [a, l, m, gone].entries()) await booked(app, entry(who, 'x', { at: START + i }))
    await booked(app, entry(none, 'x'))
    await booked(app, entry(none, 'reversal:x', { amount: -10 }))
    await app.engine.transaction(async db => {
      await db.updateTable('members').set({ hidden_at: 1 }).where('id', '=', a.memberId).execute()
      await db.updateTable('members').set({ left_at: 1 }).where('id', '=', gone.memberId).execute()
    })
    const see = (who: Known) => readBoard(app, a.communityId, 'all', START, who.memberId)
    expect((await see(l)).top.map(({ name }) => name)).toEqual(['Lin'])
    expect((await see(a)).own).toMatchObject({ rank: 1, shown: false, hidden: true })
    expect((await see(m)).own).toMatchObject({ rank: 2, shown: false, hidden: false })
    expect((await see(none)).own).toBeNull()
  })

  test('counts weeks and months by the community’s calendar, entries by the member’s day', async () => {
    await using opened = await cleanApp(engine, { zone: 'Asia/Shanghai' })
    const { app } = opened
    const who = await join(app, ada)
    // Sunday evening in Shanghai, and Monday there an hour later.
    const sunday = Date.UTC(2026, 2, 8, 15, 30)
    await booked(app, entry(who, 'sunday', { day: '2026-03-08', at: sunday }))
    await booked(app, entry(who, 'monday', { day: '2026-03-09', at: sunday + 3_600_000, amount: 3 }))
    const points = async (window: 'week' | 'month' | 'all', at: number) =>
      (await readBoard(app, who.communityId, window, at, null)).top.map(row => row.points)
    expect(await points('week', sunday)).toEqual([10])
    expect(await points('week', sunday + 3_600_000)).toEqual([3])
    expect(await points('month', sunday)).toEqual([13])
    expect(await points('month', Date.UTC(2026, 2, 31, 16))).toEqual([])
    expect(await points('all', Date.UTC(2030, 0, 1))).toEqual([13])
    expect((await readBoard(app, who.communityId, 'week', sunday, null)).since).toBe('2026-03-02')
    expect(periodOf('week', '2026-03-08')).toBe('2026-W10')
  })

  test('of one community shows nobody of another', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const here = await join(app, ada)
    const there = await join(app, lin, { platformId: '-200', kind: 'group', title: 'Larks' })
    await booked(app, entry(here, 'x'))
    await booked(app, entry(there, 'x'))
    expect((await readBoard(app, here.communityId, 'all', START, null)).top.map(({ name }) => name)).toEqual(['Ada'])
  })
})

forEachEngine('verify', engine => {
  /** Every derived number, and a way to make it wrong. */
  const wrong: Array<[string, (db: App['db'], who: Known) => Promise<unknown>]> = [
    ['balances', db => db.updateTable('balances').set({ total: 11 }).execute()],
    ['balances', db => db.deleteFrom('balances').execute()],
    [
      'balances',
      (db, { memberId }) =>
        db.insertInto('balances').values({ member_id: memberId, unit: 'coins', total: 5 }).execute(),
    ],
    ['standings', db => db.updateTable('standings').set({ points: 11 }).where('period', '=', 'all').execute()],
    ['standings', db => db.updateTable('standings').set({ reached_at: 1 }).where('period', '=', '2026-03').execute()],
    ['standings', db => db.deleteFrom('standings').where('period', '=', '2026-W10').execute()],
    ['streaks', db => db.updateTable('streaks').set({ current: 2 }).execute()],
    ['streaks', db => db.updateTable('streaks').set({ longest: 9 }).execute()],
    ['streaks', db => db.updateTable('streaks').set({ total: 0 }).execute()],
    ['streaks', db => db.updateTable('streaks').set({ last_day: '2026-03-03' }).execute()],
    ['streaks', db => db.deleteFrom('streaks').execute()],
    ['activity_days', db => db.updateTable('activity_days').set({ count: 2 }).execute()],
    ['activity_days', db => db.deleteFrom('activity_days').execute()],
  ]

  test('finds every wrong number by name, and repair mends it', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    await checkIn(app, who, { at: START })
    await consumeActivity(app)
    expect(await verifyAll(app)).toEqual([])
    for (const [table, spoil] of wrong) {
      await app.engine.transaction(db => spoil(db, who))
      const found = await verifyAll(app)
      expect(found.length, table).toBeGreaterThan(0)
      expect(found.every(({ what }) => what.startsWith(`${table} member=${who.memberId}`))).toBe(true)
      await repairAll(app)
      expect(await verifyAll(app), table).toEqual([])
    }
  })

  test('calls nothing wrong that asynchronous consumers have yet to do', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await checkIn(app, await join(app, ada), { at: START })
    expect(await verifyAll(app)).toEqual([])
    await consumeActivity(app)
    expect(await verifyAll(app)).toEqual([])
  })
})
