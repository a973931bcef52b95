/** Cold start to ready on an existing database, and memory at rest with both adapters connected; against importing the same libraries alone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startFakeDiscord } from '#test/fakes/discord/index.ts'
import { startFakeTelegram } from '#test/fakes/telegram/index.ts'
import { newDatabase, openCommunity } from './community.ts'
import { type Row, row } from './row.ts'

const ID = 'start'
const ROUNDS = 5
const REST_MS = 3000
const root = join(import.meta.dirname, '..')

/** What the product imports with both adapters, and nothing else. */
const LIBRARIES = [
  'discord.js',
  'grammy',
  'hono',
  '@hono/node-server',
  '@hono/prometheus',
  'prom-client',
  'kysely',
  'better-sqlite3',
  'zod',
  'pino',
  'node-cron',
]
const LIBRARIES_ALONE = `${LIBRARIES.map(name => `await import('${name}')`).join(';')};console.log('ready');setInterval(() => {}, 1000)`

interface Started {
  readonly ms: number
  readonly megabytes: number | null
}

/** From spawning to the line that says ready; then, when asked, the resident memory after some seconds of rest. */
async function startOnce(args: string[], env: NodeJS.ProcessEnv, ready: RegExp, rest: boolean): Promise<Started> {
  const started = performance.now()
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const ms = await readyAfter(child, ready, started)
    if (!rest) return { ms, megabytes: null }
    await new Promise(resolve => setTimeout(resolve, REST_MS))
    return { ms, megabytes: await residentMegabytes(child.pid ?? 0) }
  } finally {
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    const hard = setTimeout(() => child.kill('SIGKILL'), 5000)
    await gone
    clearTimeout(hard)
  }
}

function readyAfter(child: ChildProcess, ready: RegExp, started: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let seen = ''
    child.stdout?.on('data', chunk => {
      seen += String(chunk)
      if (ready.test(seen)) resolve(performance.now() - started)
    })
    child.once('exit', code => reject(new Error(`the process ended with ${code} before it was ready: ${seen}`)))
    setTimeout(() => reject(new Error(`not ready after 20 s: ${seen}`)), 20_000).unref()
  })
}

/** Null where the system does not tell. */
async function residentMegabytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(status)?.[1]
  return kilobytes ? Math.round(Number(kilobytes) / 102.4) / 10 : null
}

const median = (values: number[]): number =>
  Math.round(values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0)

export async function run(): Promise<Row[]> {
  await using database = await newDatabase()
  const { app } = await openCommunity(database.url, 50)
  await app.engine.close()
  const discord = await startFakeDiscord({
    token: `${Buffer.from('900000000000000001').toString('base64')}.bench.token`,
    // Nobody restarts this often in earnest.
    rateLimits: { buckets: { '/applications/{application_id}/commands': [1000, 1] } },
  })
  const telegram = await startFakeTelegram({ token: '900000001:bench-token-bench-token-bench-token' })
  const env = {
    DATABASE_URL: database.url,
    PORT: '0',
    LOG_LEVEL: 'error',
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    TELEGRAM_TOKEN: telegram.token,
    TELEGRAM_API_ROOT: telegram.apiRoot,
  }
  const ours: Started[] = []
  const theirs: Started[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const last = round === ROUNDS - 1
      ours.push(await startOnce([join(root, 'src/start.mjs'), 'start'], env, /Muster is ready/, last))
      theirs.push(await startOnce(['--input-type=module', '-e', LIBRARIES_ALONE], {}, /ready/, last))
    }
  } finally {
    await discord.close()
    await telegram.close()
  }
  const memory = { ours: ours.at(-1)?.megabytes ?? null, peer: theirs.at(-1)?.megabytes ?? null }
  const why =
    memory.ours === null || memory.peer === null
      ? 'this system does not tell the resident memory of a process'
      : undefined
  return [
    row({
      id: ID,
      what: 'cold start to ready with both adapters connected, SQLite',
      ours: median(ours.map(({ ms }) => ms)),
      peer: median(theirs.map(({ ms }) => ms)),
      unit: 'ms',
      peerName: 'the same libraries imported alone',
      n: ROUNDS,
    }),
    row({
      id: ID,
      what: 'resident memory at rest with both adapters connected, SQLite',
      ...memory,
      unit: 'MB',
      peerName: 'the same libraries imported alone',
      n: 1,
      why,
    }),
  ]
}
