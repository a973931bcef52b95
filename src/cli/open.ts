/** What the command line tools share: the App on the configured database, and how they end. */
import { type App, createApp } from '../app.ts'
import { type Config, loadEnvFile, readConfig } from '../config.ts'
import { createFolder } from '../db/folder.ts'
import { type Engine, openEngine } from '../db/index.ts'
import { createIds, systemRandom } from '../lib/ids.ts'
import { Problem } from '../lib/problem.ts'
import { createLog } from '../log.ts'

/** Runs a tool on the configured database; a mistake in the settings is one plain sentence, and exit code 1. */
export async function withDatabase(
  run: (parts: { config: Config; engine: Engine; app: App }) => Promise<number>,
): Promise<void> {
  try {
    loadEnvFile()
    const config = readConfig(process.env)
    const engine = await openEngine(config.DATABASE_URL)
    try {
      const now = () => Date.now()
      const app = createApp({
        engine,
        clock: { now },
        ids: createIds(now, systemRandom),
        random: systemRandom,
        log: createLog(config.LOG_LEVEL, config.secrets),
        defaults: { zone: config.DEFAULT_TIMEZONE, locale: config.DEFAULT_LOCALE },
        files: createFolder(config.FILES_DIR, systemRandom),
      })
      process.exitCode = await run({ config, engine, app })
    } finally {
      await engine.close()
    }
  } catch (error) {
    if (error instanceof Problem) console.error(error.message)
    else console.error(error)
    process.exitCode = 1
  }
}
