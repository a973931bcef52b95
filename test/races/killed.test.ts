// kill -9 at every point between receiving and answering: handled once, and the person gets the right answer.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadCommands } from '#src/commands.ts'
import { verifyAll } from '#src/contributions.ts'
import { createDispatch } from '#src/dispatch.ts'
import { ada, BOT, count, errors, line, recorder, words } from '#test/features/scene.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'

const folder = mkdtempSync(joinPath(tmpdir(), 'muster-killed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let runs = 0

/** Runs the process to its end; what people were told by it, and the signal that ended it. */
async function run(url: string, point: string, request: unknown): Promise<{ told: string[]; signal: string | null }> {
  const file = joinPath(folder, `told ${++runs}`)
  const child = spawn(
    process.execPath,
    [joinPath(import.meta.dirname, 'child.ts'), url, point, file, JSON.stringify(request)],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return { told: existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [], signal }
}

forEachEngine('a process that is killed', engine => {
  test.each([
    ['after it stored what it received', 'received', { checkins: 0, told: 0 }],
    ['when everything is written but not committed', 'inside', { checkins: 0, told: 0 }],
    ['after the commit, before it answered', 'committed', { checkins: 1, told: 0 }],
    ['after it answered, before it wrote that down', 'sent', { checkins: 1, told: 1 }],
  ])('%s leaves work that the next one does once', async (_, point, left) => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const request = line(app, ada, '/checkin ran 5 km')
    const first = await run(opened.url, point, request)
    expect(first.signal).toBe('SIGKILL')
    expect(first.told).toHaveLength(left.told)
    expect(await count(app, 'checkins')).toBe(left.checkins)
    expect(await count(app, 'inbox')).toBe(1)

    opened.clock.advance(60_000)
    const dispatch = createDispatch(app, await loadCommands())
    const responder = recorder()
    // The platform, too, may try again.
    expect(await dispatch.receive(request)).toBeNull()
    expect(await dispatch.recover(BOT, () => responder)).toBe(1)
    expect(await dispatch.recover(BOT, () => responder)).toBe(0)

    const told = [...first.told, ...responder.answers.map(answer => words(answer).replaceAll('\n', ' '))]
    expect(told).toHaveLength(left.told + 1)
    for (const one of told)
      expect(one).toMatch(/^✓ Day 1, Ada\. Welcome! \+10 points\. Counts for 4 March .* “ran 5 km”$/)
    expect(new Set(told).size).toBe(1)
    for (const table of ['checkins', 'ledger', 'members'] as const) expect(await count(app, table)).toBe(1)
    const row = await app.db.selectFrom('inbox').select(['state', 'token']).executeTakeFirstOrThrow()
    expect(row).toEqual({ state: 'answered', token: null })
    expect(await verifyAll(app)).toEqual([])
    expect(errors(opened)).toEqual([])
  })

  test('nowhere leaves nothing to do', async () => {
    await using opened = await cleanApp(engine)
    const { told, signal } = await run(opened.url, 'nowhere', line(opened.app, ada, '/checkin ran 5 km'))
    expect(signal).toBeNull()
    expect(told).toHaveLength(1)
    const dispatch = createDispatch(opened.app, await loadCommands())
    expect(await dispatch.recover(BOT, () => recorder())).toBe(0)
  })
})
