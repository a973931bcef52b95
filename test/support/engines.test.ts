import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { type Engine, forEachEngine, freshDatabase, templateDatabase } from './engines.ts'

/** Runs statements on whichever engine the address names; the answer of the last, as rows. */
async function sql(url: string, ...statements: string[]): Promise<unknown[]> {
  if (url.startsWith('sqlite:')) {
    const database = new Sqlite(url.slice('sqlite:'.length))
    try {
      database.pragma('journal_mode = wal')
      let rows: unknown[] = []
      for (const statement of statements) {
        const prepared = database.prepare(statement)
        if (prepared.reader) rows = prepared.all()
        else prepared.run()
      }
      return rows
    } finally {
      database.close()
    }
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let rows: unknown[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

const counted = (engine: Engine) => {
  let prepared = 0
  const template = templateDatabase(`counted_${engine.name}_${process.pid}`, async url => {
    prepared++
    await sql(url, 'create table camps (name text not null)', `insert into camps values ('spring')`)
  })
  return { template, times: () => prepared }
}

forEachEngine('a fresh database', engine => {
  test('is empty and shares nothing with the next one', async () => {
    await using one = await freshDatabase(engine)
    await using two = await freshDatabase(engine)
    expect(one.url).not.toBe(two.url)
    await sql(one.url, 'create table camps (name text not null)', `insert into camps values ('spring')`)
    await sql(two.url, 'create table camps (name text not null)')
    expect(await sql(one.url, 'select name from camps')).toEqual([{ name: 'spring' }])
    expect(await sql(two.url, 'select name from camps')).toEqual([])
  })

  test('is gone after drop, even with a connection still open', async () => {
    const database = await freshDatabase(engine)
    await sql(database.url, 'create table camps (name text not null)')
    const open = engine.name === 'postgres' ? new pg.Client({ connectionString: database.url }) : undefined
    const cut = new Promise(resolve => open?.on('error', resolve))
    await open?.connect()
    await database.drop()
    if (open) {
      await cut
      await expect(sql(database.url, 'select 1')).rejects.toThrow('does not exist')
    } else {
      await expect(sql(database.url, 'select name from camps')).rejects.toThrow('no such table')
      await database.drop()
    }
  })

  test('made from a template holds what was prepared once, and changes stay its own', async () => {
    const { template, times } = counted(engine)
    await using one = await freshDatabase(engine, template)
    await sql(one.url, `insert into camps values ('autumn')`)
    await using two = await freshDatabase(engine, template)
    expect(await sql(two.url, 'select name from camps')).toEqual([{ name: 'spring' }])
    expect(times()).toBe(1)
  })

  test('several at once from one template are all made', async () => {
    const { template } = counted(engine)
    await using stack = new AsyncDisposableStack()
    const all = await Promise.all(Array.from({ length: 4 }, () => freshDatabase(engine, template)))
    for (const database of all) stack.use(database)
    expect(new Set(all.map(database => database.url)).size).toBe(4)
    for (const { url } of all) expect(await sql(url, 'select name from camps')).toEqual([{ name: 'spring' }])
  })

  test('a template whose preparation fails fails the caller, and can be made later', async () => {
    let fail = true
    const template = templateDatabase(`retried_${engine.name}`, async url => {
      if (fail) throw new Error('no migrations today')
      await sql(url, 'create table camps (name text not null)')
    })
    await expect(freshDatabase(engine, template)).rejects.toThrow('no migrations today')
    fail = false
    await using database = await freshDatabase(engine, template)
    expect(await sql(database.url, 'select name from camps')).toEqual([])
  })
})

describe('a SQLite template', () => {
  test('that is still open when it is copied is refused', async () => {
    let open: Sqlite.Database | undefined
    const template = templateDatabase('left_open', async url => {
      open = new Sqlite(url.slice('sqlite:'.length))
      open.pragma('journal_mode = wal')
      open.exec('create table camps (name text not null)')
    })
    const engine: Engine = { name: 'sqlite', label: 'SQLite', available: true }
    await expect(freshDatabase(engine, template)).rejects.toThrow('left its SQLite connection open')
    open?.close()
  })
})
