// What people say about themselves: a part at a time, taken away as easily, and a photo that is replaced is deleted.
import { expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { keepFile, removeDeleted } from '#src/features/files/index.ts'
import { changeProfile, type Profile, profileOf } from '#src/features/profiles/index.ts'
import { START } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ada, join, lin } from './scene.ts'

async function somebody(app: App, who = ada) {
  const { accountId, communityId } = await join(app, who)
  const { person_id: personId } = await app.db
    .selectFrom('accounts')
    .select('person_id')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow()
  return {
    personId,
    change: (change: Partial<Profile>) =>
      transaction(app, inner => changeProfile(inner, personId, change, app.clock.now())),
    photo: async (words: string) => {
      const bytes = new TextEncoder().encode(words)
      const path = await app.files.put(bytes)
      const file = { path, name: 'me.jpg', kind: 'jpeg', bytes: bytes.length, sha256: 'f'.repeat(64) } as const
      const { id } = await transaction(app, inner => keepFile(inner, file, { accountId, communityId }))
      return { id, path }
    },
  }
}

forEachEngine('a profile', engine => {
  test('is empty until somebody says something, and each part is changed and taken away by itself', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { personId, change } = await somebody(app)
    const other = await somebody(app, lin)
    expect(await profileOf(app, personId)).toEqual({ about: null, link: null, photo: null })
    await change({ about: 'I count stars.' })
    await change({ link: 'https://example.org/ada' })
    await change({ about: undefined })
    expect(await profileOf(app, personId)).toEqual({
      about: 'I count stars.',
      link: 'https://example.org/ada',
      photo: null,
    })
    await change({ about: null })
    expect(await profileOf(app, personId)).toEqual({ about: null, link: 'https://example.org/ada', photo: null })
    expect(await profileOf(app, other.personId)).toEqual({ about: null, link: null, photo: null })
  })

  test('keeps one photo: the one before is deleted, and its bytes with it', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { change, photo } = await somebody(app)
    const [first, second] = [await photo('first'), await photo('second')]
    await change({ photo: first.id })
    await change({ about: 'hello' })
    await change({ photo: first.id })
    const deleted = async () =>
      (await app.db.selectFrom('files').select(['id', 'deleted_at']).orderBy('id').execute()).map(row => [
        row.id,
        row.deleted_at,
      ])
    const rows = (one: number | null, two: number | null) =>
      [
        [first.id, one],
        [second.id, two],
      ].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
    expect(await deleted()).toEqual(rows(null, null))
    await change({ photo: second.id })
    expect(await deleted()).toEqual(rows(START, null))
    await removeDeleted(app)
    expect(await app.files.get(first.path)).toBeNull()
    expect(await app.files.get(second.path)).not.toBeNull()
    await change({ photo: null })
    expect(await deleted()).toEqual(rows(START, START))
  })
})
