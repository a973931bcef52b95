// Forms and files in the playground as people use them: in a real browser.
import { createCanvas } from '@napi-rs/canvas'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { type TestApp, testApp } from '#test/support/app.ts'
import { describeInBrowser, launchBrowser } from '#test/support/chromium.ts'
import { engines } from '#test/support/engines.ts'
import { KEY, type Running, startPlayground } from './playground-world.ts'

const [sqlite] = engines
if (!sqlite) throw new Error('SQLite is always there')
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const photo = () => ({
  name: 'me.png',
  mimeType: 'image/png',
  buffer: createCanvas(40, 30).toBuffer('image/png'),
})

describeInBrowser('a form in a browser', () => {
  let browser: Browser
  let database: TestApp
  let running: Running
  /** What the browser complained about: refused by the policy, failed, thrown. */
  let complaints: string[]

  beforeEach(async () => {
    complaints = []
    browser = await launchBrowser()
    database = await testApp(sqlite)
    running = await startPlayground(database, { commands: new URL('./commands/', import.meta.url) })
  })
  afterEach(async () => {
    await browser.close()
    await running[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage()
    page.on('pageerror', error => complaints.push(`${error}`))
    page.on('console', message => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(`${running.origin}/playground?key=${KEY}`)
    await page.locator('body[data-ready]').waitFor()
    return page
  }
  const pane = (page: Page, name: 'left' | 'group' | 'right') => page.locator(`#pane-${name}`)
  async function say(where: Locator, line: string): Promise<void> {
    await where.locator('.box').fill(line)
    await where.locator('.box').press('Enter')
  }
  const shows = (where: Locator, text: string | RegExp) =>
    where.locator('.message').last().filter({ hasText: text }).waitFor()

  test('is filled in with the keyboard alone, handed in, and folds to a line', async () => {
    const page = await open()
    const ada = pane(page, 'left')
    await say(ada, '/survey')
    const card = ada.getByRole('form', { name: 'Your settings' })
    await card.waitFor()
    // It goes on where somebody has asked for it: in the first field.
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Tab')
    await page.keyboard.type('4')
    await page.keyboard.press('Tab')
    await page.keyboard.type('https://example.org/a')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.type')).toBe('file')
    await page.keyboard.press('Tab')
    await page.keyboard.type('hello *there*')
    expect(await card.locator('.count').textContent()).toBe('13 / 200')
    await page.keyboard.press('Control+Enter')
    await shows(ada, 'good | 4 | https://example.org/a | - | hello *there*')
    await ada.locator('.former').filter({ hasText: 'Handed in' }).waitFor()
    expect(await ada.locator('.card').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('with mistakes says what is wrong, and is corrected without typing the rest again', async () => {
    const page = await open()
    const ada = pane(page, 'left')
    await say(ada, '/survey')
    const card = ada.locator('.card')
    await card.getByText('Show me').click()
    await card.locator('input[type=number]').fill('44')
    await card.locator('textarea').fill('x'.repeat(201))
    expect(await card.locator('.count.over').textContent()).toBe('201 / 200')
    await card.getByRole('button', { name: 'Send' }).click()
    await shows(ada, /“size” must be at most 10; you wrote 44\.[\s\S]*“note” can have at most 200 characters/)
    // What is written stays, whatever the page is asked to show meanwhile.
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByRole('button', { name: 'EN', exact: true }).click()
    expect(await card.locator('textarea').inputValue()).toBe('x'.repeat(201))
    await ada.getByRole('button', { name: 'Correct it' }).click()
    await ada.locator('.former').filter({ hasText: 'Goes on below' }).waitFor()
    expect(await card.count()).toBe(1)
    expect(await card.locator('input[type=number]').inputValue()).toBe('44')
    expect(await card.locator('textarea').inputValue()).toBe('x'.repeat(201))
    expect(await card.getByRole('radio', { name: 'Show me' }).isChecked()).toBe(true)
    await card.locator('input[type=number]').fill('4')
    await card.locator('textarea').fill('')
    await card.locator('input[type=file]').setInputFiles(photo())
    await card.getByText('me.png · ').waitFor()
    await card.getByRole('button', { name: 'Remove the file' }).click()
    await card.getByText('Choose a file').waitFor()
    await card.locator('input[type=file]').setInputFiles(photo())
    await card.getByRole('button', { name: 'Send' }).click()
    await shows(ada, 'good | 4 | - | jpeg | -')
    expect(complaints).toEqual([])
  })

  test('is cancelled where it stands; one of another person is not on the page', async () => {
    const page = await open()
    const group = pane(page, 'group')
    await group.getByRole('radio', { name: 'Mo' }).check({ force: true })
    await say(group, '/survey')
    await group.getByText('Only Mo sees this').waitFor()
    await group.getByRole('radio', { name: 'Lin' }).check({ force: true })
    await group.locator('.card').waitFor({ state: 'detached' })
    await group.getByRole('radio', { name: 'Mo' }).check({ force: true })
    await group.locator('.card').getByRole('button', { name: 'Cancel' }).click()
    await shows(group, 'Cancelled. Nothing was changed.')
    expect(await group.locator('.card').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('that would bring too large a file says so before it is sent, and keeps what was written', async () => {
    const page = await open()
    const ada = pane(page, 'left')
    await say(ada, '/survey')
    const card = ada.locator('.card')
    await card.locator('textarea').fill('kept')
    const buffer = Buffer.alloc(9 * 1024 * 1024)
    await card.locator('input[type=file]').setInputFiles({ name: 'big.png', mimeType: 'image/png', buffer })
    await card.getByRole('button', { name: 'Send' }).click()
    await card.getByRole('alert').filter({ hasText: 'That is more than 8 MB.' }).waitFor()
    expect(await card.locator('textarea').inputValue()).toBe('kept')
    await ada.locator('.composer input[type=file]').setInputFiles({ name: 'big.png', mimeType: 'image/png', buffer })
    await say(ada, '/survey size:1')
    await page.getByText('That was not sent: That is more than 8 MB.').waitFor()
    expect(await ada.locator('.box').inputValue()).toBe('/survey size:1')
    expect(complaints).toEqual([])
  })

  test('fits a phone, in Chinese and in the dark; nothing is smaller than 14 px and every control has a name', async () => {
    const page = await open({ ...PHONE, locale: 'zh-CN', colorScheme: 'dark' })
    await page.getByRole('tab', { name: 'Lin' }).tap()
    const lin = pane(page, 'right')
    await lin
      .locator('.composer input[type=file]')
      .setInputFiles({ ...photo(), name: `${'long name '.repeat(20)}.png` })
    await say(lin, '/survey size:2')
    await shows(lin, '- | 2 | - | jpeg | -')
    await say(lin, '/survey')
    const card = lin.locator('.card')
    await card.getByText('显示我', { exact: true }).tap()
    expect(await card.locator('.option').first().isVisible()).toBe(true)
    const wide =
      '[...document.querySelectorAll("#pane-right *")].filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === "visible" && e.clientWidth > 0).map(e => e.className)'
    expect(await page.evaluate(wide)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    const small = await page.evaluate(`[...document.querySelectorAll('body *')].filter(element =>
      element.checkVisibility() && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== '')
      && parseFloat(getComputedStyle(element).fontSize) < 14).map(element => element.className)`)
    expect(small).toEqual([])
    const nameless =
      await page.evaluate(`[...document.querySelectorAll('button, select, textarea, input')].filter(element =>
      element.checkVisibility() && !element.getAttribute('aria-label') && element.textContent.trim() === '' && !element.labels?.length)
      .map(element => element.outerHTML)`)
    expect(nameless).toEqual([])
    await card.getByRole('button', { name: '发送' }).tap()
    await shows(lin, 'good | - | - | - | -')
    expect(complaints).toEqual([])
  })

  test('a document is kept by the browser under its name', async () => {
    const page = await open()
    await running.playground.sender.deliver({
      id: 1,
      to: { kind: 'person', platformId: 'ada' },
      reply: plain(t('streak.lost'), { document: { kind: 'export', personId: 'per1', name: 'muster.json' } }),
      locale: 'en',
      askerId: 'ada',
      nonce: 'document',
    })
    const link = pane(page, 'left').getByRole('link', { name: 'Download muster.json' })
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
    expect(download.suggestedFilename()).toBe('muster.json')
    expect(complaints).toEqual([])
  })
})
