// The gallery in a real browser: it opens, in both languages, on any screen, and nothing in it can be pressed.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { leaves } from '#src/chat/command.ts'
import { loadCommands } from '#src/commands.ts'
import { SCENES } from '#src/gallery.ts'
import { type TestApp, testApp } from '#test/support/app.ts'
import { describeInBrowser, launchBrowser } from '#test/support/chromium.ts'
import { engines } from '#test/support/engines.ts'
import { KEY, openClient, type Running, startPlayground } from './playground-world.ts'

const [sqlite] = engines
if (!sqlite) throw new Error('SQLite is always there')
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
/** One pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

describeInBrowser('the gallery in a browser', () => {
  let browser: Browser
  let database: TestApp
  let running: Running
  /** What the browser complained about: refused by the policy, failed, thrown. */
  let complaints: string[]

  beforeAll(async () => {
    browser = await launchBrowser()
    database = await testApp(sqlite)
    running = await startPlayground(database, { draw: async () => new Uint8Array(PNG) })
  })
  afterAll(async () => {
    await browser.close()
    await running[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    complaints = []
  })

  /** From the playground's header, as people get there. */
  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage()
    page.on('pageerror', error => complaints.push(`${error}`))
    page.on('console', message => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(`${running.origin}/playground?key=${KEY}`)
    await page.locator('body[data-ready]').waitFor()
    await page.locator('a.to-gallery').click()
    await page.locator('body.gallery[data-ready]').waitFor()
    return page
  }

  test('opens from the playground with something of every command, and what is asked for beside what is answered', async () => {
    const page = await open()
    const shelves = await page.locator('.shelf > h2').allTextContents()
    const commands = (await loadCommands()).entries.flatMap(leaves).map(({ path }) => `/${path.join(' ')}`)
    expect(shelves).toEqual([...commands, 'Everything else'])
    const scenes = await page.locator('.scene-name').allTextContents()
    const here = SCENES.filter(({ only }) => only === undefined || only.includes('playground'))
    expect(scenes.toSorted()).toEqual(here.map(({ id }) => id).toSorted())
    const first = page.locator('.scene').first()
    expect(await first.locator('.mine .bubble').textContent()).toBe('/checkin')
    expect(await first.locator('.from-bot .bubble').textContent()).toContain('✓ Day 1, Ada. Welcome!')
    const shown = `[...document.querySelectorAll('.scene img')].filter(image => image.complete && image.naturalWidth > 0).length`
    await expect.poll(() => page.evaluate(shown)).toBe(await page.locator('.scene img').count())
    await page.getByRole('link', { name: '/setup zone' }).click()
    expect(page.url()).toContain('#c-setup-zone')
    expect(complaints).toEqual([])
  })

  test('changes its language as a whole, and does nothing that a conversation would do', async () => {
    const page = await open()
    const before = await database.app.db.selectFrom('inbox').select('id').execute()
    await page.getByRole('button', { name: '中文', exact: true }).click()
    await page.locator('body[data-ready="zh-CN"]').waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
    expect(await page.locator('.scene').first().locator('.from-bot .bubble').textContent()).toContain(
      '第 1 天，Ada，欢迎！',
    )
    expect(await page.locator('.intro h2').textContent()).toBe('每一种回复')
    expect(await page.locator('.message button:not([disabled])').count()).toBe(0)
    await page.locator('.card').first().locator('input').first().press('Enter')
    expect(await page.locator('.card').first().locator('input').first().isVisible()).toBe(true)
    expect(await database.app.db.selectFrom('inbox').select('id').execute()).toEqual(before)
    await page.getByRole('link', { name: '返回体验场' }).click()
    await page.locator('#pane-group').waitFor()
    expect(complaints).toEqual([])
  })

  test.each([
    ['a phone', { ...PHONE, colorScheme: 'dark' }],
    ['a small phone', { ...PHONE, viewport: { width: 320, height: 640 } }],
    ['a tablet', { viewport: { width: 820, height: 1180 } }],
    ['a desk', { viewport: { width: 1440, height: 900 } }],
  ] as const)(
    'fits %s in both languages; nothing is smaller than 14 px, every control has a name',
    async (_, options) => {
      const page = await open(options)
      for (const language of ['en', 'zh-CN']) {
        await page.locator(`[data-locale="${language}"]`).click()
        await page.locator(`body[data-ready="${language}"]`).waitFor()
        const wide =
          await page.evaluate(`[...document.querySelectorAll('.bar, .intro, .about, .shelf h2, .scene')].flatMap(part => {
        const { left, right } = part.getBoundingClientRect()
        return [...part.querySelectorAll('*')].filter(element => {
          const box = element.getBoundingClientRect()
          return box.width > 1 && (box.left < left - 1 || box.right > right + 1)
        }).map(element => (part.getAttribute('aria-label') ?? part.className) + ' ' + (element.getAttribute('class') ?? element.tagName))
      })`)
        expect(wide).toEqual([])
        expect(
          await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        ).toBeLessThanOrEqual(0)
        const small = await page.evaluate(`[...document.querySelectorAll('body *')].filter(element =>
        element.checkVisibility() && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== '')
        && parseFloat(getComputedStyle(element).fontSize) < 14).map(element => element.className)`)
        expect(small).toEqual([])
        const nameless =
          await page.evaluate(`[...document.querySelectorAll('button, select, textarea, input, a')].filter(element =>
        element.checkVisibility() && !element.getAttribute('aria-label') && element.textContent.trim() === '' && !element.labels?.length)
        .map(element => element.outerHTML)`)
        expect(nameless).toEqual([])
      }
      expect(complaints).toEqual([])
    },
  )

  test('is for sessions alone', async () => {
    for (const [path, status] of [
      ['gallery', 403],
      ['gallery/shown?locale=en', 401],
      ['gallery/picture/en/1', 401],
    ] as const)
      expect([path, (await fetch(`${running.origin}/playground/${path}`)).status]).toEqual([path, status])
    const client = await openClient(running.origin)
    for (const path of ['gallery/picture/en/x', 'gallery/picture/en/99999', 'gallery/picture/fr/1'])
      expect([path, (await client.get(path)).status]).toEqual([path, 404])
  })
})
