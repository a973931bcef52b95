// A newcomer's first minutes, for real: clone into an empty folder, the README's first line, a check-in in the browser,
// Ctrl-C. Runs on the machine's own Node; the last line is the count alone.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const FIRST_LINE = 'npm install && npm start'
const CHROMIUM = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** All that this file knows about the playground's page. */
const PLAYGROUND = {
  address: /https?:\/\/\S+\/playground\?key=[\w-]+/,
  // Ada's own conversation, on the left.
  person: page => page.locator('body[data-ready] #pane-left textarea'),
  composer: page => page.locator('#pane-left textarea'),
  command: '/checkin',
  answer: page => page.locator('#pane-left .message').getByText(/✓ Day \d+/),
}

const ENDED = /^ended with (\d+)$/m
const START_DEADLINE_MS = 600_000
const STOP_DEADLINE_MS = 10_000
const PAGE_DEADLINE_MS = 30_000

const repository = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'muster-smoke-'))
const clone = join(folder, 'muster')
const count = { passed: 0, failed: 0, skipped: 0 }
let out = ''
let group

process.on('exit', () => {
  endGroup('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
})

await step('the README’s first line starts it and prints where to go', start)
const address = PLAYGROUND.address.exec(out)?.[0]
await step('a check-in through the playground is answered', address ? () => checkIn(address) : undefined)
await step('Ctrl-C ends it within 10 s, cleanly, and nothing stays behind', address ? stop : undefined)
await step('a second start finds its database, and SIGTERM ends it with exit code 0', address ? again : undefined)
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
console.log(`${count.passed} passed, ${count.failed} failed${skipped}`)
process.exit(count.failed > 0 ? 1 : 0)

/** `run` returns a sentence when it had to be skipped, and throws when it failed; without one an earlier step failed. */
async function step(title, run) {
  if (!run) {
    count.failed++
    console.log(`!! FAILED ${title}: it never started`)
    return
  }
  const began = Date.now()
  try {
    const why = await run()
    count[why ? 'skipped' : 'passed']++
    console.log(why ? `!! SKIPPED ${title}: ${why}` : `ok  ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
  } catch (error) {
    count.failed++
    console.log(`!! FAILED ${title}: ${error.message}`)
    console.log(out.slice(-3_000).replaceAll(/^/gm, '   | '))
  }
}

async function start() {
  execFileSync('git', ['clone', '--quiet', repository, clone], { stdio: ['ignore', 'inherit', 'inherit'] })
  const readme = readFileSync(join(clone, 'README.md'), 'utf8')
  if (!readme.split('\n').some(line => line.trim() === FIRST_LINE))
    throw new Error(`no line "${FIRST_LINE}" in README.md`)
  // The shell outlives Ctrl-C to tell how npm start ended.
  await launch('bash', ['-c', `trap : INT; ${FIRST_LINE}; echo "ended with $?"`], START_DEADLINE_MS)
}

async function again() {
  const launcher = await launch(process.execPath, ['src/start.mjs', 'start'], PAGE_DEADLINE_MS)
  launcher.kill('SIGTERM')
  await until(STOP_DEADLINE_MS, 'every process has ended', () => !groupAlive())
  if (launcher.exitCode !== 0) throw new Error(`it ended with ${launcher.exitCode ?? launcher.signalCode}`)
}

/** Starts it in a group of its own, as a terminal would, and waits for the address. */
async function launch(program, args, deadlineMs) {
  out = ''
  const stdio = ['ignore', 'pipe', 'pipe']
  const child = spawn(program, args, { cwd: clone, env: await environment(), stdio, detached: true })
  group = child.pid
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (out += text))
  await until(deadlineMs, 'the address was printed', () => {
    if (child.exitCode !== null || ENDED.test(out)) throw new Error('it ended instead')
    return PLAYGROUND.address.test(out)
  })
  return child
}

/** As on a newcomer's machine: no token, no database, a port that is free. */
async function environment() {
  const env = { ...process.env, PORT: String(await freePort()) }
  const settings = readFileSync(join(clone, '.env.example'), 'utf8').matchAll(/^#?\s*([A-Z][A-Z_]+)=/gm)
  for (const [, name] of settings) if (name !== 'PORT') delete env[name]
  for (const name of Object.keys(env))
    if (/^npm_/i.test(name) && !/^npm_config_(registry|cafile)$/i.test(name)) delete env[name]
  return env
}

async function checkIn(address) {
  const executablePath = CHROMIUM.find(path => path && existsSync(path))
  if (!executablePath) return 'no Chromium here; set CHROMIUM_PATH or install it'
  const { chromium } = createRequire(join(clone, 'package.json'))('playwright-core')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(PAGE_DEADLINE_MS)
    await page.goto(address)
    await PLAYGROUND.person(page).click()
    const before = await PLAYGROUND.answer(page).count()
    if (before > 0)
      throw new Error('the answer was on the page before the question: the smoke test would prove nothing')
    await PLAYGROUND.composer(page).fill(PLAYGROUND.command)
    await PLAYGROUND.composer(page).press('Enter')
    await PLAYGROUND.answer(page).waitFor()
  } finally {
    await browser.close()
  }
}

async function stop() {
  endGroup('SIGINT')
  await until(STOP_DEADLINE_MS, 'every process has ended', () => !groupAlive())
  const code = ENDED.exec(out)?.[1]
  // Ctrl-C ends npm's own shell too, and npm then says 130 whatever the script said.
  if (code !== '0' && code !== '130') throw new Error(`npm start ended with ${code}`)
  if (/^\s+at .+:\d+:\d+/m.test(out)) throw new Error('it printed a stack trace')
}

function endGroup(signal) {
  try {
    if (group) process.kill(-group, signal)
  } catch {
    // Nobody is left in it.
  }
}

function groupAlive() {
  try {
    process.kill(-group, 0)
    return true
  } catch {
    return false
  }
}

async function until(deadlineMs, what, isSo) {
  const deadline = Date.now() + deadlineMs
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`after ${deadlineMs / 1000} s still not: ${what}`)
    await delay(100)
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
