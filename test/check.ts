// `npm run check`: formatting and lint (nothing is written), types, and nothing stray at the top level.
import { execFileSync, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** The root is the front door: a new name here is a decision, not a habit. */
const TOP_LEVEL = new Set([
  ...[
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'biome.json',
    'README.md',
    'README.zh-CN.md',
    '.env.example',
  ],
  ...['commands', 'migrations', 'src', 'test', 'bench', 'docs', '.ci'],
  ...[
    'LICENSE',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'Dockerfile',
    '.dockerignore',
    '.npmrc',
    '.gitignore',
    '.gitattributes',
  ],
])

function programOf(library: string, bin: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${library}/package.json`)), bin)
}

function runs(title: string, file: string, ...args: string[]): boolean {
  const { status, error } = spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit' })
  if (error) console.error(error.message)
  return verdict(title, status === 0)
}

function nothingStray(): boolean {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const names = new Set(
    listed
      .split('\0')
      .filter(Boolean)
      .map(path => path.split('/')[0] ?? path),
  )
  const stray = [...names].filter(name => !TOP_LEVEL.has(name))
  if (stray.length > 0)
    console.error(`Stray at the top level: ${stray.join(', ')}. Everything has a folder; see test/check.ts.`)
  return verdict('top level', stray.length === 0)
}

function verdict(title: string, good: boolean): boolean {
  console.log(`${good ? 'ok' : 'FAILED'}  ${title}`)
  return good
}

// All of them, even after a failure: one run shows everything there is to mend.
const results = [
  runs('format and lint', programOf('@biomejs/biome', 'bin/biome'), 'check', '--error-on-warnings'),
  runs('types', programOf('typescript', 'bin/tsc'), '--noEmit'),
  nothingStray(),
]
process.exitCode = results.every(Boolean) ? 0 : 1
