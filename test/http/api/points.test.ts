// Points over the API: balances, the ledger, and awards that count once.
import { expect, test } from 'vitest'
import { loadCommands } from '#src/commands.ts'
import { verifyAll } from '#src/contributions.ts'
import { createDispatch } from '#src/dispatch.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { auditEntries } from '#src/features/audit/index.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import { ada, count, line, recorder, words } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { keyTo, type Served, served } from './harness.ts'

const quiz = { amount: 50, reason: 'Best answer of the week', source: 'quiz-7' }
const entries = ({ ada: who }: Served) => `/members/${who.memberId}/points/entries`
const pointsOf = async (api: Served) => (await api.ask('GET', `/members/${api.ada.memberId}/points`)).body

forEachEngine('points over the API', engine => {
  test('an award is an entry, a fact, a line in the audit, and a line in the member’s own history', async () => {
    await using api = await served(engine)
    const { app } = api
    await checkIn(app, api.ada, { at: app.clock.now() })
    const { status, body } = await api.ask('POST', entries(api), { body: quiz })
    const entry = {
      id: expect.any(Number),
      unit: 'points',
      amount: 50,
      source: 'award:quiz-7',
      reason: 'Best answer of the week',
      day: '2026-03-04',
      at: '2026-03-04T10:00:00.000Z',
    }
    expect([status, body]).toEqual([201, entry])
    expect(await pointsOf(api)).toEqual({ points: 60, coins: 0 })
    const { data } = (await api.ask('GET', entries(api))).body
    expect(data).toEqual([
      entry,
      { ...entry, amount: 10, source: expect.stringMatching(/^checkin:\d+$/), reason: null },
    ])
    expect((await api.ask('GET', '/activity?kind=points.awarded')).body.data).toEqual([
      {
        ...{ id: expect.any(Number), kind: 'points.awarded', member: api.ada.memberId },
        ...{ day: entry.day, at: entry.at, details: { amount: quiz.amount, source: quiz.source } },
      },
    ])
    const [change] = await auditEntries(app, api.owls.communityId, 1)
    expect(change).toMatchObject({
      ...{ action: 'points.awarded', subject: api.ada.memberId, who: null },
      ...{ before: { points: 10 }, after: { points: 60, amount: quiz.amount, source: quiz.source } },
    })
    const dispatch = createDispatch(app, await loadCommands())
    const responder = recorder()
    const received = await dispatch.receive(line(app, ada, '/points history'))
    if (received) await dispatch.process(received, responder)
    expect(words(responder.answers[0])).toContain('+50 · “Best answer of the week”')
    await consumeActivity(app)
    expect(await verifyAll(app)).toEqual([])
  })

  test('an award makes no day an active one', async () => {
    await using api = await served(engine)
    await api.ask('POST', entries(api), { body: quiz })
    await consumeActivity(api.app)
    expect(await api.app.db.selectFrom('activity_days').selectAll().execute()).toEqual([])
    expect(await verifyAll(api.app)).toEqual([])
  })

  test('one source counts once per member: the same again is shown, another is refused, another member has their own', async () => {
    await using api = await served(engine)
    const first = await api.ask('POST', entries(api), { body: quiz })
    const again = await api.ask('POST', entries(api), { body: quiz })
    expect([again.status, again.body]).toEqual([200, first.body])
    for (const other of [
      { ...quiz, amount: 51 },
      { ...quiz, reason: 'Another' },
    ]) {
      const { status, body } = await api.ask('POST', entries(api), { body: other })
      expect([status, body.code]).toEqual([409, 'refusal.award.source'])
      expect(body.detail).toContain('Best answer of the week')
    }
    expect((await api.ask('POST', `/members/${api.lin.memberId}/points/entries`, { body: quiz })).status).toBe(201)
    expect(await pointsOf(api)).toEqual({ points: 50, coins: 0 })
    expect(await count(api.app, 'ledger')).toBe(2)
  })

  test('points are taken back down to 0, and no further', async () => {
    await using api = await served(engine)
    await api.ask('POST', entries(api), { body: quiz })
    const take = (amount: number, source: string) =>
      api.ask('POST', entries(api), { body: { amount, reason: 'Counted twice', source } })
    const refused = await take(-51, 'too much')
    expect(refused.status).toBe(422)
    expect((await take(-51, 'too-much')).body).toMatchObject({
      code: 'refusal.award.few',
      detail: 'This member has 50 points; nobody goes below 0.',
    })
    expect((await take(-50, 'all')).status).toBe(201)
    expect(await pointsOf(api)).toEqual({ points: 0, coins: 0 })
    expect(await verifyAll(api.app)).toEqual([])
  })

  test('every field that is wrong is named, all at once, and nothing is written', async () => {
    await using api = await served(engine)
    const told = async (body: unknown) => {
      const answer = await api.ask('POST', entries(api), { body })
      expect([answer.status, answer.body.code]).toEqual([422, 'refusal.request.fields'])
      return Object.fromEntries((answer.body.errors ?? []).map(({ field, code }) => [field, code]))
    }
    const missing = 'refusal.field.missing'
    expect(await told({})).toEqual({ amount: missing, reason: missing, source: missing })
    expect(await told({ amount: 0, reason: '  ', source: 'a b', unit: 'coins' })).toEqual({
      amount: 'refusal.field.zero',
      reason: 'refusal.field.empty',
      source: 'refusal.field.name',
      unit: 'refusal.field.unknown',
    })
    expect(await told({ amount: 1.5, reason: 'x'.repeat(201), source: '' })).toEqual({
      amount: 'refusal.arg.whole',
      reason: 'refusal.arg.long',
      source: 'refusal.field.name',
    })
    expect(await told({ amount: '5', reason: 5, source: null })).toEqual({
      amount: 'refusal.arg.whole',
      reason: 'refusal.field.text',
      source: 'refusal.field.text',
    })
    for (const [amount, code] of [
      [100_001, 'refusal.arg.most'],
      [-100_001, 'refusal.arg.least'],
      [1e300, 'refusal.arg.most'],
    ])
      expect((await told({ ...quiz, amount })).amount).toBe(code)
    for (const reason of ['two\nlines', 'nul \u0000', 'half \ud800'])
      expect((await told({ ...quiz, reason })).reason).toBe('refusal.field.line')
    expect(await told([])).toEqual({ '': 'refusal.field.object' })
    expect(
      Object.keys(await told(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`x${i}`, 1])))),
    ).toHaveLength(20)
    expect(await count(api.app, 'ledger')).toBe(0)
    expect(await count(api.app, 'activity')).toBe(0)
  })

  test('reading does not allow writing', async () => {
    await using api = await served(engine)
    const key = await keyTo(api, 'points:read')
    expect((await api.ask('GET', entries(api), { key })).status).toBe(200)
    expect((await api.ask('POST', entries(api), { key, body: quiz })).status).toBe(403)
    expect(await count(api.app, 'ledger')).toBe(0)
  })

  test('text of a reason never becomes markup or a mention', async () => {
    await using api = await served(engine)
    const reason = '<b>@everyone</b> **x** {who}'
    const { body } = await api.ask('POST', entries(api), { body: { ...quiz, reason } })
    expect(body.reason).toBe(reason)
  })
})
