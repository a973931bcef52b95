// Idempotency keys: whatever is sent twice has one effect, also at the same moment and in two processes.
import { expect, test } from 'vitest'
import { tick } from '#src/jobs/ticker.ts'
import { DAY_LENGTH } from '#src/lib/time.ts'
import { count } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ask, type Served, serve, served } from './harness.ts'

const named = (name: string) => ({ 'idempotency-key': name })
const award = (source: string, amount = 5) => ({ amount, reason: 'Talk of the month', source })
const path = (api: Served, who = api.ada) => `/members/${who.memberId}/points/entries`
const kept = (api: Served) => api.app.db.selectFrom('idempotency_keys').selectAll().execute()

forEachEngine('a request with an Idempotency-Key', engine => {
  test('that is sent again is answered again, and does nothing more', async () => {
    await using api = await served(engine)
    const first = await api.ask('POST', path(api), { body: award('a'), headers: named('one') })
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null])
    const again = await api.ask('POST', path(api), { body: award('a'), headers: named('one') })
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    expect(again.body).toEqual(first.body)
    expect(await count(api.app, 'ledger')).toBe(1)
  })

  test('is refused when the name belongs to another request: other body, other path, other query', async () => {
    await using api = await served(engine)
    await api.ask('POST', path(api), { body: award('a'), headers: named('one') })
    for (const [to, body] of [
      [path(api), award('b')],
      [path(api, api.lin), award('a')],
      [`${path(api)}?x=1`, award('a')],
    ] as const) {
      const { status, body: told } = await api.ask('POST', to, { body, headers: named('one') })
      expect([status, told.code]).toEqual([422, 'refusal.request.repeated'])
    }
    expect((await api.ask('PATCH', '/settings', { body: {}, headers: named('one') })).status).toBe(422)
    expect(await count(api.app, 'ledger')).toBe(1)
  })

  test('has its name to itself: another key may use the same', async () => {
    await using api = await served(engine)
    await api.ask('POST', path(api), { body: award('a'), headers: named('one') })
    const other = { key: api.otherKey, body: award('a'), headers: named('one') }
    expect((await api.ask('POST', path(api, api.eve), other)).status).toBe(201)
    expect(await kept(api)).toHaveLength(2)
  })

  test('that was refused has used up nothing: mended, it goes under the same name', async () => {
    await using api = await served(engine)
    const headers = named('one')
    expect((await api.ask('POST', path(api), { body: award('a', -5), headers })).body.code).toBe('refusal.award.few')
    expect((await api.ask('POST', path(api), { body: award('a', 0), headers })).status).toBe(422)
    expect((await api.ask('POST', '/members/mem0/points/entries', { body: award('a'), headers })).status).toBe(404)
    expect(await kept(api)).toEqual([])
    expect((await api.ask('POST', path(api), { body: award('a'), headers })).status).toBe(201)
  })

  test('whose name cannot be one is refused', async () => {
    await using api = await served(engine)
    for (const name of ['', 'two words', 'x'.repeat(101)]) {
      const { status, body } = await api.ask('POST', path(api), { body: award('a'), headers: named(name) })
      expect([status, body.errors?.[0]?.in, body.errors?.[0]?.code]).toEqual([422, 'header', 'refusal.field.name'])
    }
    expect(await count(api.app, 'ledger')).toBe(0)
  })

  test('is remembered for a day, and forgotten by the tick after it', async () => {
    await using api = await served(engine)
    const send = () => api.ask('PATCH', '/settings', { body: { day_start: 3 }, headers: named('one') })
    await send()
    api.test.clock.advance(DAY_LENGTH - 1)
    await tick(api.app, [])
    expect((await send()).headers.get('idempotency-replayed')).toBe('true')
    api.test.clock.advance(1)
    await tick(api.app, [])
    expect(await kept(api)).toEqual([])
    expect((await send()).headers.get('idempotency-replayed')).toBeNull()
  })

  test.each([
    ['in one process', 1],
    ['in two', 2],
  ])('twenty times at the same moment %s has one effect, and all are answered alike', async (_, processes) => {
    await using api = await served(engine)
    await using second = await serve(processes === 2 ? await api.test.another() : api.app)
    const urls = [api.url, processes === 2 ? second.url : api.url]
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        ask(urls[i % 2] ?? '', 'PATCH', '/settings', api.key, { body: { day_start: 3 }, headers: named('one') }),
      ),
    )
    expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1)
    expect(await kept(api)).toHaveLength(1)
  })

  test('at the same moment as another request under the same name: one is done, the other refused', async () => {
    await using api = await served(engine)
    await using second = await serve(await api.test.another())
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        ask(i % 2 ? api.url : second.url, 'POST', path(api), api.key, {
          body: award(i % 2 ? 'odd' : 'even'),
          headers: named('one'),
        }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(6).fill(201), ...Array(6).fill(422)])
    expect(await count(api.app, 'ledger')).toBe(1)
  })
})

forEachEngine('one source', engine => {
  test('twenty times at the same moment, without any Idempotency-Key, is one entry', async () => {
    await using api = await served(engine)
    await using second = await serve(await api.test.another())
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        ask(i % 2 ? api.url : second.url, 'POST', path(api), api.key, { body: award('same') }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201])
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await count(api.app, 'ledger')).toBe(1)
    expect(await count(api.app, 'activity')).toBe(1)
  })

  test('points taken back twice at the same moment never go below 0', async () => {
    await using api = await served(engine)
    await using second = await serve(await api.test.another())
    await api.ask('POST', path(api), { body: award('earned', 10) })
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        ask(i % 2 ? api.url : second.url, 'POST', path(api), api.key, { body: award(`back-${i}`, -7) }),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect((await api.ask('GET', `/members/${api.ada.memberId}/points`)).body.points).toBe(3)
  })
})
