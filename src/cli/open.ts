/** What the command line tools share: the App on the configured database, and how they end. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { type App, createApp } from '../app.ts'
import { type Config, loadEnvFile, readConfig } from '../config.ts'
import { createFolder } from '../db/folder.ts'
import { type Engine, openEngine } from '../db/index.ts'
import { createIds, systemRandom } from '../lib/ids.ts'
import { Problem } from '../lib/problem.ts'
import { createLog } from '../log.ts'

/** Runs a tool with the settings; a mistake in them is one plain sentence, and exit code 1. */
export async function withConfig(run: (config: Config) => Promise<number>): Promise<void> {
  try {
    loadEnvFile()
    process.exitCode = await run(readConfig(process.env))
  } catch (error) {
    if (error instanceof Problem) console.error(error.message)
    else console.error(error)
    process.exitCode = 1
  }
}

/** The same on the configured database. */
export async function withDatabase(
  run: (parts: { config: Config; engine: Engine; app: App }) => Promise<number>,
): Promise<void> {
  await withConfig(async config => {
    const engine = await openEngine(config.DATABASE_URL)
    try {
      return await run({ config, engine, app: appOn(engine, config) })
    } finally {
      await engine.close()
    }
  })
}

/** The App on a database, as these settings want it. */
export function appOn(engine: Engine, config: Config): App {
  const now = () => Date.now()
  return createApp({
    engine,
    clock: { now },
    ids: createIds(now, systemRandom),
    random: systemRandom,
    log: createLog(config.LOG_LEVEL, config.secrets),
    defaults: { zone: config.DEFAULT_TIMEZONE, locale: config.DEFAULT_LOCALE },
    files: createFolder(config.FILES_DIR, systemRandom),
  })
}

/** The value of the one option this tool takes; anything else is refused with how to call it. */
export function optionOf(name: string, usage: string): string | undefined {
  const options: ParseArgsOptionsConfig = { [name]: { type: 'string' } }
  try {
    const value = parseArgs({ options, strict: true }).values[name]
    if (typeof value === 'string' && value.trim() === '') throw new TypeError(`--${name} is empty`)
    return typeof value === 'string' ? value : undefined
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message.split('\n')[0] : 'That is no option'}. Use: ${usage}`)
  }
}
