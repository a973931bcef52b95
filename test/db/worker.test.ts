import { execFile } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import { type Aside, type AsideLimits, createAside, moduleAt } from '#src/db/worker.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { type Engine, forEachEngine } from '../support/engines.ts'
import { until } from '../support/until.ts'

const jobs = moduleAt<typeof import('./worker-jobs.ts')>(new URL('./worker-jobs.ts', import.meta.url))

const opened: Aside[] = []
function open(url: string | null = null, limits?: Partial<AsideLimits>): Aside {
  const aside = createAside(url, limits)
  opened.push(aside)
  return aside
}
afterEach(async () => {
  for (const aside of opened.splice(0)) await aside.close()
})

forEachEngine('the thread beside the main one', engine => {
  test('reads what has been committed, and nothing else', async () => {
    await using fixture = await testApp(engine)
    const aside = open(fixture.url)
    expect(await aside.run(jobs, 'countPersons', null)).toBe(0)
    await transaction(fixture.app, async inner => {
      await inner.db.insertInto('persons').values({ id: 'per_1', created_at: 0 }).execute()
      expect(await aside.run(jobs, 'countPersons', null)).toBe(0)
    })
    expect(await aside.run(jobs, 'countPersons', null)).toBe(1)
    await aside.close()
  })

  test('cannot write', async () => {
    await using fixture = await testApp(engine)
    const aside = open(fixture.url)
    await expect(aside.run(jobs, 'insertPerson', 'per_1')).rejects.toThrow(/readonly database|read-only transaction/)
    expect(await aside.run(jobs, 'countPersons', null)).toBe(0)
    await aside.close()
  })

  test('rests when there is nothing to do: its connection is closed, and opened again for the next job', async () => {
    await using fixture = await testApp(engine)
    const before = await connections(fixture, engine)
    const aside = open(fixture.url, { idleMs: 500 })
    const first = await aside.run(jobs, 'whichThread', null)
    expect(await aside.run(jobs, 'countPersons', null)).toBe(0)
    expect(await connections(fixture, engine)).toBe(before + 1)
    await until('the connection is closed', async () => (await connections(fixture, engine)) === before)
    expect(await aside.run(jobs, 'countPersons', null)).toBe(0)
    expect(await aside.run(jobs, 'whichThread', null)).not.toBe(first)
    await aside.close()
  })
})

/** How many are open on the fixture's database: sessions of the server, or (where the system tells) files of this process. */
async function connections({ app, url }: TestApp, engine: Engine): Promise<number> {
  if (engine.name === 'postgres') {
    const { rows } = await sql<{ size: number }>`select count(*) as size from pg_stat_activity
      where datname = current_database() and application_name = 'muster' and pid <> pg_backend_pid()`.execute(app.db)
    return rows[0]?.size ?? 0
  }
  // SQLite keeps the file itself open for the next connection; the log is each connection's own.
  const file = `${url.slice('sqlite:'.length)}-wal`
  return readdirSync('/proc/self/fd').filter(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file
    } catch {
      return false
    }
  }).length
}

describe('the thread beside the main one', () => {
  test('leaves the main thread free while it works', async () => {
    const cells = new SharedArrayBuffer(4)
    const answer = open().run(jobs, 'waitForSignal', cells)
    // Were the job to sit on this thread, the signal could never come.
    setTimeout(() => {
      Atomics.store(new Int32Array(cells), 0, 1)
      Atomics.notify(new Int32Array(cells), 0)
    }, 1)
    expect(await answer).toMatch(/^(ok|not-equal)$/)
  })

  test('hands over what a job throws, with name, message and code, and goes on', async () => {
    const aside = open()
    await expect(aside.run(jobs, 'refuse', 'E_MOON')).rejects.toMatchObject({
      name: 'RangeError',
      message: 'the moon is not a day',
      code: 'E_MOON',
    })
    expect(await aside.run(jobs, 'whichThread', null)).toBeGreaterThan(0)
  })

  test('refuses to read when it was started without a database', async () => {
    await expect(open().run(jobs, 'countPersons', null)).rejects.toThrow('without a database')
  })

  test.each([
    ['ends', 'leave', 3, 'ended with code 3'],
    ['crashes', 'fail', undefined, 'thrown outside the job'],
  ] as const)('that %s fails its job; the ones behind it get a new thread', async (_, name, args, message) => {
    const aside = open()
    const first = await aside.run(jobs, 'whichThread', null)
    const lost = aside.run(jobs, name, args as never)
    const next = aside.run(jobs, 'whichThread', null)
    await expect(lost).rejects.toThrow(message)
    expect(await next).not.toBe(first)
  })

  test('is cut when a job takes too long', async () => {
    const aside = open(null, { jobMs: 2_000 })
    await expect(aside.run(jobs, 'hang', new SharedArrayBuffer(4))).rejects.toThrow('longer than 2000 ms')
    expect(await aside.run(jobs, 'whichThread', null)).toBeGreaterThan(0)
  })

  test('closed during a job refuses it and those that wait, and later ones', async () => {
    const aside = open()
    const cells = new SharedArrayBuffer(4)
    const running = aside.run(jobs, 'hang', cells)
    const waiting = aside.run(jobs, 'whichThread', null)
    const refused = Promise.allSettled([running, waiting])
    await until('the job runs', () => Atomics.load(new Int32Array(cells), 0) === 1)
    await aside.close()
    for (const outcome of await refused) expect(outcome).toMatchObject({ reason: { message: /was closed/ } })
    await expect(aside.run(jobs, 'whichThread', null)).rejects.toThrow('is closed')
    await aside.close()
  })

  test('stays the same while there is work, and lets only so many jobs wait', async () => {
    const aside = open(null, { waiting: 2 })
    const all = [1, 2, 3, 4].map(() => aside.run(jobs, 'whichThread', null))
    await expect(all[3]).rejects.toThrow('2 jobs already wait')
    expect(new Set(await Promise.all(all.slice(0, 3))).size).toBe(1)
  })

  test('fails only the job whose arguments or result cannot be copied', async () => {
    const aside = open()
    const uncopied = aside.run(jobs, 'refuse', (() => 'x') as unknown as string)
    const unanswered = aside.run(jobs, 'uncopyable', null)
    const fine = aside.run(jobs, 'whichThread', null)
    await expect(uncopied).rejects.toThrow('could not be cloned')
    await expect(unanswered).rejects.toThrow('could not be cloned')
    expect(await fine).toBeGreaterThan(0)
  })

  test('does not keep the process alive once it has nothing to do', async () => {
    const script = `
      import { createAside, moduleAt } from '#src/db/worker.ts'
      const jobs = moduleAt(new URL(${JSON.stringify(jobs.url)}))
      console.log('thread', await createAside(null).run(jobs, 'whichThread', null) > 0)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: new URL('../..', import.meta.url),
      timeout: 15_000,
    })
    expect(stdout).toBe('thread true\n')
  })
})
