// What holds on every platform, whatever it looks like there. One suite, three adapters, two engines.
import { createCanvas } from '@napi-rs/canvas'
import { afterEach, describe, expect, test } from 'vitest'
import { toNumber } from '#src/db/index.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { harness as discord } from './discord-harness.ts'
import type { Field, Harness, World } from './harness.ts'
import { harness as playground } from './playground-harness.ts'
import { harness as telegram } from './telegram-harness.ts'

const COMMANDS = new URL('./commands/', import.meta.url)
const EVIL = '*bold* _x_ `code` <b>tag</b> @everyone [link](https://example.org) {count} & "quotes" 你好 🔥'

async function count(world: World, table: 'checkins' | 'ledger' | 'outbox'): Promise<number> {
  const row = await world.test.app.db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirst()
  return toNumber(row?.count)
}

/** How often /survey ran. */
async function surveys(world: World): Promise<number> {
  const rows = await world.test.app.db.selectFrom('meta').select('key').where('key', 'like', 'survey:%').execute()
  return rows.length
}

const filledIn = (): Field[] => [
  ['mood', 'Show me'],
  ['size', '4'],
  ['site', 'https://example.org/a'],
  ['photo', { name: 'me.png', type: 'image/png', bytes: createCanvas(40, 30).toBuffer('image/png') }],
  ['note', 'hello *there*'],
]
const FILLED_IN = 'good | 4 | https://example.org/a | jpeg | hello *there*'

function contract(harness: Harness): void {
  forEachEngine(harness.platform, engine => {
    let world: World
    const open = async (options?: { commands?: URL }) => {
      world = await harness.open(engine, options)
      return world
    }
    afterEach(async () => {
      const violations = world.violations()
      await world[Symbol.asyncDispose]()
      expect(violations).toEqual([])
    })

    test('a check-in is public, counts once, and says so privately the second time', async () => {
      await open()
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      const first = await ada.type('/checkin')
      expect(first.visibility).toBe('public')
      expect(first.text).toContain('✓ Day 1, Ada. Welcome! +10 points. Counts for 4 March')
      const again = await ada.type('/checkin')
      expect(again.visibility).toBe('private')
      expect(again.text).toContain('You are already in for 4 March')
      expect([await count(world, 'checkins'), await count(world, 'ledger')]).toEqual([1, 1])
    })

    test('a double tap makes one check-in and two true answers', async () => {
      await open()
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      const texts = (await ada.typeTwice('/checkin')).map(seen => seen.text)
      expect(texts.filter(text => text.includes('Day 1'))).toHaveLength(1)
      expect(texts.filter(text => text.includes('already in'))).toHaveLength(1)
      expect([await count(world, 'checkins'), await count(world, 'ledger')]).toEqual([1, 1])
    })

    test('what a person wrote shows to the letter and notifies nobody', async () => {
      await open()
      const ada = await world.person({ name: 'Ada_*<b>', locale: 'en' })
      const seen = await ada.type(`/checkin ${EVIL}`)
      expect(seen.text).toContain(EVIL)
      expect(seen.text).toContain('Ada_*<b>')
      expect(seen.pings.filter(id => id !== ada.id)).toEqual([])
    })

    test('each person is answered in their own language, and may choose another', async () => {
      await open()
      const lin = await world.person({ name: 'Lin', locale: 'zh-CN' })
      expect((await lin.type('/checkin')).text).toContain('✓ 第 1 天，Lin，欢迎！+10 积分。计入 3 月 4 日')
      const english = await lin.type('/settings language:en')
      expect(english.text).toContain('I speak English with you from now on.')
      expect((await lin.type('/streak')).text).toContain('Lin: 1 in a row')
    })

    test('a button does what the command does, and another one changes the same message', async () => {
      await open()
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      const lin = await world.person({ name: 'Lin', locale: 'en' })
      const checkedIn = await ada.type('/checkin')
      expect(checkedIn.buttons).toContain('Leaderboard')
      const board = await lin.press(checkedIn, 'Leaderboard')
      expect(board.text).toMatch(/This week[\s\S]*Ada[\s\S]*10 points/)
      const month = await lin.press(board, 'Month')
      expect(month.text).toContain('This month')
      expect(month.buttons).toContain('Week')
    })

    test("somebody else's button is refused in private", async () => {
      await open()
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      const lin = await world.person({ name: 'Lin', locale: 'en' })
      await ada.type('/checkin')
      const board = await ada.type('/leaderboard')
      const refused = await lin.press(board, 'Month')
      expect(refused.visibility).toBe('private')
      expect(refused.text).toContain('This button belongs to somebody else')
    })

    test('points come with their history, and a streak with its days', async () => {
      await open()
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      await ada.type('/checkin')
      world.test.clock.advance(24 * 3600 * 1000)
      await ada.type('/checkin')
      expect((await ada.type('/points show')).text).toContain('You have 20 points.')
      const history = await ada.type('/points history')
      expect(history.visibility).toBe('private')
      expect(history.text).toMatch(/\+10 · Check-in for 5 March[\s\S]*\+10 · Check-in for 4 March/)
      const streak = await ada.type('/streak')
      expect(streak.text).toMatch(/Ada: 2 in a row[\s\S]*Longest 2/)
    })

    test('a wrong value is refused in private with what to do instead', async () => {
      await open()
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      const refused = await ada.type('/settings zone:Atlantis')
      expect(refused.visibility).toBe('private')
      expect(refused.text).toContain('I do not know the time zone “Atlantis”')
    })

    test('a private chat is about the community last used', async () => {
      await open()
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      await ada.type('/checkin')
      const direct = await ada.type('/streak', 'direct')
      expect(direct.text).toContain('Ada: 1 in a row')
    })

    test('/help shows what this person may use here and nothing else', async () => {
      await open({ commands: COMMANDS })
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      const mo = await world.person({ name: 'Mo', locale: 'en', role: 'manager' })
      const refused = await ada.type('/staff')
      expect(refused.visibility).toBe('private')
      expect(refused.text).toContain('Only managers can use /staff')
      expect((await mo.type('/staff')).text).toContain('for staff: manager')
    })

    test('every kind of argument arrives as it was meant', async () => {
      await open({ commands: COMMANDS })
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      const lin = await world.person({ name: 'Lin', locale: 'en' })
      await lin.type('/often')
      const seen = await ada.type('/sink who:Lin size:3 board:hidden when:2026-03-01 place:beta note:some words: here')
      expect(seen.text).toContain('Lin | 3 | hidden | 2026-03-01 | beta | some words: here')
    })

    test('too soon is told in private with the seconds to wait, and passes', async () => {
      await open({ commands: COMMANDS })
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      expect((await ada.type('/often')).text).toContain('now')
      const soon = await ada.type('/often')
      expect(soon.visibility).toBe('private')
      expect(soon.text).toContain('Try /often again in 10 seconds')
      world.test.clock.advance(10_000)
      expect((await ada.type('/often')).text).toContain('now')
    })

    test('our fault is told in private with a code that the log has once, and no detail', async () => {
      await open({ commands: COMMANDS })
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      const seen = await ada.type('/broken')
      expect(seen.visibility).toBe('private')
      expect(seen.text).not.toContain('secret detail')
      const code = /Code ([0-9A-Z]{4})/.exec(seen.text)?.[1] ?? ''
      expect(code).not.toBe('')
      expect(world.test.lines.filter(line => JSON.stringify(line.details).includes(code))).toHaveLength(1)
    })

    test('a form that is filled in runs its command once, as if it had been typed', async () => {
      await open({ commands: COMMANDS })
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      const seen = await ada.fill(await ada.type('/survey'), filledIn())
      expect(seen.text).toContain(FILLED_IN)
      expect(seen.visibility).toBe('public')
      expect(await surveys(world)).toBe(1)
    })

    test('what a form does not need may be left empty', async () => {
      await open({ commands: COMMANDS })
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      const fields = filledIn().map(([name, value]): Field => [name, name === 'size' ? value : null])
      const seen = await ada.fill(await ada.type('/survey'), fields)
      expect(seen.text).toContain('- | 4 | - | - | -')
      expect(await surveys(world)).toBe(1)
    })

    test('a restart in the middle of a form loses nothing', async () => {
      await open({ commands: COMMANDS })
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      const seen = await ada.fill(await ada.type('/survey'), filledIn(), () => world.restart())
      expect(seen.text).toContain(FILLED_IN)
      expect(await surveys(world)).toBe(1)
    })

    test('a form that is cancelled changes nothing', async () => {
      await open({ commands: COMMANDS })
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      await ada.type('/survey')
      expect((await ada.type('/cancel')).text).toContain('Cancelled. Nothing was changed.')
      expect((await ada.type('/cancel')).text).toContain('No form is waiting for you.')
      expect(await surveys(world)).toBe(0)
    })

    test('a restart forgets nothing', async () => {
      await open()
      const ada = await world.person({ name: 'Ada', locale: 'en' })
      await ada.type('/checkin')
      await world.restart()
      expect((await ada.type('/checkin')).text).toContain('You are already in for 4 March')
      expect(await count(world, 'checkins')).toBe(1)
    })
  })
}

describe('every adapter', () => {
  for (const harness of [discord, telegram, playground]) contract(harness)
})
