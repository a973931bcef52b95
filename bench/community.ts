/** A migrated database with one community of members, for benchmarks. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type App, createApp, transaction } from '#src/app.ts'
import { createFolder } from '#src/db/folder.ts'
import { openEngine } from '#src/db/index.ts'
import { migrate } from '#src/db/migrate.ts'
import { arrive, openDirect } from '#src/features/people/index.ts'
import { createIds, systemRandom } from '#src/lib/ids.ts'
import { createLog } from '#src/log.ts'

export interface BenchMember {
  readonly memberId: string
  readonly accountId: string
  readonly communityId: string
  readonly platformId: string
}

export interface BenchDatabase extends AsyncDisposable {
  readonly url: string
}

/** A PostgreSQL to measure on: TEST_DATABASE_URL, or one on this machine's standard port; else why not. */
export async function findPostgres(): Promise<{ url: string } | { why: string }> {
  const url = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.end()
    return { url }
  } catch (error) {
    return {
      why: `no PostgreSQL answers at TEST_DATABASE_URL or 127.0.0.1:5432 (${error instanceof Error ? error.message : 'unknown reason'})`,
    }
  }
}

/** A new SQLite file, or a new database on the server. */
export async function newDatabase(postgres?: string): Promise<BenchDatabase> {
  if (postgres === undefined) {
    const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'))
    return {
      url: `sqlite:${join(folder, 'bench.db')}`,
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    }
  }
  const name = `muster_bench_${randomBytes(6).toString('hex')}`
  const onServer = async (statement: string) => {
    const client = new pg.Client({ connectionString: postgres })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await onServer(`create database ${name}`)
  const url = new URL(postgres)
  url.pathname = `/${name}`
  return { url: url.href, [Symbol.asyncDispose]: () => onServer(`drop database ${name} with (force)`) }
}

/** Opens, migrates and fills a database with members of one group. */
export async function openCommunity(
  url: string,
  size: number,
  options: { synchronous?: 'full' | 'normal' } = {},
): Promise<{ app: App; members: BenchMember[] }> {
  const engine = await openEngine(url, options)
  await migrate(engine)
  const now = () => Date.now()
  const app = createApp({
    engine,
    clock: { now },
    ids: createIds(now, systemRandom),
    random: systemRandom,
    log: createLog('error', []),
    defaults: { zone: 'Europe/London', locale: 'en' },
    files: createFolder(join(tmpdir(), 'muster-bench-files'), systemRandom),
  })
  const members: BenchMember[] = []
  await transaction(app, async inner => {
    for (let i = 0; i < size; i++) {
      const where = {
        platform: 'telegram' as const,
        bot: 'telegram:1',
        place: { platformId: '-100', kind: 'supergroup' as const, title: 'Bench' },
      }
      const platformId = String(1000 + i)
      const arrival = await arrive(inner, where, { platformId, name: `Member ${i}`, locale: 'en' }, now())
      await openDirect(inner, arrival.accountId, true, now())
      members.push({
        memberId: arrival.memberId,
        accountId: arrival.accountId,
        communityId: arrival.place.communityId,
        platformId,
      })
    }
  })
  return { app, members }
}
