// Set up once per test run, in vitest's main process: the PostgreSQL server and a folder for SQLite files.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { newRunId, registerRun } from './databases.ts'
import { report } from './facts.ts'
import { startPostgres } from './postgres.ts'

export interface RunContext {
  runId: string
  folder: string
  /** Null when there is none; the closing lines say why. */
  postgresUrl: string | null
}

declare module 'vitest' {
  interface ProvidedContext {
    run: RunContext
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const runId = newRunId()
  const folder = mkdtempSync(join(tmpdir(), 'muster-test-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  process.on('exit', removeFolder)
  const postgres = await startPostgres()
  if (postgres.url === null) {
    report(postgres.asked ? 'missing' : 'not-run', 'PostgreSQL', 1, postgres.why)
    project.provide('run', { runId, folder, postgresUrl: null })
    return async () => removeFolder()
  }
  report('postgres', `PostgreSQL ${postgres.version} (${postgres.source})`)
  const registration = await registerRun(postgres.url, runId)
  project.provide('run', { runId, folder, postgresUrl: postgres.url })
  return async () => {
    await registration.close()
    await postgres.stop()
    removeFolder()
  }
}
