import { expect, test } from 'vitest'
import {
  createKey,
  findKey,
  listKeys,
  looksLikeKey,
  once,
  purgeIdempotencyKeys,
  revokeKey,
  touchKey,
} from '#src/features/apikeys/index.ts'
import { auditEntries } from '#src/features/audit/index.ts'
import { hashSecret } from '#src/lib/ids.ts'
import { DAY_LENGTH, MINUTE } from '#src/lib/time.ts'
import { START } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ada, join, lin } from './scene.ts'

const scopes = ['members:read', 'points:write']
const LARKS = { platformId: '-200', kind: 'group', title: 'Larks' } as const

forEachEngine('an API key', engine => {
  test('is found by its hash alone; its text is stored nowhere', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { communityId } = await join(app, ada)
    const { id, text } = await createKey(app, { communityId, name: 'Website', scopes })
    expect(text).toMatch(/^mst_[A-Za-z0-9_-]{43}$/)
    expect(looksLikeKey(text)).toBe(true)
    for (const other of [text.slice(1), `${text}x`, text.slice(4), `${text}\n`, ''])
      expect(looksLikeKey(other)).toBe(false)
    const expected = { id, communityId, name: 'Website', scopes, createdAt: START, lastUsedAt: null, revokedAt: null }
    expect(await findKey(app, hashSecret(text))).toEqual(expected)
    expect(await findKey(app, text)).toBeNull()
    const stored = [
      await app.db.selectFrom('api_keys').selectAll().execute(),
      await app.db.selectFrom('audit').selectAll().execute(),
    ]
    expect(JSON.stringify(stored)).not.toContain(text.slice(4))
  })

  test('is never the same as another', async () => {
    await using opened = await cleanApp(engine)
    const { communityId } = await join(opened.app, ada)
    const made = await Promise.all(
      Array.from({ length: 20 }, () => createKey(opened.app, { communityId, name: 'x', scopes })),
    )
    expect(new Set(made.map(({ text }) => text)).size).toBe(20)
  })

  test('ends when it is revoked, once and for good; both are in the audit of its community', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { communityId } = await join(app, ada)
    const { id, text } = await createKey(app, { communityId, name: 'Website', scopes })
    opened.clock.advance(MINUTE)
    expect(await revokeKey(app, 'key0')).toBe('unknown')
    expect(await revokeKey(app, id)).toBe('revoked')
    opened.clock.advance(MINUTE)
    expect(await revokeKey(app, id)).toBe('revoked-before')
    expect(await findKey(app, hashSecret(text))).toBeNull()
    expect((await listKeys(app)).map(({ revokedAt }) => revokedAt)).toEqual([START + MINUTE])
    const audited = await auditEntries(app, communityId, 10)
    expect(audited.map(({ action, subject, who, before, after }) => [action, subject, who, before, after])).toEqual([
      ['apikey.revoked', id, null, { name: 'Website', scopes }, null],
      ['apikey.created', id, null, null, { name: 'Website', scopes }],
    ])
  })

  test('belongs to one community, and follows it into another that it became part of', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const owls = await join(app, ada)
    const larks = await join(app, lin, LARKS)
    const { text } = await createKey(app, { communityId: owls.communityId, name: 'x', scopes })
    expect(await listKeys(app, larks.communityId)).toEqual([])
    const merge = (into: string | null) =>
      app.engine.transaction(db =>
        db.updateTable('communities').set({ merged_into: into }).where('id', '=', owls.communityId).execute(),
      )
    await merge(larks.communityId)
    expect((await findKey(app, hashSecret(text)))?.communityId).toBe(larks.communityId)
    await merge(null)
    expect((await findKey(app, hashSecret(text)))?.communityId).toBe(owls.communityId)
  })

  test('has its last use written at most once a minute, also by two processes', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { communityId } = await join(app, ada)
    const { text } = await createKey(app, { communityId, name: 'x', scopes })
    const read = async () => {
      const key = await findKey(app, hashSecret(text))
      if (!key) throw new Error('it is there')
      return key
    }
    const stale = await read()
    await touchKey(app, stale, START)
    await touchKey(app, stale, START + MINUTE - 1)
    expect((await read()).lastUsedAt).toBe(START)
    await touchKey(app, await read(), START + MINUTE)
    expect((await read()).lastUsedAt).toBe(START + MINUTE)
  })
})

forEachEngine('work under an idempotency key', engine => {
  test('that fails leaves the key unused, and what it had written undone', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { communityId } = await join(app, ada)
    const { id } = await createKey(app, { communityId, name: 'x', scopes })
    const claim = { apiKeyId: id, key: 'one', requestHash: 'h' }
    const failing = once(app, claim, async inner => {
      await inner.db.updateTable('members').set({ name: 'Somebody' }).execute()
      throw new Error('on the way')
    })
    await expect(failing).rejects.toThrow('on the way')
    expect((await app.db.selectFrom('members').select('name').executeTakeFirst())?.name).toBe('Ada')
    const done = await once(app, claim, async () => ({ status: 201, response: '{}' }))
    expect(done).toEqual({ kind: 'done', status: 201, response: '{}' })
    const never = async () => Promise.reject(new Error('it runs once'))
    expect(await once(app, claim, never)).toEqual({ kind: 'replayed', status: 201, response: '{}' })
    expect(await once(app, { ...claim, requestHash: 'i' }, never)).toEqual({ kind: 'other-request' })
    opened.clock.advance(DAY_LENGTH)
    expect(await purgeIdempotencyKeys(app)).toBe(1)
    expect(await purgeIdempotencyKeys(app)).toBe(0)
  })
})
