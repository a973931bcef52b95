// The system's own Chromium, for tests of pages. None is downloaded: without one those tests are skipped, out loud.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { describe } from 'vitest'
import { report } from './facts.ts'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

const FLAGS = [
  // Containers rarely allow the sandbox, and only our own pages are opened.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** CHROMIUM_PATH if set (then nothing else is tried), else the first that is installed. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.CHROMIUM_PATH) return existsSync(env.CHROMIUM_PATH) ? env.CHROMIUM_PATH : undefined
  return PLACES.find(path => existsSync(path))
}

/** `describe` for tests that need a browser; they count as Chromium's in the closing lines. */
export function describeInBrowser(title: string, tests: () => void): void {
  const found = findChromium() !== undefined
  if (!found) {
    const why = process.env.CHROMIUM_PATH
      ? `CHROMIUM_PATH is ${process.env.CHROMIUM_PATH}, and there is no such file`
      : 'not installed, and CHROMIUM_PATH is not set'
    report('not-run', 'Chromium', 1, why)
  }
  describe.skipIf(!found)(title, { tags: ['chromium'] }, tests)
}

/** A headless browser with a profile of its own that is gone after `close`. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (!executablePath) throw new Error('no Chromium on this machine; use describeInBrowser, which skips')
  const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS })
  report('chromium', `Chromium ${browser.version()}`)
  return browser
}
