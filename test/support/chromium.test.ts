import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, findChromium, launchBrowser } from './chromium.ts'

describeInBrowser('the browser of the tests', () => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end('<!doctype html><title>王</title><button onclick="this.textContent += \'!\'">签到</button>')
  })
  let address: string

  beforeAll(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  afterAll(() => {
    server.close()
  })

  test('opens a page, runs its scripts, and is gone when closed', async () => {
    const browser = await launchBrowser()
    const page = await browser.newPage()
    await page.goto(address)
    expect(await page.title()).toBe('王')
    await page.getByRole('button', { name: '签到' }).click()
    await page.getByRole('button', { name: '签到!' }).waitFor()
    await browser.close()
    expect(browser.isConnected()).toBe(false)
  })
})

test('CHROMIUM_PATH is the only place looked at when it is set', () => {
  expect(findChromium({ CHROMIUM_PATH: process.execPath })).toBe(process.execPath)
  expect(findChromium({ CHROMIUM_PATH: '/nowhere/chromium' })).toBeUndefined()
})
