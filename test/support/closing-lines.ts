// The last words of `npm test`: what ran on what, what did not and why, and the count.
import Sqlite from 'better-sqlite3'
import type { TestModule } from 'vitest/node'
import type { Fact } from './facts.ts'

interface Tally {
  passed: number
  failed: number
  skipped: number
  /** Tests that ran, by tag (sqlite, postgres, chromium). */
  ran: Map<string, number>
  /** Tests that were skipped, by tag. */
  missed: Map<string, number>
}

export function closingLines(
  modules: readonly TestModule[],
  unhandledErrors: number,
  facts: readonly Fact[],
): { lines: string[]; failed: boolean } {
  const tally = count(modules)
  const missing = facts.filter(fact => fact.kind === 'missing')
  tally.failed += unhandledErrors + missing.length
  const nothing = tally.passed + tally.failed === 0
  if (nothing) tally.failed = 1
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''
  const lines = [
    whereTheyRan(tally, facts),
    ...oracles(facts),
    ...whatDidNotRun(tally, facts),
    ...(nothing ? ['!! No test ran at all.'] : []),
    ...(unhandledErrors > 0 ? [`!! ${unhandledErrors} errors outside any test, shown above.`] : []),
    `${tally.passed} passed, ${tally.failed} failed${skipped}`,
  ]
  return { lines, failed: tally.failed > 0 }
}

function count(modules: readonly TestModule[]): Tally {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, ran: new Map(), missed: new Map() }
  for (const module of modules) {
    const failedBefore = tally.failed
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      // A test that never finished (its process died) is no success.
      tally[state === 'pending' ? 'failed' : state]++
      const byTag = state === 'skipped' ? tally.missed : tally.ran
      for (const tag of test.tags) byTag.set(tag, (byTag.get(tag) ?? 0) + 1)
    }
    // A file that failed to load, or a hook around its tests, has no failed test to show for it.
    if (!module.ok() && tally.failed === failedBefore) tally.failed++
  }
  return tally
}

function whereTheyRan(tally: Tally, facts: readonly Fact[]): string {
  const labels: Array<[string, string | undefined]> = [
    ['sqlite', `SQLite ${sqliteVersion()}`],
    ['postgres', facts.find(fact => fact.kind === 'postgres')?.name],
    ['chromium', facts.find(fact => fact.kind === 'chromium')?.name],
  ]
  return labels
    .filter(([, label]) => label)
    .map(([tag, label]) => `${label}: ${tests(tally.ran.get(tag) ?? 0)}`)
    .join(' · ')
}

function oracles(facts: readonly Fact[]): string[] {
  const all = facts.filter(fact => fact.kind === 'oracle')
  return all.length > 0 ? [`Oracle cases: ${all.map(fact => `${fact.name} ${fact.count}`).join(' · ')}`] : []
}

function whatDidNotRun(tally: Tally, facts: readonly Fact[]): string[] {
  const tags: Record<string, string> = { PostgreSQL: 'postgres', Chromium: 'chromium' }
  return facts
    .filter(fact => fact.kind === 'not-run' || fact.kind === 'missing')
    .map(fact => {
      const skipped = tally.missed.get(tags[fact.name] ?? '') ?? 0
      return `!! ${fact.name} DID NOT RUN${skipped ? `, ${tests(skipped)} skipped` : ''}: ${fact.why}`
    })
}

function tests(count: number): string {
  return `${count} ${count === 1 ? 'test' : 'tests'}`
}

function sqliteVersion(): string {
  const database = new Sqlite(':memory:')
  const version = database.prepare('select sqlite_version()').pluck().get()
  database.close()
  return String(version)
}
