import SqliteDatabase from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { type App, grouped, transaction } from '#src/app.ts'
import { openEngine } from '#src/db/index.ts'
import { testApp } from '#test/support/app.ts'
import { engines, forEachEngine, freshDatabase } from '#test/support/engines.ts'

const put = (app: App, key: string, value = 'x') => app.db.insertInto('meta').values({ key, value }).execute()
const keys = async (app: App) =>
  (await app.db.selectFrom('meta').select('key').orderBy('key').execute()).map(row => row.key)
const gate = () => Promise.withResolvers<void>()

forEachEngine('a transaction', engine => {
  test('that fails leaves nothing, and the caller gets its error', async () => {
    await using opened = await testApp(engine)
    const { app } = opened
    const failing = transaction(app, async inner => {
      await put(inner, 'a')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await keys(app)).toEqual([])
  })

  test('resolves only after COMMIT: whoever looks then, from any connection, sees it', async () => {
    await using opened = await testApp(engine)
    const { app } = opened
    const other = await opened.another()
    for (const how of [transaction, grouped]) {
      const work = Array.from({ length: 20 }, async (_, i) => {
        const key = `${how.name} ${String(i).padStart(2, '0')}`
        await how(app, inner => put(inner, key))
        expect(await keys(other)).toContain(key)
      })
      await Promise.all(work)
    }
    expect(await keys(other)).toHaveLength(40)
  })

  test('shows nobody outside what it has not committed', async () => {
    await using opened = await testApp(engine)
    const { app } = opened
    const other = await opened.another()
    const written = gate()
    const goOn = gate()
    const running = transaction(app, async inner => {
      await put(inner, 'a')
      written.resolve()
      await goOn.promise
    })
    await written.promise
    expect(await keys(app)).toEqual([])
    expect(await keys(other)).toEqual([])
    goOn.resolve()
    await running
    expect(await keys(other)).toEqual(['a'])
  })

  test('inside another joins it; one asked for with the outer app is refused instead of waiting for ever', async () => {
    await using opened = await testApp(engine)
    const { app } = opened
    await transaction(app, async inner => {
      await transaction(inner, innermost => put(innermost, 'a'))
      await grouped(inner, innermost => put(innermost, 'b'))
      expect(() => transaction(app, async () => {})).toThrow('inside another one')
      expect(() => grouped(app, async () => {})).toThrow('inside another one')
      expect(await keys(inner)).toEqual(['a', 'b'])
    })
    expect(await keys(app)).toEqual(['a', 'b'])
    await transaction(app, inner => put(inner, 'c'))
    expect(await keys(app)).toEqual(['a', 'b', 'c'])
  })

  test('counts come back as numbers', async () => {
    await using opened = await testApp(engine)
    const { app } = opened
    await transaction(app, inner => put(inner, 'a'))
    const { count } = await app.db
      .selectFrom('meta')
      .select(({ fn }) => fn.countAll().as('count'))
      .executeTakeFirstOrThrow()
    expect(count).toBe(1)
  })
})

forEachEngine('group commit', engine => {
  test('a failing one fails alone', async () => {
    await using opened = await testApp(engine)
    const { app } = opened
    await grouped(app, inner => put(inner, 'taken'))
    const outcomes = await Promise.allSettled([
      grouped(app, inner => put(inner, 'a')),
      grouped(app, async inner => {
        await put(inner, 'half')
        throw new Error('thrown')
      }),
      grouped(app, inner => put(inner, 'b')),
      grouped(app, async inner => {
        await put(inner, 'half')
        await put(inner, 'taken')
      }),
      grouped(app, inner => put(inner, 'c')),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(await keys(app)).toEqual(['a', 'b', 'c', 'taken'])
  })

  test('those that wait together share a COMMIT: none has an answer while one of them is still at work', async () => {
    await using opened = await testApp(engine)
    const { app } = opened
    const other = await opened.another()
    const reached = gate()
    const goOn = gate()
    let answered = 0
    const first = grouped(app, inner => put(inner, 'first')).then(() => answered++)
    const second = grouped(app, async inner => {
      reached.resolve()
      await goOn.promise
      await put(inner, 'second')
    }).then(() => answered++)
    await reached.promise
    expect(answered).toBe(0)
    expect(await keys(other)).toEqual([])
    goOn.resolve()
    await Promise.all([first, second])
    expect(await keys(other)).toEqual(['first', 'second'])
  })

  test('when the COMMIT fails, everyone in the group hears of it and nothing stays', async () => {
    await using opened = await testApp(engine)
    const { app } = opened
    const raw = (db: App['db'], sql: string) =>
      db.executeQuery({ ...db.selectFrom('meta').selectAll().compile(), sql, parameters: [] })
    // A constraint that is checked at COMMIT alone.
    await raw(app.engine.migrating, 'create table late (key text references meta (key) deferrable initially deferred)')
    const outcomes = await Promise.allSettled([
      grouped(app, inner => put(inner, 'a')),
      grouped(app, inner => raw(inner.db, `insert into late values ('nowhere')`)),
      grouped(app, inner => put(inner, 'b')),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await keys(app)).toEqual([])
    await grouped(app, inner => put(inner, 'c'))
    expect(await keys(app)).toEqual(['c'])
  })

  test('three hundred at once are all done, each once', async () => {
    await using opened = await testApp(engine)
    const { app } = opened
    await Promise.all(Array.from({ length: 300 }, (_, i) => grouped(app, inner => put(inner, String(i)))))
    expect(await keys(app)).toHaveLength(300)
  })
})

const sqlite = engines.filter(({ name }) => name === 'sqlite')
describe.each(sqlite)('the SQLite file', engine => {
  test('that is full fails those it could not hold, keeps what was committed, and works again afterwards', async () => {
    await using opened = await testApp(engine)
    const { app } = opened
    await grouped(app, inner => put(inner, 'before'))
    const raw = (sql: string) =>
      app.engine.migrating.executeQuery({ ...app.db.selectFrom('meta').selectAll().compile(), sql, parameters: [] })
    const pages = Object.values((await raw('pragma page_count')).rows[0] as Record<string, number>)[0] ?? 0
    await raw(`pragma max_page_count = ${pages}`)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, (_, i) => grouped(app, inner => put(inner, `big ${i}`, 'x'.repeat(20_000)))),
    )
    const kept = await keys(app)
    for (const [i, { status }] of outcomes.entries()) expect(kept.includes(`big ${i}`)).toBe(status === 'fulfilled')
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
    expect(kept).toContain('before')
    await raw('pragma max_page_count = 1000000')
    await grouped(app, inner => put(inner, 'after'))
    expect(await keys(app)).toContain('after')
  })

  test('held by another process is waited for without blocking this one', async () => {
    await using opened = await testApp(engine)
    const { app } = opened
    const other = new SqliteDatabase(opened.url.slice('sqlite:'.length))
    other.exec('begin immediate')
    let ticks = 0
    const ticking = setInterval(() => ticks++, 5)
    const waiting = grouped(app, inner => put(inner, 'a'))
    const { promise: seen, resolve } = Promise.withResolvers<void>()
    const look = setInterval(() => ticks > 10 && resolve(), 5)
    await seen
    clearInterval(look)
    expect(await keys(app)).toEqual([])
    other.exec('commit')
    await waiting
    clearInterval(ticking)
    other.close()
    expect(await keys(app)).toEqual(['a'])
  })

  test('refuses to be written through the reading connection', async () => {
    await using opened = await testApp(engine)
    await expect(put(opened.app, 'a')).rejects.toThrow('readonly')
  })

  test('keeps everything when it is opened by two processes at the same moment', async () => {
    await using database = await freshDatabase(engine)
    const opened = await Promise.all([openEngine(database.url), openEngine(database.url)])
    for (const each of opened) await each.close()
  })
})
