import { type ChildProcess, fork } from 'node:child_process'
import { expect, test } from 'vitest'
import { forEachEngine, freshDatabase } from './support/engines.ts'
import { soak } from './support/soaking.ts'

const SECONDS = 5

forEachEngine('two processes under load, one of them killed again and again', engine => {
  test('leave every derived number as its source rows have it, and no request unanswered', {
    timeout: 60_000,
  }, async () => {
    await using database = await freshDatabase(engine)
    const spawn = (args: string[]): ChildProcess =>
      fork(new URL('./soak-worker.ts', import.meta.url), args, { execArgv: [] })
    const result = await soak({ url: database.url, seconds: SECONDS, spawn })
    expect(result.differences).toEqual([])
    expect(result.kills).toBeGreaterThan(0)
    expect(result.checkins).toBeGreaterThan(0)
  })
})
