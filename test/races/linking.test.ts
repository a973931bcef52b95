// Links at the same moment as each other, and as what they move.
import { expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import type { Ask } from '#src/chat/request.ts'
import { loadCommands } from '#src/commands.ts'
import { verifyAll, walk } from '#src/contributions.ts'
import { createDispatch } from '#src/dispatch.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { confirmLink, issueLink, redeemLink } from '#src/features/linking/index.ts'
import { ada, count, errors, join, type Known, lin, line, mo, recorder, words } from '#test/features/scene.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'

async function redeemed(app: App, issuer: Known, redeemer: Known): Promise<void> {
  const { code } = await transaction(app, inner => issueLink(inner, issuer.accountId))
  const outcome = await transaction(app, inner =>
    redeemLink(inner, code, { accountId: redeemer.accountId, communityId: null }),
  )
  expect(outcome.kind).toBe('redeemed')
}
const confirm = (app: App, issuer: Known, redeemer: Known) =>
  transaction(app, inner => confirmLink(inner, walk, issuer.accountId, redeemer.accountId))
async function clean(app: App): Promise<void> {
  while ((await consumeActivity(app)) > 0);
  expect(await verifyAll(app)).toEqual([])
}
const merges = (app: App) => app.db.selectFrom('merges').selectAll().execute()

forEachEngine('linking at the same moment', engine => {
  test('a yes pressed ten times, in two processes, links once', async () => {
    await using opened = await cleanApp(engine)
    const apps = [opened.app, await opened.another()]
    const [a, b] = [await join(opened.app, ada), await join(opened.app, lin)]
    await redeemed(opened.app, a, b)
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, i) => confirm(apps[i % 2] ?? opened.app, a, b)))
    expect(outcomes.filter(({ kind }) => kind === 'linked')).toHaveLength(1)
    expect(await merges(opened.app)).toHaveLength(1)
  })

  test('in a circle of two makes one person, whoever is first', async () => {
    await using opened = await cleanApp(engine)
    const other = await opened.another()
    const [a, b] = [await join(opened.app, ada), await join(opened.app, lin)]
    await redeemed(opened.app, a, b)
    await redeemed(opened.app, b, a)
    const outcomes = await Promise.all([confirm(opened.app, a, b), confirm(other, b, a)])
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['linked', 'one-already'])
    expect(await merges(opened.app)).toHaveLength(1)
  })

  test('in a circle of three makes one person of three accounts', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const other = await opened.another()
    const [a, b, c] = [await join(app, ada), await join(app, lin), await join(app, mo)]
    await redeemed(app, a, b)
    await redeemed(app, b, c)
    await redeemed(app, c, a)
    const outcomes = await Promise.all([confirm(app, a, b), confirm(other, b, c), confirm(app, c, a)])
    expect(outcomes.filter(({ kind }) => kind === 'linked')).toHaveLength(2)
    const persons = await app.db.selectFrom('accounts').select('person_id').distinct().execute()
    expect(persons).toHaveLength(1)
    await clean(app)
  })

  test('a check-in while the link is confirmed counts once, for whoever they are then', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const registry = await loadCommands()
    const dispatches = [createDispatch(app, registry), createDispatch(await opened.another(), registry)]
    const type = async (who: typeof ada, typed: string, which: number) => {
      const responder = recorder()
      const dispatch = dispatches[which]
      const received = await dispatch?.receive(line(app, who, typed) as Ask)
      if (received) await dispatch?.process(received, responder)
      return words(responder.answers[0])
    }
    for (let round = 0; round < 5; round++) {
      const [one, two] = [
        { ...ada, platformId: `1${round}`, username: undefined },
        { ...ada, platformId: `2${round}`, username: undefined },
      ]
      const [a, b] = [await join(app, one), await join(app, two)]
      await redeemed(app, a, b)
      const [, ...said] = await Promise.all([
        confirm(app, a, b),
        type(two, '/checkin', 1),
        type(one, '/checkin', 0),
        type(two, '/checkin', 1),
      ])
      expect(said.filter(text => /Day|already in/.test(text))).toHaveLength(3)
    }
    expect(errors(opened)).toEqual([])
    const counting = await app.db
      .selectFrom('checkins')
      .select(['member_id', 'day'])
      .where('superseded_at', 'is', null)
      .execute()
    expect(counting).toHaveLength(5)
    // Nothing was left behind with a member that became another.
    const behind = await app.db
      .selectFrom('members')
      .innerJoin('checkins', 'checkins.member_id', 'members.id')
      .select('checkins.id')
      .where('members.merged_into', 'is not', null)
      .execute()
    expect(behind).toEqual([])
    expect(await count(app, 'ledger')).toBeGreaterThanOrEqual(5)
    await clean(app)
  })
})
