// Read by test/run.ts (`npm test`) and by editors; by hand: vitest --config test/vitest.config.ts
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: join(import.meta.dirname, '..'),
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: [join(import.meta.dirname, 'support/run-context.ts')],
    // better-sqlite3 is a native library: processes, not threads.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    tags: [
      { name: 'sqlite', description: 'runs on SQLite' },
      { name: 'postgres', description: 'runs on PostgreSQL' },
      { name: 'chromium', description: 'drives a page in the system browser' },
    ],
  },
})
