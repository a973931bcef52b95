// The whole of it with the real libraries: a guild and a group become one community, a learner with a streak on both becomes one person,
// boards agree on both sides, undoing restores, leaving keeps the sums.
import { afterEach, expect, test } from 'vitest'
import { forgetDue, verifyAll } from '#src/contributions.ts'
import { toNumber } from '#src/db/index.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { open as openDiscord } from '#test/adapters/discord-harness.ts'
import type { Person, Seen, World } from '#test/adapters/harness.ts'
import { openTelegram } from '#test/adapters/telegram-harness.ts'
import { type TestApp, testApp } from '#test/support/app.ts'
import { forEachEngine } from '#test/support/engines.ts'

const DAY = 24 * 3_600_000

forEachEngine('one community on two platforms', engine => {
  let opened: TestApp
  let worlds: World[] = []
  afterEach(async () => {
    const broken = worlds.flatMap(world => world.violations())
    for (const world of worlds) await world[Symbol.asyncDispose]()
    worlds = []
    await opened[Symbol.asyncDispose]()
    expect(broken).toEqual([])
  })

  const codeIn = (seen: Seen): string => {
    const code = /Your code: (\w{5}-\w{5})/.exec(seen.text)?.[1]
    if (!code) throw new Error(`no code in: ${seen.text}`)
    return code
  }
  const clean = async () => {
    while ((await consumeActivity(opened.app)) > 0);
    expect(await verifyAll(opened.app)).toEqual([])
  }
  const sum = async (): Promise<number> => {
    const { sum: total } = await opened.app.db
      .selectFrom('ledger')
      .select(({ fn }) => fn.sum('amount').as('sum'))
      .executeTakeFirstOrThrow()
    return toNumber(total)
  }
  /** The rows of a board as everybody reads them. */
  const boardOf = async (who: Person): Promise<string> =>
    (await who.type('/leaderboard all')).text.split('\n').slice(1).join('\n')

  test('grows together, parts again, and keeps its sums', async () => {
    opened = await testApp(engine)
    const discord = await openDiscord(engine, { test: opened })
    const telegram = await openTelegram(engine, { test: opened })
    worlds = [discord, telegram]
    const mo = await discord.person({ name: 'Mo', locale: 'en', role: 'manager' })
    const kai = await telegram.person({ name: 'Kai', locale: 'en', role: 'manager' })
    const ada = await discord.person({ name: 'Ada', locale: 'en' })
    const adaToo = await telegram.person({ name: 'Ada L', locale: 'en' })
    const lin = await telegram.person({ name: 'Lin', locale: 'zh-CN' })

    // Three days on Discord, three on Telegram; the third day on both.
    await ada.type('/checkin')
    opened.clock.advance(DAY)
    await ada.type('/checkin')
    opened.clock.advance(DAY)
    await ada.type('/checkin')
    await adaToo.type('/checkin')
    await lin.type('/checkin')
    opened.clock.advance(DAY)
    await adaToo.type('/checkin')
    opened.clock.advance(DAY)
    await adaToo.type('/checkin')

    // One community.
    const code = codeIn(await mo.type('/connect'))
    const asked = await kai.type(`/connect ${code}`)
    expect(asked.visibility).toBe('private')
    expect((await kai.press(asked, 'Connect')).text).toContain('Connected.')
    await clean()
    expect(await boardOf(ada)).toContain('Lin')
    expect(await boardOf(lin)).toContain('Ada')

    // One person.
    const before = { ada: await ada.type('/points show'), adaToo: await adaToo.type('/points show') }
    const issued = await ada.type('/link')
    expect(issued.visibility).toBe('private')
    expect(issued.text).toMatch(/https:\/\/t\.me\/\w+\?start=l_\w{10}/)
    const seen = await adaToo.type(`/link ${codeIn(issued)}`)
    expect(seen.text).toContain('3 and 3 days checked in become 5')
    expect((await adaToo.press(seen, 'Yes, both are mine')).text).toContain('Now say yes with Ada')
    const pending = await ada.press(issued, 'I have used it')
    expect((await ada.press(pending, 'Yes, that is me')).text).toContain('is you now')
    await clean()
    expect((await ada.type('/streak')).text).toContain('Ada: 5 in a row')
    expect((await adaToo.type('/streak')).text).toContain('5 in a row')
    expect((await ada.type('/points show')).text).toContain('You have 50 points.')
    expect(await boardOf(ada)).toContain('50 points')
    expect(await boardOf(lin)).toContain('50')

    // Undone: each has their own back.
    const links = await mo.type('/unlink Ada')
    expect((await mo.press(links, 'Undo Ada L')).text).toContain('every number was restored')
    await clean()
    expect((await ada.type('/points show')).text).toBe(before.ada.text)
    expect((await adaToo.type('/points show')).text).toBe(before.adaToo.text)

    // Linked once more, and gone for good.
    await adaToo.press(await adaToo.type(`/link ${codeIn(await ada.type('/link'))}`), 'Yes, both are mine')
    await ada.press(await ada.type('/link'), 'Yes, that is me')
    const total = await sum()
    const farewell = await ada.type('/forget')
    const confirm = farewell.buttons.find(label => /forget/i.test(label))
    await ada.press(farewell, confirm ?? '')
    opened.clock.advance(8 * DAY)
    await forgetDue(opened.app)
    opened.clock.advance(DAY)
    await forgetDue(opened.app)
    await clean()
    expect(await sum()).toBe(total)
    expect(await boardOf(lin)).not.toContain('Ada')
    const names = await opened.app.db.selectFrom('accounts').select('name').execute()
    expect(names.map(({ name }) => name).filter(name => /Ada/.test(name))).toEqual([])
  })
})
