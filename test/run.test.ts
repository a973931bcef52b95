// `npm test` itself, on suites that go wrong in every way a suite can: nothing that failed may look like success.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'

const repository = join(import.meta.dirname, '..')

const SUITES: Record<string, string> = {
  good: `test('one', () => {}); test('two', () => {})`,
  failing: `test('one', () => {}); test('two', () => expect(1).toBe(2))`,
  unreadable: `import './not-there.ts'; test('one', () => {})`,
  throwing: `throw new Error('while loading')`,
  'before-all': `beforeAll(() => { throw new Error('no database') }); test('one', () => {})`,
  'after-all': `afterAll(() => { throw new Error('left open') }); test('one', () => {})`,
  unhandled: `test('one', () => { void Promise.reject(new Error('nobody waits for this')) })`,
  dying: `test('one', () => { process.kill(process.pid, 'SIGKILL') })`,
  skipping: `test('one', () => {}); test.skip('two', () => {})`,
  tagged: `describe('both', { tags: ['sqlite'] }, () => { test('one', () => {}); test.skip('two', () => {}) })`,
  reporting: `import { report } from '#test/support/facts.ts'
    test('one', () => { report('oracle', 'assignment-hash', 7); report('oracle', 'assignment-hash', 5)
      report('not-run', 'The moon', 1, 'too far') })`,
}

describe('the closing lines of npm test', () => {
  let root: string

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'muster-run-'))
    mkdirSync(join(root, 'test'))
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'), 'junction')
    symlinkSync(join(repository, 'test/support'), join(root, 'test/support'), 'junction')
    writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module', imports: { '#test/*': './test/*' } }))
    for (const [name, body] of Object.entries(SUITES)) {
      const imports = `import { afterAll, beforeAll, describe, expect, test } from 'vitest'\n`
      writeFileSync(join(root, 'test', `${name}.test.ts`), imports + body)
    }
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  async function npmTest(...names: string[]): Promise<{ code: number; last: string; lines: string[] }> {
    const files = names.map(name => `test/${name}.test.ts`)
    // The server is not what is tried here: the outer run's will do.
    const server = inject('run').postgresUrl
    const child = spawn(process.execPath, [join(repository, 'test/run.ts'), '--root', root, ...files], {
      cwd: root,
      env: { ...process.env, CI: '1', ...(server && { TEST_DATABASE_URL: server }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      out += text
    })
    child.stderr.resume()
    const [code] = await once(child, 'close')
    const lines = out.trimEnd().split('\n')
    return { code, last: lines.at(-1) ?? '', lines }
  }

  test('success is the count alone and exit code 0', async () => {
    expect(await npmTest('good')).toMatchObject({ code: 0, last: '2 passed, 0 failed' })
  })

  const failures: Array<[string, string, string]> = [
    ['a failed test', 'failing', '1 passed, 1 failed'],
    ['a file that imports what is not there', 'unreadable', '0 passed, 1 failed'],
    ['a file that throws while loading', 'throwing', '0 passed, 1 failed'],
    ['a failed beforeAll', 'before-all', '0 passed, 1 failed, 1 skipped'],
    ['a failed afterAll', 'after-all', '1 passed, 1 failed'],
    ['a rejection nobody waits for', 'unhandled', '1 passed, 1 failed'],
    ['no test at all', 'nothing-of-that-name', '0 passed, 1 failed'],
  ]
  test.for(failures)('%s is a failure', async ([, suite, last]) => {
    expect(await npmTest(suite)).toMatchObject({ code: 1, last })
  })

  test('a test process that is killed is a failure', async () => {
    const { code, last } = await npmTest('dying')
    expect(code).toBe(1)
    expect(last).toMatch(/^0 passed, [1-9]\d* failed/)
  })

  test('skipped tests are counted apart', async () => {
    expect(await npmTest('skipping')).toMatchObject({ code: 0, last: '1 passed, 0 failed, 1 skipped' })
  })

  test('tests are counted for what they ran on', async () => {
    const { lines } = await npmTest('tagged', 'good')
    expect(lines).toContainEqual(expect.stringMatching(/^SQLite \d+\.\d+\.\d+: 1 test( |$)/))
  })

  test('oracle cases are added up, and what did not run is said with its reason', async () => {
    const { code, lines } = await npmTest('reporting')
    expect(code).toBe(0)
    expect(lines).toContain('Oracle cases: assignment-hash 12')
    expect(lines).toContain('!! The moon DID NOT RUN: too far')
  })
})
