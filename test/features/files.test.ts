// The files folder and the rows that name what is in it.
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import { ensureFileSecret, keepFile, sweepOrphans } from '#src/features/files/index.ts'
import { testApp } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ada, join as arrive } from './scene.ts'

const DAY = 24 * 3_600_000

forEachEngine('the files folder', engine => {
  test('is swept of bytes that no row names, once they are a day old', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await transaction(app, ensureFileSecret)
    const { accountId } = await arrive(app, ada)
    const put = async (name: string, old: boolean) => {
      const path = await app.files.put(Buffer.from(name))
      const at = new Date(Date.now() - (old ? 2 * DAY : 0))
      await utimes(join(app.files.root, path), at, at)
      return path
    }
    const [kept, orphan, fresh] = [await put('kept', true), await put('orphan', true), await put('fresh', false)]
    const written = { path: kept, name: 'kept.txt', kind: 'text', bytes: 4, sha256: '0' } as const
    await transaction(app, inner => keepFile(inner, written, { accountId, communityId: null }))
    expect(await sweepOrphans(app)).toBe(1)
    expect(await Promise.all([kept, orphan, fresh].map(async path => (await app.files.get(path)) !== null))).toEqual([
      true,
      false,
      true,
    ])
  })

  test('is not swept by another database, which knows none of its files', async () => {
    await using opened = await testApp(engine)
    await using stranger = await testApp(engine, { seed: 2 })
    const { app } = opened
    for (const each of [app, stranger.app]) await transaction(each, ensureFileSecret)
    const paths = [await app.files.put(Buffer.from('one')), await app.files.put(Buffer.from('two'))]
    const at = new Date(Date.now() - 2 * DAY)
    for (const path of paths) await utimes(join(app.files.root, path), at, at)
    const { accountId } = await arrive(app, ada)
    const written = { path: paths[0] ?? '', name: 'one.txt', kind: 'text', bytes: 3, sha256: '0' } as const
    await transaction(app, inner => keepFile(inner, written, { accountId, communityId: null }))
    expect(await sweepOrphans(app)).toBe(1)
    expect(await sweepOrphans({ ...stranger.app, files: app.files })).toBe(0)
    expect(await app.files.get(paths[0] ?? '')).not.toBeNull()
    expect(stranger.lines.map(({ message }) => message)).toEqual([
      'the files folder is that of another database; nothing in it is swept',
    ])
  })
})
