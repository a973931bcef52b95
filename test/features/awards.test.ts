import { expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { forgetDue, verifyAll } from '#src/contributions.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { createKey, once } from '#src/features/apikeys/index.ts'
import { type Award, award, awardsBehind } from '#src/features/awards/index.ts'
import { balance, history } from '#src/features/points/index.ts'
import { askToForget, GRACE_MS } from '#src/features/privacy/index.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ada, count, join, type Known, lin } from './scene.ts'
import { foundIn } from './zephyrine.ts'

const wanted = ({ memberId }: Known, more: Partial<Award> = {}): Award => ({
  ...{ askedAs: memberId, by: null },
  ...{ amount: 20, reason: 'Talk of the month', source: 'talk', ...more },
})
const merge = (app: App, from: Known, into: Known | null) =>
  app.engine.transaction(db =>
    db
      .updateTable('members')
      .set({ merged_into: into?.memberId ?? null })
      .where('id', '=', from.memberId)
      .execute(),
  )

forEachEngine('an award', engine => {
  test('counts in the member’s own week, and is told by its reason', async () => {
    await using opened = await cleanApp(engine, { at: Date.UTC(2026, 2, 8, 23), zone: 'Asia/Tokyo' })
    const { app } = opened
    const who = await join(app, ada)
    const outcome = await award(app, wanted(who))
    expect(outcome).toMatchObject({ kind: 'awarded', entry: { amount: 20, day: '2026-03-09' } })
    const periods = await app.db.selectFrom('standings').select('period').orderBy('period').execute()
    expect(periods.map(({ period }) => period)).toEqual(['2026-03', '2026-W11', 'all'])
    const [row] = await history(app, who.memberId, 1)
    const behind = await awardsBehind(app, [row?.source ?? '', 'checkin:1'])
    expect([...behind.values()]).toEqual([
      { memberId: who.memberId, amount: 20, reason: 'Talk of the month', source: 'talk' },
    ])
    expect(await verifyAll(app)).toEqual([])
  })

  test('that was asked for under an id which is another member by now is still the same one', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const from = await join(app, ada)
    const into = await join(app, lin)
    await merge(app, from, into)
    const asked = { ...wanted(into), askedAs: from.memberId }
    expect((await award(app, asked)).kind).toBe('awarded')
    // Nothing is left behind with a row that is somebody else's by now.
    expect(await balance(app, from.memberId, 'points')).toBe(0)
    await merge(app, from, null)
    expect((await award(app, asked)).kind).toBe('awarded-before')
    expect(await balance(app, into.memberId, 'points')).toBe(20)
    expect(await count(app, 'ledger')).toBe(1)
  })

  test('is made by one of many who make it at once, in two processes', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const other = await opened.another()
    const who = await join(app, ada)
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => award(i % 2 ? app : other, wanted(who))))
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['awarded', ...Array(19).fill('awarded-before')])
    expect(await balance(app, who.memberId, 'points')).toBe(20)
    const audited = await app.db.selectFrom('audit').select('id').execute()
    expect(audited).toHaveLength(1)
  })

  test('loses its words when its member is forgotten, and the member’s name in the words of others; points stay', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const who = await join(app, ada)
    const other = await join(app, lin)
    await award(app, wanted(who, { reason: 'Ada, that was brave' }))
    await award(app, wanted(other, { reason: 'Helped Ada with verbs' }))
    const key = await createKey(app, { communityId: who.communityId, name: 'x', scopes: [] })
    const { person_id: personId } = await app.db
      .selectFrom('accounts')
      .select('person_id')
      .where('id', '=', who.accountId)
      .executeTakeFirstOrThrow()
    await transaction(app, inner => askToForget(inner, { personId, accountId: who.accountId }, 0, opened.clock.now()))
    opened.clock.advance(GRACE_MS - 1)
    await once(app, { apiKeyId: key.id, key: 'k', requestHash: 'h' }, async () => ({
      status: 201,
      response: '{"reason":"Ada, that was brave","amount":20}',
    }))
    opened.clock.advance(1)
    expect(await forgetDue(app)).toBe(1)
    const reasons = await app.db.selectFrom('awards').select('reason').orderBy('id').execute()
    expect(reasons.map(({ reason }) => reason)).toEqual([null, 'Helped … with verbs'])
    const kept = await app.db.selectFrom('idempotency_keys').select('response').executeTakeFirstOrThrow()
    expect(kept.response).toBe('{"reason":"…, that was brave","amount":20}')
    expect(await foundIn(app, ['Ada,', 'Helped Ada'])).toEqual([])
    expect(await balance(app, who.memberId, 'points')).toBe(20)
    expect((await award(app, wanted(who, { reason: 'Ada, that was brave' }))).kind).toBe('awarded-before')
    await consumeActivity(app)
    expect(await verifyAll(app)).toEqual([])
  })
})
