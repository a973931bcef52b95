// `npm run apikey` for real: a child process, a real file, one plain sentence for each mistake; and a key that works at the running server.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '#test/support/until.ts'

const ROOT = join(import.meta.dirname, '../..')

let folder: string
let children: ChildProcess[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-apikey-'))
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

interface Run {
  readonly child: ChildProcess
  out: string
  readonly ended: Promise<number | null>
}

function run(script: string, ...args: string[]): Run {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [join(ROOT, 'src/start.mjs'), script, ...args], {
    env: { PATH, HOME, PORT: '0', DATABASE_URL: `sqlite:${database()}`, FILES_DIR: join(folder, 'files') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const started: Run = { child, out: '', ended: new Promise(resolve => child.once('close', resolve)) }
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (started.out += String(chunk)))
  return started
}
const database = () => join(folder, 'muster.db')

async function apikey(...args: string[]): Promise<{ code: number | null; out: string }> {
  const started = run('apikey', ...args)
  const code = await started.ended
  expect(started.out).not.toMatch(/^\s+at /m)
  return { code, out: started.out.trim() }
}

/** A database with two communities, as two guilds would have made them. */
async function withCommunities(): Promise<void> {
  await run('migrate').ended
  const raw = new SqliteDatabase(database())
  const insert = raw.prepare(
    `insert into communities (id, name, locale, zone, created_at) values (?, ?, 'en', 'UTC', ?)`,
  )
  insert.run('com1', 'Night Owls', 1)
  insert.run('com2', 'Larks', 2)
  raw.close()
}

const good = ['--community', 'com1', '--name', 'Our website', '--scopes', 'members:read,points:write']

describe('npm run apikey', () => {
  test('makes a key that is shown once, lists it without its text, and revokes it', async () => {
    await withCommunities()
    const made = await apikey('create', ...good)
    expect(made.code).toBe(0)
    const [text = '', ...rest] = made.out.split('\n')
    expect(text).toMatch(/^mst_[A-Za-z0-9_-]{43}$/)
    const id = /\((key[a-z0-9]+)\)/.exec(rest.join('\n'))?.[1] ?? ''
    expect(rest.join('\n')).toContain(
      `This is the key “Our website” (${id}) for Night Owls: members:read, points:write.`,
    )
    const listed = await apikey('list')
    expect(listed.out).toContain('Night Owls (com1)')
    expect(listed.out).toMatch(new RegExp(`${id}  Our website: members:read, points:write \\(made .*, never used\\)`))
    expect(listed.out).not.toContain('mst_')
    expect((await apikey('list', '--community', 'com2')).out).toContain('There are no keys yet')
    expect(await apikey('revoke', id)).toEqual({
      code: 0,
      out: `${id} is revoked. Whoever uses it is refused from now on.`,
    })
    expect((await apikey('revoke', id)).out).toBe(`${id} was revoked before. Nothing changed.`)
    expect((await apikey('list')).out).toContain(', revoked ')
  })

  test('without a community, or with one that is not there, lists those that are', async () => {
    await withCommunities()
    for (const given of [[], ['--community', 'nothing']]) {
      const { code, out } = await apikey('create', '--name', 'x', '--scopes', 'members:read', ...given)
      expect(code).toBe(1)
      expect(out).toContain('--community')
      expect(out).toContain('com1  Night Owls')
      expect(out).toContain('com2  Larks')
    }
  })

  test('every mistake is a sentence that says what would do, and makes no key', async () => {
    await withCommunities()
    const wrong: ReadonlyArray<readonly [args: readonly string[], says: string]> = [
      [[], 'Say what to do.'],
      [['make'], '“make” is nothing it can do.'],
      [['create', 'com1'], '“create com1” is nothing it can do.'],
      [['create', '--comunity', 'com1'], `Unknown option '--comunity'`],
      [['create', '--community', 'com1', '--scopes', 'members:read'], 'Say what the key is for, with --name'],
      [
        ['create', '--community', 'com1', '--name', 'x'.repeat(61)],
        '--name must be one line of at most 60 characters.',
      ],
      [
        ['create', '--community', 'com1', '--name', 'x'],
        'Say what the key may do, with --scopes. Choose among activity:read,',
      ],
      [
        [...['create', '--community', 'com1', '--name', 'x'], '--scopes', 'members:read,money:print'],
        'There is no scope money:print. Choose among',
      ],
      [['revoke'], 'Say which key, by its id'],
      [['revoke', 'key0'], 'There is no key with the id “key0”.'],
      [['revoke', 'mst_pasted-by-mistake'], 'There is no key with the id. '],
    ]
    for (const [args, says] of wrong) {
      const { code, out } = await apikey(...args)
      expect([code, out.startsWith(says)], out).toEqual([1, true])
      expect(out).not.toContain('mst_')
    }
    expect((await apikey('list')).out).toContain('There are no keys yet')
  }, 60_000)

  test('on a database without a community says how one comes to be', async () => {
    const { code, out } = await apikey('create', ...good)
    expect(code).toBe(1)
    expect(out).toBe('There is no community yet. Add the bot to a group or server first, then make a key for it.')
  })

  test('a key made beside the running server opens its API at once, and no longer once revoked', async () => {
    const server = run('start')
    await until('the server is ready', () => {
      if (server.child.exitCode !== null) throw new Error(server.out)
      return /playground\?key=/.test(server.out)
    })
    const port = /127\.0\.0\.1:(\d+)/.exec(server.out)?.[1]
    const { out } = await apikey('create', '--name', 'x', '--scopes', 'members:read')
    const community = /(com[a-z0-9]{20})/.exec(out)?.[1] ?? ''
    const made = await apikey('create', '--community', community, '--name', 'x', '--scopes', 'members:read')
    const [text = ''] = made.out.split('\n')
    const ask = () => fetch(`http://127.0.0.1:${port}/api/v1/members`, { headers: { authorization: `Bearer ${text}` } })
    const answer = await ask()
    expect(answer.status).toBe(200)
    expect(((await answer.json()) as { data: unknown[] }).data.length).toBeGreaterThan(2)
    await apikey('revoke', /\((key[a-z0-9]+)\)/.exec(made.out)?.[1] ?? '')
    expect((await ask()).status).toBe(401)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(server.out).not.toContain(text)
  }, 60_000)
})
