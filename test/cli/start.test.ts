// Starting for real: child processes, real files, the strict stand-ins for the platforms. A mistake is one plain sentence.
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startFakeDiscord } from '#test/fakes/discord/index.ts'
import { startFakeTelegram } from '#test/fakes/telegram/index.ts'
import { until } from '#test/support/until.ts'

const ROOT = join(import.meta.dirname, '../..')
const DISCORD = `${Buffer.from('900000000000000001').toString('base64')}.abcdef.ghijklmnopqrstuvwxyz`
const TELEGRAM = '900000001:abcdefghijklmnopqrstuvwxyz-0123456789'

let folder: string
let running: Run[]

interface Run {
  readonly child: ChildProcess
  out: string
  readonly ended: Promise<number | null>
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-start-'))
  running = []
})
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL')
    await ended
  }
  await rm(folder, { recursive: true, force: true })
})

/** Runs an npm script as `npm run` would, with nothing of this machine's own settings. */
function run(script: string, env: Record<string, string> = {}, ...args: string[]): Run {
  const kept = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => ['PATH', 'HOME', 'LANG'].includes(name)),
  )
  const child = spawn(process.execPath, [join(ROOT, 'src/start.mjs'), script, ...args], {
    cwd: folder,
    env: { ...kept, PORT: '0', DATABASE_URL: `sqlite:${join(folder, 'muster.db')}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)))
  const started: Run = { child, out: '', ended }
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (started.out += String(chunk)))
  running.push(started)
  return started
}

/** Runs to the end; what it printed, and its exit code. */
async function runToEnd(script: string, env: Record<string, string> = {}, ...args: string[]) {
  const started = run(script, env, ...args)
  const code = await started.ended
  return { code, out: started.out.trim() }
}

const ready = (started: Run) =>
  until('the process is ready', () => {
    if (started.child.exitCode !== null) throw new Error(`it ended: ${started.out}`)
    return started.out.includes('Muster is ready')
  })

function expectOneSentence({ code, out }: { code: number | null; out: string }, ...parts: string[]): void {
  expect(code).toBe(1)
  for (const part of parts) expect(out).toContain(part)
  expect(out).not.toMatch(/^\s+at /m)
  expect(out.split('\n').filter(line => !line.startsWith('{') && !/owns|Stopping/.test(line))).toHaveLength(1)
}

describe('npm start', () => {
  test('a first start creates the database and says where the playground is; SIGTERM ends it with 0', async () => {
    const started = run('start')
    await ready(started)
    const address = /http:\/\/127\.0\.0\.1:\d+\/playground\?key=[\w-]+/.exec(started.out)?.[0] ?? ''
    expect((await fetch(address, { redirect: 'manual' })).status).toBe(303)
    expect((await fetch(address.replace(/key=.*/, 'key=wrong'), { redirect: 'manual' })).status).toBe(403)
    started.child.kill('SIGTERM')
    expect(await started.ended).toBe(0)
    const verify = await runToEnd('verify')
    expect(verify).toEqual({ code: 0, out: 'Every derived number follows from its source rows.' })
  })

  test('a taken port names PORT and its value', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    expectOneSentence(await runToEnd('start', { PORT: String(port) }), `PORT=${port} is taken`)
    server.close()
  })

  test('tokens that cannot be tokens are named, never shown', async () => {
    const telegram = await runToEnd('start', { TELEGRAM_TOKEN: 'not-a-token-at-all' })
    expectOneSentence(telegram, 'TELEGRAM_TOKEN')
    expect(telegram.out).not.toContain('not-a-token-at-all')
    const discord = await runToEnd('start', { DISCORD_TOKEN: 'neither-is-this' })
    expectOneSentence(discord, 'DISCORD_TOKEN')
    expect(discord.out).not.toContain('neither-is-this')
  })

  test('tokens that the platforms refuse are named, never shown', async () => {
    const telegram = await startFakeTelegram({ token: TELEGRAM })
    const discord = await startFakeDiscord({ token: DISCORD })
    const wrong = TELEGRAM.replace('abc', 'xyz')
    const first = await runToEnd('start', { TELEGRAM_TOKEN: wrong, TELEGRAM_API_ROOT: telegram.apiRoot })
    expectOneSentence(first, 'TELEGRAM_TOKEN')
    expect(first.out).not.toContain('xyz')
    const second = await runToEnd('start', {
      DISCORD_TOKEN: DISCORD.replace('abcdef', 'zzzzzz'),
      DISCORD_API_URL: discord.apiUrl,
    })
    expectOneSentence(second, 'DISCORD_TOKEN')
    expect(second.out).not.toContain('zzzzzz')
    await telegram.close()
    await discord.close()
  })

  test('a file that is no database is named', async () => {
    const path = join(folder, 'letter.db')
    writeFileSync(path, 'Dear database, this is a letter and nothing else at all.')
    expectOneSentence(
      await runToEnd('start', { DATABASE_URL: `sqlite:${path}` }),
      `DATABASE_URL=sqlite:${path}`,
      'is not a Muster database',
    )
  })

  test('a place where no file can be made is named', async () => {
    writeFileSync(join(folder, 'file'), '')
    const url = `sqlite:${join(folder, 'file', 'muster.db')}`
    expectOneSentence(await runToEnd('start', { DATABASE_URL: url }), `DATABASE_URL=${url}`)
  })

  test('a database server that does not answer is named, without its password', async () => {
    const result = await runToEnd('start', { DATABASE_URL: 'postgres://me:hunter2secret@127.0.0.1:1/muster' })
    expectOneSentence(result, 'DATABASE_URL=postgres://me:***@127.0.0.1:1/muster', 'no PostgreSQL answers')
    expect(result.out).not.toContain('hunter2secret')
  })

  test('a pending migration is refused with the command that applies it, and that command applies it', async () => {
    expect((await runToEnd('migrate')).out).toContain('applied 0001-house')
    const raw = new SqliteDatabase(join(folder, 'muster.db'))
    // A database as the version before the last migration left it.
    const last = raw.prepare('select name from kysely_migration order by name desc').get() as { name: string }
    raw.prepare('delete from kysely_migration where name = ?').run(last.name)
    raw.close()
    expectOneSentence(await runToEnd('start'), '1 migration is pending', last.name, 'npm run migrate')
  })

  test('an older version refuses the database of a newer one', async () => {
    await runToEnd('migrate')
    const raw = new SqliteDatabase(join(folder, 'muster.db'))
    raw
      .prepare('insert into kysely_migration (name, timestamp) values (?, ?)')
      .run('9999-from-the-future', new Date(0).toISOString())
    raw.close()
    for (const script of ['start', 'migrate', 'verify'])
      expectOneSentence(await runToEnd(script), '9999-from-the-future', 'newer')
  })

  test('the playground and a real community never share a database', async () => {
    const telegram = await startFakeTelegram({ token: TELEGRAM })
    const tokens = { TELEGRAM_TOKEN: TELEGRAM, TELEGRAM_API_ROOT: telegram.apiRoot }
    const real = run('start', tokens)
    await ready(real)
    real.child.kill('SIGTERM')
    expect(await real.ended).toBe(0)
    expectOneSentence(await runToEnd('start'), 'DATABASE_URL')
    const other = { DATABASE_URL: `sqlite:${join(folder, 'playground.db')}` }
    const playground = run('start', other)
    await ready(playground)
    playground.child.kill('SIGTERM')
    await playground.ended
    expectOneSentence(await runToEnd('start', { ...tokens, ...other }), 'DATABASE_URL')
    await telegram.close()
  })

  test('a second process on one database says so in one sentence, and takes over when the first is killed', async () => {
    const telegram = await startFakeTelegram({ token: TELEGRAM })
    const env = { TELEGRAM_TOKEN: TELEGRAM, TELEGRAM_API_ROOT: telegram.apiRoot }
    const first = run('start', env)
    await ready(first)
    expect(first.out).toContain('telegram:900000001: connected')
    const second = run('start', env)
    await ready(second)
    expect(second.out).toContain('owns telegram:900000001')
    await until('it says that it stands by', () => second.out.includes('telegram:900000001: standing by'))
    first.child.kill('SIGKILL')
    await until('the second has taken over', () => second.out.includes('has taken over telegram:900000001'))
    const ada = telegram.user({ first_name: 'Ada', language_code: 'en' })
    await ada.start()
    await telegram.waitForMessage(ada.chat, message => message.text.includes('Ada'))
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
    expect(telegram.violations).toEqual([])
    await telegram.close()
  })
})

describe('npm run verify', () => {
  test('finds a wrong number, names it, exits with 1, and repairs it when told to', async () => {
    const started = run('start')
    await ready(started)
    started.child.kill('SIGTERM')
    await started.ended
    const raw = new SqliteDatabase(join(folder, 'muster.db'))
    raw.exec('update balances set total = total + 1 where member_id = (select min(member_id) from balances)')
    raw.close()
    const wrong = await runToEnd('verify')
    expect(wrong.code).toBe(1)
    expect(wrong.out).toMatch(/points: balances member=mem\w+ unit=points total: stored \d+, recomputed \d+/)
    expect((await runToEnd('verify', {}, '--repair')).out).toContain('Repaired 1.')
    expect((await runToEnd('verify')).code).toBe(0)
  })
})
