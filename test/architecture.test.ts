// The table of layers, the order of the features, one door per library, one owner per table: read from the sources themselves.
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { contributions, ORDER } from '#src/features/index.ts'
import { testApp } from './support/app.ts'
import { engines } from './support/engines.ts'

const root = join(import.meta.dirname, '..')

/** Paths by layer, lowest first; within a line, neighbours do not know each other. */
const LAYERS: ReadonlyArray<readonly string[]> = [
  ['src/lib/'],
  ['src/messages/'],
  ['src/db/'],
  ['src/app.ts'],
  ['src/chat/'],
  ['src/features/'],
  ['src/(contributions|traits).ts'],
  ['commands/', 'src/jobs/', 'src/http/', 'src/console/'],
  [
    'src/(admission|answering|commands|dispatch|documents|files|forms|gallery|newcomer|pictures|questions|sign-of-life|wording).ts|src/gallery/',
  ],
  ['src/adapters/discord/', 'src/adapters/telegram/', 'src/adapters/playground/'],
  ['src/(main|config|bots|log).ts|src/cli/'],
]
/** Where each outside library may be imported; a library that is not listed is anyone's. */
const DOORS: Readonly<Record<string, RegExp>> = {
  grammy: /^src\/adapters\/telegram\//,
  'discord.js': /^src\/adapters\/discord\//,
  hono: /^src\/(http|console|adapters\/playground)\//,
  '@hono/node-server': /^src\/http\//,
  '@hono/prometheus': /^src\/http\//,
  '@hono/zod-openapi': /^src\/http\/api\//,
  'prom-client': /^src\/http\//,
  'node-cron': /^src\/jobs\//,
  'better-sqlite3': /^src\/db\/sqlite\//,
  pg: /^src\/db\/postgres\//,
  kysely: /^(src\/db\/|src\/app\.ts$|src\/features\/|migrations\/)/,
  '@napi-rs/canvas': /^src\/lib\/picture\//,
  pino: /^src\/log\.ts$/,
  re2js: /^src\/lib\/conditions\//,
  yaml: /^src\/features\/segments\//,
  zod: /^src\/(config\.ts$|http\/|adapters\/|features\/|lib\/conditions\/)/,
}

const positionOf = (path: string): readonly [layer: number, folder: string] | undefined => {
  for (const [layer, folders] of LAYERS.entries())
    for (const folder of folders) if (new RegExp(`^(${folder})`).test(path)) return [layer, folder]
  return undefined
}
const featureOf = (path: string) => /^src\/features\/([^/]+)\//.exec(path)?.[1]

/** What a source file imports: paths from the root, or names of libraries. */
function importsOf(path: string, source: string): string[] {
  const found = source.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)'([^']+)'/g)
  return [...found].map(([, to = '']) => {
    if (to.startsWith('.')) return posix.join(posix.dirname(path), to)
    return to.replace(/^#(src|commands|test)\//, '$1/')
  })
}

/** Everything in one file that the table forbids. */
function violations(path: string, source: string): string[] {
  const here = positionOf(path)
  const migration = path.startsWith('migrations/')
  if (!here && !migration) return [`${path} is in no layer`]
  const found: string[] = []
  if (path !== 'src/lib/time.ts' && /\bTemporal\./.test(source)) found.push(`${path} names Temporal`)
  for (const to of importsOf(path, source)) {
    if (!/^(src|commands|test|migrations)\//.test(to)) {
      const library = /^(@[^/]+\/)?[^/]+/.exec(to)?.[0] ?? to
      if (Object.hasOwn(DOORS, library) && !DOORS[library]?.test(path)) found.push(`${path} imports ${library}`)
      continue
    }
    if (migration) {
      found.push(`${path} imports ${to}`)
      continue
    }
    const there = positionOf(to)
    if (!here || !there) found.push(`${path} imports ${to}, which is in no layer`)
    else if (there[0] > here[0]) found.push(`${path} imports ${to} from a layer above`)
    else if (there[0] === here[0] && there[1] !== here[1]) found.push(`${path} imports its neighbour ${to}`)
    const feature = featureOf(to)
    if (feature && feature !== featureOf(path) && path !== 'src/features/index.ts') {
      if (to !== `src/features/${feature}/index.ts`) found.push(`${path} imports ${to} past its index.ts`)
      const order: readonly string[] = ORDER
      const own = featureOf(path)
      if (own && order.indexOf(feature) >= order.indexOf(own))
        found.push(`${path} imports the later feature ${feature}`)
    }
  }
  return found
}

async function sources(): Promise<string[]> {
  const paths: string[] = []
  for await (const path of glob('{src,commands,migrations}/**/*.ts', { cwd: root })) paths.push(path)
  return paths
}

describe('the architecture', () => {
  test('every file keeps to the table of layers, features and doors', async () => {
    const paths = await sources()
    expect(paths.length).toBeGreaterThan(60)
    expect(paths.flatMap(path => violations(path, readFileSync(join(root, path), 'utf8')))).toEqual([])
  })

  test('every feature folder is in the order, and nothing else is', async () => {
    const folders = new Set((await sources()).map(featureOf).filter(feature => feature !== undefined))
    expect([...folders].sort()).toEqual([...ORDER].sort())
  })

  test.each([
    ['a layer above', 'src/lib/x.ts', `import type { App } from '../app.ts'`],
    ['a layer above, by alias', 'src/features/days/x.ts', `import { createDispatch } from '#src/dispatch.ts'`],
    ['a layer above, lazily', 'src/chat/x.ts', `const x = await import('../features/days/index.ts')`],
    ['a neighbour', 'commands/x.ts', `import { startSender } from '#src/jobs/sender.ts'`],
    ['another adapter', 'src/adapters/discord/x.ts', `import { y } from '../telegram/y.ts'`],
    ['a later feature', 'src/features/days/x.ts', `import { book } from '../points/index.ts'`],
    ['a feature past its index', 'commands/x.ts', `import { streakOf } from '#src/features/checkin/streak.ts'`],
    ['src from a migration', 'migrations/0009-x.ts', `import { toNumber } from '../src/db/index.ts'`],
    ['a library past its door', 'src/http/x.ts', `import { Bot } from 'grammy'`],
    ['part of a library past its door', 'src/chat/x.ts', `import { html } from 'hono/html'`],
    ['Kysely above the features', 'src/dispatch.ts', `import { sql } from 'kysely'`],
    ['a driver outside db', 'src/features/x/x.ts', `import pg from 'pg'`],
    ['Temporal by name', 'src/features/days/x.ts', 'const now = Temporal.Now.instant()'],
    ['no layer', 'src/elsewhere/x.ts', ''],
  ])('importing %s is reported', (_, path, source) => {
    expect(violations(path, source)).not.toEqual([])
  })

  test.each([
    ['src/features/checkin/x.ts', `import { todayOf } from '../days/index.ts'`],
    ['commands/x.ts', `import { checkIn } from '#src/features/checkin/index.ts'`],
    ['src/adapters/telegram/x.ts', `import { Bot } from 'grammy'`],
    ['migrations/0009-x.ts', `import { sql } from 'kysely'`],
  ])('%s may do what its layer is for', (path, source) => {
    expect(violations(path, source)).toEqual([])
  })
})

describe('the schema', () => {
  test('every table has exactly one owner among the features', async () => {
    const [sqlite] = engines
    if (!sqlite) throw new Error('SQLite is always there')
    await using opened = await testApp(sqlite)
    const tables = (await opened.app.db.introspection.getTables()).map(table => table.name)
    expect(tables).toContain('checkins')
    expect(contributions.flatMap(({ tables: owned }) => owned).sort()).toEqual(tables.sort())
  })
})
