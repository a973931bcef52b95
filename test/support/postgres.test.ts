import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { databaseName, newRunId, onServer, registerRun } from './databases.ts'
import { report } from './facts.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { findBinaries } from './postgres-binaries.ts'
import { until } from './until.ts'

type Running = Extract<Postgres, { url: string }>

function running(postgres: Postgres): Running {
  if (postgres.url === null) throw new Error(postgres.why)
  return postgres
}

const installed = findBinaries({})
for (const source of ['system', 'embedded'] as const) {
  const candidates = installed.filter(binaries => binaries.source === source)
  if (candidates.length === 0)
    report('not-run', `Starting PostgreSQL (${source})`, 1, 'its programs are not installed here')

  describe.skipIf(candidates.length === 0)(`a PostgreSQL of our own (${source})`, () => {
    let postgres: Running
    beforeAll(async () => {
      postgres = running(await startPostgres({}, candidates))
    })
    afterAll(() => postgres?.stop())

    test('starts from its programs alone, whoever we are', async () => {
      expect(postgres.source).toBe(source)
      expect(postgres.version).toMatch(/^\d+\.\d+/)
    })

    test('listens on the loopback only and wants its password', async () => {
      const listening = await onServer(postgres.url, client => client.query('show listen_addresses'))
      expect(listening.rows).toEqual([{ listen_addresses: '127.0.0.1' }])
      const stranger = new URL(postgres.url)
      stranger.password = 'guess'
      await expect(onServer(stranger.href, async () => {})).rejects.toThrow('password authentication failed')
    })

    test('keeps text as UTF-8', async () => {
      const answer = await onServer(postgres.url, client => client.query(`select length('王🔥') as length`))
      expect(answer.rows).toEqual([{ length: 2 }])
    })
  })
}

const any = installed.slice(0, 1)
describe.skipIf(any.length === 0)('the end of a PostgreSQL of our own', () => {
  test('stop leaves neither a server nor a folder', async () => {
    const postgres = running(await startPostgres({}, any))
    const folder = await dataFolder(postgres.url)
    expect(existsSync(folder)).toBe(true)
    await postgres.stop()
    expect(existsSync(folder)).toBe(false)
    await expect(onServer(postgres.url, async () => {})).rejects.toThrow('ECONNREFUSED')
  })

  test('kill -9 of the tests ends the server and removes its folder', async () => {
    const program = `
      const { startPostgres } = await import(${JSON.stringify(join(import.meta.dirname, 'postgres.ts'))})
      const postgres = await startPostgres({})
      console.log(postgres.url)
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const url = await new Promise<string>(resolve => child.stdout.once('data', line => resolve(String(line).trim())))
    const folder = await dataFolder(url)
    const server = Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0])
    process.kill(server, 0)
    child.kill('SIGKILL')
    await until('the server has ended', () => {
      try {
        process.kill(server, 0)
        return false
      } catch {
        return true
      }
    })
    await until('its folder is gone', () => !existsSync(folder))
  })

  test('a run that ends by itself is not held up by the server', async () => {
    const program = `
      const { startPostgres } = await import(${JSON.stringify(join(import.meta.dirname, 'postgres.ts'))})
      const postgres = await startPostgres({})
      process.exitCode = postgres.url === null ? 1 : 7`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' })
    expect(await new Promise(resolve => child.once('exit', resolve))).toBe(7)
  })
})

describe('no PostgreSQL to be had', () => {
  test('a TEST_DATABASE_URL that does not answer is said, and no other server is taken in its place', async () => {
    const answer = await startPostgres({ TEST_DATABASE_URL: 'postgres://postgres@127.0.0.1:1/test' })
    expect(answer).toMatchObject({ url: null, asked: true, why: expect.stringContaining('ECONNREFUSED') })
  })

  test('nothing installed is said, with where it was looked for', async () => {
    const answer = await startPostgres({}, [])
    expect(answer).toMatchObject({ url: null, asked: false, why: expect.stringContaining('PG_BIN') })
  })

  test('programs that do not run are passed over with their reason, and leave no folder behind', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'muster-broken-'))
    const ours = () => readdirSync(tmpdir()).filter(name => name.startsWith('muster-postgres-'))
    try {
      for (const name of ['initdb', 'postgres']) {
        writeFileSync(join(bin, name), '#!/bin/sh\necho "initdb: error: broken on purpose" >&2\nexit 1\n', {
          mode: 0o755,
        })
      }
      const before = ours()
      const answer = await startPostgres({}, [{ source: 'system', bin }])
      expect(answer).toMatchObject({ url: null, asked: false, why: expect.stringContaining(bin) })
      expect(ours().filter(name => !before.includes(name))).toEqual([])
    } finally {
      rmSync(bin, { recursive: true })
    }
  })
})

const shared = inject('run').postgresUrl
describe.skipIf(shared === null)('databases on a server that outlives the run', { tags: ['postgres'] }, () => {
  const server = shared ?? ''

  async function make(runId: string): Promise<string> {
    const name = databaseName(runId)
    await onServer(server, client => client.query(`create database ${name}`))
    return name
  }

  async function exists(name: string): Promise<boolean> {
    const answer = await onServer(server, client =>
      client.query('select 1 from pg_database where datname = $1', [name]),
    )
    return answer.rowCount === 1
  }

  test('of a killed run are dropped by the next; those of a run in progress stay', async () => {
    const alive = newRunId()
    const aliveRun = await registerRun(server, alive)
    const kept = await make(alive)
    const left = await make(newRunId())
    const next = await registerRun(server, newRunId())
    expect(await exists(left)).toBe(false)
    expect(await exists(kept)).toBe(true)
    await next.close()
    expect(await exists(kept)).toBe(true)
    await aliveRun.close()
    expect(await exists(kept)).toBe(false)
  })
})

async function dataFolder(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const answer = await client.query<{ data_directory: string }>('show data_directory')
  await client.end()
  return answer.rows[0]?.data_directory ?? ''
}
