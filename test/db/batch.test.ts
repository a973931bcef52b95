import { expect, test } from 'vitest'
import { batched, snapshot, transaction } from '#src/app.ts'
import type { BatchWork } from '#src/db/index.ts'
import { testApp } from '#test/support/app.ts'
import { forEachEngine } from '#test/support/engines.ts'

forEachEngine('items of the same work', engine => {
  /** Writes keys; tells how many statements that took. */
  function writing() {
    const sizes: number[] = []
    const write: BatchWork<string, string> = async (db, keys) => {
      sizes.push(keys.length)
      await db
        .insertInto('meta')
        .values(keys.map(key => ({ key, value: 'x' })))
        .execute()
      return keys.map(key => `wrote ${key}`)
    }
    return { sizes, write }
  }

  test('share a statement, and each caller hears of its own', async () => {
    await using opened = await testApp(engine)
    const { sizes, write } = writing()
    const keys = Array.from({ length: 120 }, (_, i) => `key ${i}`)
    const outcomes = await Promise.all(keys.map(key => batched(opened.app, write, key)))
    expect(outcomes).toEqual(keys.map(key => `wrote ${key}`))
    expect(sizes).toEqual([50, 50, 20])
  })

  test('fail alone: one bad item leaves the others written', async () => {
    await using opened = await testApp(engine)
    const { write } = writing()
    const outcomes = await Promise.allSettled(['a', 'b', 'a', 'c'].map(key => batched(opened.app, write, key)))
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    const rows = await opened.app.db.selectFrom('meta').select('key').orderBy('key').execute()
    expect(rows.map(({ key }) => key)).toEqual(['a', 'b', 'c'])
  })

  test('are heard of only after COMMIT', async () => {
    await using opened = await testApp(engine)
    const other = await opened.another()
    const { write } = writing()
    await batched(opened.app, write, 'committed')
    expect(await other.db.selectFrom('meta').select('key').execute()).toEqual([{ key: 'committed' }])
  })

  test('inside a transaction are part of it', async () => {
    await using opened = await testApp(engine)
    const { write } = writing()
    const undone = transaction(opened.app, async inner => {
      await batched(inner, write, 'undone')
      throw new Error('never mind')
    })
    await expect(undone).rejects.toThrow('never mind')
    expect(await opened.app.db.selectFrom('meta').select('key').execute()).toEqual([])
    await transaction(opened.app, async () =>
      expect(batched(opened.app, write, 'outer')).rejects.toThrow('pass the inner app on'),
    )
  })

  test('a snapshot does not see what is written while it reads', async () => {
    await using opened = await testApp(engine)
    const { write } = writing()
    await batched(opened.app, write, 'before')
    const seen = await snapshot(opened.app, async reading => {
      const first = await reading.db.selectFrom('meta').select('key').execute()
      await batched(opened.app, write, 'meanwhile')
      return [first, await reading.db.selectFrom('meta').select('key').execute()]
    })
    expect(seen).toEqual([[{ key: 'before' }], [{ key: 'before' }]])
    expect(await opened.app.db.selectFrom('meta').select('key').execute()).toHaveLength(2)
  })
})
