// The command line tools as `npm run` starts them: real processes, with nothing of this machine's own settings.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { App } from '#src/app.ts'
import { type Sum, sumsOf } from '#src/db/copy.ts'
import { openEngine } from '#src/db/index.ts'

const ROOT = join(import.meta.dirname, '../..')

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly out: string
}

export interface Running {
  readonly ended: Promise<Ended>
  kill(signal: NodeJS.Signals): void
  said(): string
}

/** A folder of its own until the stack is disposed. */
export function ownFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'muster-tool-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

type Env = Readonly<Record<string, string>>

export function start(script: string, env: Env, ...args: string[]): Running {
  return launch(process.execPath, [join(ROOT, 'src/start.mjs'), script, ...args], env)
}

/** Runs to the end. */
export const tool = (script: string, env: Env, ...args: string[]): Promise<Ended> => start(script, env, ...args).ended

function launch(program: string, args: string[], env: Env): Running {
  const kept = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => ['PATH', 'HOME', 'LANG'].includes(name)),
  )
  const child = spawn(program, args, { cwd: ROOT, env: { ...kept, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (out += String(chunk)))
  return {
    ended: new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code, signal, out: out.trim() }))
    }),
    kill: signal => void child.kill(signal),
    said: () => out,
  }
}

/** Whether this machine lets us mount a small disk for one process. */
export const canMount =
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /mnt'], { stdio: 'ignore' }).status === 0

/** Runs to the end with a disk of so many kilobytes at `at`, which only that process sees. */
export function toolOnSmallDisk(size: number, at: string, script: string, env: Env, ...args: string[]): Promise<Ended> {
  const mount = 'mount -t tmpfs -o size="$1"k tmpfs "$2"; shift 2; exec "$@"'
  const command = [process.execPath, join(ROOT, 'src/start.mjs'), script, ...args]
  return launch('unshare', ['-rm', 'sh', '-c', mount, 'sh', String(size), at, ...command], env).ended
}

/** A mistake is one plain sentence, without a stack trace, and exit code 1. */
export function expectOneSentence({ code, out }: Ended, ...parts: string[]): void {
  for (const part of parts) expect(out).toContain(part)
  expect(out).not.toMatch(/^\s+at /m)
  expect(out.split('\n').filter(line => !/^(copying|checking) /.test(line))).toHaveLength(1)
  expect(code).toBe(1)
}

/** What is in a database, on a connection of its own. */
export async function holds(url: string): Promise<Sum[]> {
  const engine = await openEngine(url)
  try {
    return await engine.bulk.read(rows => sumsOf(rows, { step: () => {}, signal: new AbortController().signal }))
  } finally {
    await engine.close()
  }
}

export const rowsIn = async (url: string): Promise<number> =>
  (await holds(url)).reduce((all, { rows }) => all + rows, 0)

export const pathOf = (url: string): string => url.replace(/^sqlite:/, '')

/** Names in a folder, none when it is not there. */
export const names = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : [])

/** Everything an App's database holds. */
export const sumsOfApp = (app: App): Promise<Sum[]> =>
  app.engine.bulk.read(rows => sumsOf(rows, { step: () => {}, signal: new AbortController().signal }))
