// The playground as people use it: in a real browser.

import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { type TestApp, testApp } from '#test/support/app.ts'
import { describeInBrowser, launchBrowser } from '#test/support/chromium.ts'
import { engines } from '#test/support/engines.ts'
import { KEY, type Running, type StartOptions, startPlayground } from './playground-world.ts'

const [sqlite] = engines
if (!sqlite) throw new Error('SQLite is always there')
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

describeInBrowser('the playground in a browser', () => {
  let browser: Browser
  let database: TestApp
  let running: Running
  /** What the browser complained about: refused by the policy, failed, thrown. */
  let complaints: string[]

  const start = async (options?: StartOptions) => {
    running = await startPlayground(database, options)
  }
  beforeEach(async () => {
    complaints = []
    browser = await launchBrowser()
    database = await testApp(sqlite)
    await start()
  })
  afterEach(async () => {
    await browser.close()
    await running[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  async function open(options: BrowserContextOptions = {}, context?: BrowserContext): Promise<Page> {
    const page = await (context ?? (await browser.newContext(options))).newPage()
    page.on('pageerror', error => complaints.push(`${error}`))
    page.on('console', message => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(`${running.origin}/playground${context ? '' : `?key=${KEY}`}`)
    await page.locator('body[data-ready]').waitFor()
    return page
  }
  const pane = (page: Page, name: 'left' | 'group' | 'right') => page.locator(`#pane-${name}`)
  const last = (where: Locator) => where.locator('.message').last()
  async function say(where: Locator, line: string): Promise<void> {
    await where.locator('textarea').fill(line)
    await where.locator('textarea').press('Enter')
  }
  const shows = (where: Locator, text: string | RegExp) => last(where).filter({ hasText: text }).waitFor()

  test('Ada checks in, reads her streak, sleeps a night, checks in again and reads the board', async () => {
    const page = await open()
    expect(page.url()).toBe(`${running.origin}/playground`)
    const [ada, group] = [pane(page, 'left'), pane(page, 'group')]
    await ada.getByRole('button', { name: 'Check in' }).click()
    await shows(ada, '✓ Day 12, Ada. +10 points. Counts for 4 March')
    await ada.getByRole('button', { name: '/streak', exact: true }).click()
    await shows(ada, 'Ada: 12 in a row')
    await page.getByRole('button', { name: 'Next day' }).click()
    await page.locator('#now').filter({ hasText: 'Thu 5 Mar' }).waitFor()
    // A day has its line once it has a message, also for a page that comes back on that day.
    expect(await ada.locator('.day').last().textContent()).toBe('Yesterday')
    await page.reload()
    await page.locator('body[data-ready]').waitFor()
    expect(await page.locator('.log > .day:last-child').count()).toBe(0)
    await say(group, '/checkin two days in a row')
    await shows(group, /✓ Day 13, Ada\. \+10 points\. Counts for 5 March[\s\S]*“two days in a row”/)
    expect(await group.locator('.day').last().textContent()).toBe('Today')
    await last(group).getByRole('button', { name: 'Leaderboard' }).click()
    await shows(group, 'This week')
    const own = last(group).locator('.rows .own')
    expect(await own.textContent()).toMatch(/Ada.*you.*points/)
    await last(group).getByRole('button', { name: 'Month' }).click()
    await shows(group, 'This month')
    // Everyone reads the board; only to Ada is she “you”.
    await group.getByRole('radio', { name: 'Lin' }).check({ force: true })
    expect(await last(group).locator('.rows .own').textContent()).not.toContain('you')
    expect(complaints).toEqual([])
  })

  test('Lin does the same in Chinese, on a phone, in the dark', async () => {
    const page = await open({ ...PHONE, locale: 'zh-CN', colorScheme: 'dark' })
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    const [lin, group] = [pane(page, 'right'), pane(page, 'group')]
    await page.getByRole('tab', { name: 'Lin' }).tap()
    expect(await group.isVisible()).toBe(false)
    await lin.getByRole('button', { name: '打卡', exact: true }).tap()
    await shows(lin, '✓ 第 2 天，Lin。+10 积分。计入 3 月 4 日')
    await page.getByRole('button', { name: '下一天' }).tap()
    await lin.getByRole('button', { name: '/checkin', exact: true }).last().tap()
    await shows(lin, '✓ 第 3 天，Lin。')
    await lin.getByRole('button', { name: '排行榜' }).last().tap()
    await shows(lin, /本周排行[\s\S]*Lin/)
    await page.getByRole('button', { name: 'EN' }).tap()
    expect(await page.getByRole('button', { name: 'Next day' }).isVisible()).toBe(true)
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    expect(complaints).toEqual([])
  })

  test('what people write is shown to the letter and never becomes a part of the page', async () => {
    const page = await open()
    const evil = `<script>document.title='owned'</script><img src=x onerror="document.title='owned'"><b>x</b> & "q" {name} /checkin`
    const group = pane(page, 'group')
    await say(group, evil)
    await group.locator('.message.mine .bubble').last().filter({ hasText: evil }).waitFor()
    await say(group, `/checkin ${evil}`)
    await shows(group, `“${evil}”`)
    await page.reload()
    await shows(group, `“${evil}”`)
    expect(await group.locator('.bubble :is(script, b, img[src="x"])').count()).toBe(0)
    expect(await page.title()).toBe('Muster playground')
    expect(complaints).toEqual([])
  })

  test('a private answer in the group says who alone sees it, and leaves with them', async () => {
    const page = await open()
    const group = pane(page, 'group')
    await group.getByRole('radio', { name: 'Mo' }).check({ force: true })
    await say(group, '/streak')
    await shows(group, 'Only Mo sees this')
    await group.getByRole('radio', { name: 'Lin' }).check({ force: true })
    await group.getByText('Only Mo sees this').waitFor({ state: 'detached' })
    await pane(page, 'left').getByRole('combobox', { name: 'Whose private chat' }).selectOption({ label: 'Mo' })
    await shows(group, 'Only Mo sees this')
    expect(await pane(page, 'left').locator('.label').textContent()).toBe('Private chat with Muster · Manager')
    expect(complaints).toEqual([])
  })

  test('a command is completed with the keyboard alone', async () => {
    const page = await open()
    const group = pane(page, 'group')
    const box = group.locator('textarea')
    await box.focus()
    await page.keyboard.type('/lea')
    await group.getByRole('option', { name: '/leaderboard Who has the most points' }).waitFor()
    await page.keyboard.press('Tab')
    await group.getByRole('option').nth(2).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    expect(await box.getAttribute('aria-activedescendant')).toBe(
      await group.getByRole('option', { selected: true }).getAttribute('id'),
    )
    await page.keyboard.press('Enter')
    expect(await box.inputValue()).toBe('/leaderboard month ')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Enter')
    await shows(group, 'This month')
    expect(await box.inputValue()).toBe('')
    // And on to a button of the answer.
    await last(group).getByRole('button', { name: 'Week' }).focus()
    await page.keyboard.press('Enter')
    await shows(group, 'This week')
    expect(await page.evaluate('document.activeElement.className')).toContain('press')
    expect(complaints).toEqual([])
  })

  test('two tabs show the same, and both find their way back after a restart', async () => {
    const one = await open()
    const two = await open({}, one.context())
    await say(pane(one, 'group'), '/checkin seen in both')
    await shows(pane(two, 'group'), '“seen in both”')
    const { port } = running
    await running[Symbol.asyncDispose]()
    await one.getByText('The connection is gone').waitFor()
    await start({ port })
    await one.getByText('The connection is gone').waitFor({ state: 'hidden', timeout: 15_000 })
    await two.getByText('The connection is gone').waitFor({ state: 'hidden', timeout: 15_000 })
    await say(pane(two, 'right'), '/checkin')
    await shows(pane(one, 'right'), '第 2 天')
    await one.getByRole('button', { name: '+1 hour' }).click()
    await two.locator('#now').filter({ hasText: '11:00' }).waitFor()
  })

  test('a language chosen in the chat is how Muster answers; the page keeps its own', async () => {
    const page = await open()
    const ada = pane(page, 'left')
    await say(ada, '/settings')
    await shows(ada, 'Your settings')
    await last(ada).getByRole('button', { name: '简体中文' }).click()
    await shows(ada, '以后我用中文和你说话。')
    expect(await page.getByRole('button', { name: 'Next day' }).isVisible()).toBe(true)
    await ada.locator('textarea').fill('/che')
    await ada.getByRole('option', { name: '/checkin 今日打卡' }).waitFor()
    expect(complaints).toEqual([])
  })

  test('a choice from a menu does what its entry says', async () => {
    const page = await open()
    const entry = (window: 'month' | 'all') => ({
      label: t(`leaderboard.window.${window}`),
      button: button(t('leaderboard.open'), 'leaderboard', { window }),
    })
    const select = { placeholder: t('leaderboard.arg.window'), options: [entry('month'), entry('all')] }
    await running.playground.sender.deliver({
      id: 1,
      to: { kind: 'person', platformId: 'ada' },
      reply: plain(t('leaderboard.title.week'), { select }),
      locale: 'en',
      askerId: 'ada',
      nonce: 'menu',
    })
    const ada = pane(page, 'left')
    const menu = ada.getByRole('combobox', { name: 'This week, this month or all time' })
    await menu.selectOption({ label: 'All time' })
    await shows(ada, /All time[\s\S]*Priya/)
    expect(await menu.count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('no text is smaller than 14 px, and every control has a name', async () => {
    for (const options of [{ viewport: { width: 1440, height: 900 } }, PHONE]) {
      const page = await open(options)
      await say(pane(page, 'group'), '/streak')
      await shows(pane(page, 'group'), 'in a row')
      const small = await page.evaluate(`[...document.querySelectorAll('body *')].filter(element =>
        element.checkVisibility() && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== '')
        && parseFloat(getComputedStyle(element).fontSize) < 14).map(element => element.className)`)
      expect(small).toEqual([])
      const nameless =
        await page.evaluate(`[...document.querySelectorAll('button, select, textarea, input')].filter(element =>
        element.checkVisibility() && !element.getAttribute('aria-label') && element.textContent.trim() === '' && !element.labels?.length)
        .map(element => element.outerHTML)`)
      expect(nameless).toEqual([])
      await page.context().close()
    }
    expect(complaints).toEqual([])
  })
})
