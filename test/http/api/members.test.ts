// Members and activity over the API: who is there, what they did, page by page.
import { expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import { ensureFileSecret, keepFile } from '#src/features/files/index.ts'
import { depart } from '#src/features/people/index.ts'
import { changeProfile } from '#src/features/profiles/index.ts'
import { DAY_LENGTH, MINUTE } from '#src/lib/time.ts'
import { join, lin, mo, OWLS } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { type Served, served } from './harness.ts'

const names = (answer: Awaited<ReturnType<Served['ask']>>) => (answer.body.data ?? []).map(({ name }) => name)

/** Everything on all pages, and how many pages that were. */
async function walk(api: Served, first: string, between = async () => {}) {
  const items: Array<Record<string, unknown>> = []
  let pages = 0
  for (let at: string | null = first; at !== null; pages++) {
    const { status, body } = await api.ask('GET', at)
    expect(status).toBe(200)
    items.push(...(body.data ?? []))
    at = body.next ?? null
    if (pages === 0) await between()
  }
  return { items, pages }
}

forEachEngine('/members', engine => {
  test('shows each with role, zone, points and the streak as of now, and nothing that leads to their accounts', async () => {
    await using api = await served(engine)
    const { app, test: opened } = api
    await checkIn(app, api.ada, { at: opened.clock.now() })
    opened.clock.advance(DAY_LENGTH)
    await checkIn(app, api.ada, { at: opened.clock.now() })
    const { memberId } = await join(app, mo)
    const expected = {
      id: api.ada.memberId,
      name: 'Ada',
      role: 'member',
      joined_at: '2026-03-04T10:00:00.000Z',
      left_at: null,
      zone: 'UTC',
      photo: null,
      points: 20,
      streak: { current: 2, longest: 2, total: 2 },
    }
    const { body } = await api.ask('GET', '/members')
    expect(body.data?.[0]).toEqual(expected)
    expect(body.data?.[2]).toMatchObject({ id: memberId, name: 'Mo', role: 'manager', points: 0 })
    expect((await api.ask('GET', `/members/${api.ada.memberId}`)).body).toEqual(expected)
    opened.clock.advance(2 * DAY_LENGTH)
    expect((await api.ask('GET', `/members/${api.ada.memberId}`)).body).toMatchObject({
      streak: { current: 0, longest: 2, total: 2 },
    })
  })

  test('come with a link to their photo that works for a quarter of an hour and needs no key', async () => {
    await using api = await served(engine)
    const { app, test: opened } = api
    const photo = await transaction(app, async inner => {
      await ensureFileSecret(inner)
      const { id: personId } = await inner.db
        .selectFrom('accounts')
        .select('person_id as id')
        .where('id', '=', api.ada.accountId)
        .executeTakeFirstOrThrow()
      const bytes = { name: 'me.jpg', kind: 'jpeg', bytes: 4, sha256: '' } as const
      const file = await keepFile(inner, { ...bytes, path: await app.files.put(Buffer.from('JPEG')) }, api.ada)
      await changeProfile(inner, personId, { photo: file.id }, app.clock.now())
      return file.id
    })
    const { body } = await api.ask('GET', `/members/${api.ada.memberId}`)
    const path = String(body.photo)
    expect(path).toMatch(new RegExp(`^/files/${photo}\\?until=\\d+&signature=`))
    const at = new URL(path, api.url)
    const answer = await fetch(at)
    expect([answer.status, await answer.text()]).toEqual([200, 'JPEG'])
    expect(answer.headers.get('content-disposition')).toContain('attachment')
    opened.clock.advance(15 * MINUTE)
    expect((await fetch(at)).status).toBe(404)
  })

  test('are those who are here, unless those who left are asked for', async () => {
    await using api = await served(engine)
    const { app } = api
    await transaction(app, inner => depart(inner, 'telegram', OWLS, lin, app.clock.now()))
    expect(names(await api.ask('GET', '/members'))).toEqual(['Ada'])
    expect(names(await api.ask('GET', '/members?state=left'))).toEqual(['Lin'])
    expect(names(await api.ask('GET', '/members?state=any'))).toEqual(['Ada', 'Lin'])
  })

  test('come page by page, each once, while others join', async () => {
    await using api = await served(engine)
    const more = (from: number) =>
      Promise.all(
        Array.from({ length: 5 }, (_, i) => join(api.app, { platformId: `${from + i}`, name: `M${from + i}` })),
      )
    await more(100)
    const { items, pages } = await walk(api, '/members?limit=3&state=any', async () => {
      api.test.clock.advance(1)
      await more(200)
    })
    expect(pages).toBe(4)
    const ids = items.map(({ id }) => id)
    expect(ids).toHaveLength(12)
    expect(new Set(ids).size).toBe(12)
    expect(ids).toEqual([...ids].sort())
    expect((await walk(api, '/members?limit=12')).pages).toBe(1)
    expect((await walk(api, '/members?limit=11')).pages).toBe(2)
  })

  test('every mistake in the query is named, all at once', async () => {
    await using api = await served(engine)
    const { status, body } = await api.ask('GET', '/members?limit=0&state=gone&cursor=abc&order=name')
    expect([status, body.code]).toEqual([422, 'refusal.request.fields'])
    expect(body.errors?.map(({ in: where, field, code }) => [where, field, code]).sort()).toEqual([
      ['query', 'cursor', 'refusal.field.cursor'],
      ['query', 'limit', 'refusal.arg.least'],
      ['query', 'order', 'refusal.field.unknown'],
      ['query', 'state', 'refusal.arg.choice'],
    ])
    expect(body.errors?.find(({ field }) => field === 'limit')?.detail).toBe('“limit” must be at least 1; you wrote 0.')
    for (const limit of ['101', '1.5', 'ten', '', '5&limit=6'])
      expect((await api.ask('GET', `/members?limit=${limit}`)).status).toBe(422)
    expect((await api.ask('GET', `/members/${'x'.repeat(41)}`)).body.errors?.[0]?.code).toBe('refusal.field.id')
    expect((await api.ask('GET', '/members/mem0')).body.code).toBe('refusal.member.unknown')
  })

  test('a cursor is good for its own list alone', async () => {
    await using api = await served(engine)
    await checkIn(api.app, api.ada, { at: api.app.clock.now() })
    await checkIn(api.app, api.lin, { at: api.app.clock.now() })
    const next = String((await api.ask('GET', '/members?limit=1')).body.next)
    const cursor = new URL(next, api.url).searchParams.get('cursor')
    expect((await api.ask('GET', next)).status).toBe(200)
    expect((await api.ask('GET', `/activity?cursor=${cursor}`)).body.errors?.[0]?.code).toBe('refusal.field.cursor')
    const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const value of [
      ['members', 5],
      ['members', 'A\u0000'],
      ['activity', 0],
      ['activity', 1e30],
      'members',
      null,
      {},
    ])
      for (const list of ['/members', '/activity'])
        expect((await api.ask('GET', `${list}?cursor=${forged(value)}`)).status).toBe(422)
  })
})

forEachEngine('/activity', engine => {
  test('tells what happened, the newest first, with those details alone that are meant to be seen', async () => {
    await using api = await served(engine)
    await checkIn(api.app, api.ada, { at: api.app.clock.now(), note: 'between me and my diary' })
    const { body } = await api.ask('GET', '/activity')
    expect(body.data?.[0]).toEqual({
      id: expect.any(Number),
      kind: 'checkin',
      member: api.ada.memberId,
      day: '2026-03-04',
      at: '2026-03-04T10:00:00.000Z',
      details: { camp: 'daily' },
    })
    expect(JSON.stringify(body)).not.toContain('diary')
  })

  test('can be narrowed to a member and a kind, page by page, while more happens', async () => {
    await using api = await served(engine)
    const { app, test: opened } = api
    for (let i = 0; i < 5; i++) {
      await checkIn(app, api.ada, { at: opened.clock.now() })
      await checkIn(app, api.lin, { at: opened.clock.now() })
      opened.clock.advance(DAY_LENGTH)
    }
    const { items } = await walk(api, `/activity?limit=2&kind=checkin&member=${api.ada.memberId}`, async () => {
      await checkIn(app, api.ada, { at: opened.clock.now() })
    })
    expect(items.map(({ day }) => day)).toEqual(['2026-03-08', '2026-03-07', '2026-03-06', '2026-03-05', '2026-03-04'])
    expect((await walk(api, '/activity?kind=checkin&limit=4')).items).toHaveLength(11)
    expect((await api.ask('GET', '/activity?kind=member.left')).body).toEqual({ data: [], next: null })
    expect((await api.ask('GET', '/activity?kind=nonsense')).body.errors?.[0]?.code).toBe('refusal.arg.choice')
    expect((await api.ask('GET', '/activity?member=mem0')).body).toEqual({ data: [], next: null })
  })
})
