// The soak itself, for `npm run soak` and for a short test.
import type { ChildProcess } from 'node:child_process'
import { createApp } from '#src/app.ts'
import { loadCommands } from '#src/commands.ts'
import { verifyAll } from '#src/contributions.ts'
import { openEngine, toNumber } from '#src/db/index.ts'
import { migrate } from '#src/db/migrate.ts'
import { createDispatch } from '#src/dispatch.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { createIds, systemRandom } from '#src/lib/ids.ts'
import { createLog } from '#src/log.ts'
import { cannotFetch, noFiles } from './files.ts'

export interface SoakResult {
  readonly engine: string
  readonly requests: number
  readonly kills: number
  /** Requests that a killed process had stored and not finished. */
  readonly recovered: number
  readonly checkins: number
  readonly days: number
  readonly differences: readonly string[]
}

const PEOPLE = 30
/** A day passes in five seconds. */
const SPEED = 17_280
const LIFE_MS = 900

export async function soak(parts: {
  url: string
  seconds: number
  spawn: (args: string[]) => ChildProcess
}): Promise<SoakResult> {
  const engine = await openEngine(parts.url, { synchronous: 'normal' })
  await migrate(engine)
  const epoch = Date.now()
  const until = epoch + parts.seconds * 1000
  let kills = 0
  let seed = 1
  const lane = async (killed: boolean) => {
    while (Date.now() < until) {
      const child = parts.spawn([
        '--url',
        parts.url,
        '--seed',
        String(seed++),
        '--epoch',
        String(epoch),
        '--speed',
        String(SPEED),
        '--people',
        String(PEOPLE),
      ])
      const gone = new Promise(resolve => child.once('exit', resolve))
      const life = killed ? LIFE_MS + (seed % 7) * 100 : until - Date.now()
      await Promise.race([
        gone,
        new Promise(resolve => setTimeout(resolve, Math.max(0, Math.min(life, until - Date.now())))),
      ])
      if (child.exitCode !== null) throw new Error(`a soak process ended by itself with ${child.exitCode}`)
      const over = Date.now() >= until
      if (!over) kills++
      child.kill(over ? 'SIGTERM' : 'SIGKILL')
      const hard = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await gone
      clearTimeout(hard)
    }
  }
  await Promise.all([lane(false), lane(true)])
  const clock = { now: () => epoch + (Date.now() - epoch) * SPEED }
  const app = createApp({
    engine,
    clock,
    ids: createIds(clock.now, systemRandom),
    random: systemRandom,
    log: createLog('error', []),
    defaults: { zone: 'Europe/London', locale: 'en' },
    files: noFiles,
  })
  const dispatch = createDispatch(app, await loadCommands())
  const recovered = await dispatch.recover('telegram:1', () => ({
    acknowledge: async () => {},
    answer: async () => ({}),
    fetch: cannotFetch,
  }))
  while ((await consumeActivity(app)) > 0);
  const differences = (await verifyAll(app)).map(
    ({ feature, what, stored, recomputed }) => `${feature}: ${what}: stored ${stored}, recomputed ${recomputed}`,
  )
  const left = await app.db
    .selectFrom('inbox')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('state', '<>', 'answered')
    .executeTakeFirst()
  if (toNumber(left?.count) > 0) differences.push(`inbox: ${left?.count} rows are still not answered`)
  const { count: requests } = await app.db
    .selectFrom('inbox')
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  const { count: checkins } = await app.db
    .selectFrom('checkins')
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  const { count: days } = await app.db
    .selectFrom('checkins')
    .select(({ fn }) => fn.count('day').distinct().as('count'))
    .executeTakeFirstOrThrow()
  const result = {
    engine: engine.title,
    requests: toNumber(requests),
    kills,
    recovered,
    checkins: toNumber(checkins),
    days: toNumber(days),
    differences,
  }
  await engine.close()
  return result
}
