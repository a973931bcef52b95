// Links at the same moment as each other, and as what they move.
import { expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { attachment, createRegistry, defineCommand } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import type { Ask } from '#src/chat/request.ts'
import { t } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { verifyAll, walk } from '#src/contributions.ts'
import { createDispatch } from '#src/dispatch.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import {
  confirmLink,
  issueConnect,
  issueLink,
  redeemConnect,
  redeemLink,
  undoConnection,
  undoLink,
} from '#src/features/linking/index.ts'
import { nameRole } from '#src/features/people/index.ts'
import { ada, count, errors, join, type Known, lin, line, mo, recorder, words } from '#test/features/scene.ts'
import type { TestApp } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'

async function redeemed(app: App, issuer: Known, redeemer: Known): Promise<void> {
  const { code } = await transaction(app, inner => issueLink(inner, issuer.accountId))
  const outcome = await transaction(app, inner =>
    redeemLink(inner, code, { accountId: redeemer.accountId, communityId: null }, true),
  )
  expect(outcome.kind).toBe('redeemed')
}
const confirm = (app: App, issuer: Known, redeemer: Known) =>
  transaction(app, inner => confirmLink(inner, walk, issuer.accountId, redeemer.accountId))
async function clean(app: App): Promise<void> {
  while ((await consumeActivity(app)) > 0);
  expect(await verifyAll(app)).toEqual([])
}
const LARKS = { platformId: '-300', kind: 'group', title: 'Larks' } as const
/** Checks in once its file is fetched; while that takes, the world goes on. */
const diary = (who: 'member' | 'manager') =>
  defineCommand({
    name: 'diary',
    description: 'help.description',
    where: 'community',
    who,
    reply: 'private',
    menu: 1,
    args: { page: attachment('community.arg.name', { maxBytes: 1000, accepts: ['text'] }) },
    async run(app, { asker, member }) {
      await checkIn(
        app,
        { memberId: member.id, communityId: member.communityId, accountId: asker.accountId },
        { at: asker.at },
      )
      return plain(t('settings.title'))
    },
  })
/** Asks for it, and is answered after `meanwhile`. */
async function ask(
  opened: TestApp,
  from: typeof ada,
  meanwhile: () => Promise<unknown>,
  who: 'member' | 'manager' = 'member',
  place?: typeof LARKS,
) {
  const dispatch = createDispatch(opened.app, createRegistry([{ path: ['diary'], node: diary(who), children: [] }]))
  const seen = recorder()
  let done: Promise<unknown> | undefined
  const fetch = async () => {
    done ??= meanwhile()
    await done
    return Buffer.from('dear diary')
  }
  const file = { kind: 'file', name: 'a.txt', type: 'text/plain', size: 10, reference: 'a' } as const
  const received = await dispatch.receive({ ...line(opened.app, from, '/diary', place), file } as Ask)
  if (received) await dispatch.process(received, { ...seen, fetch })
  return words(seen.answers[0])
}
const checkinsOf = (app: App, accountId: string) =>
  app.db
    .selectFrom('checkins')
    .innerJoin('members', 'members.id', 'checkins.member_id')
    .innerJoin('activity', join =>
      join.on('activity.kind', '=', 'checkin').onRef('activity.member_id', '=', 'members.id'),
    )
    .select(['members.id', 'members.community_id as communityId', 'activity.community_id as recordedIn'])
    .where('checkins.account_id', '=', accountId)
    .execute()

/** Check-ins whose member is not where the place is that they were made in. */
const strays = (app: App) =>
  app.db
    .selectFrom('checkins')
    .innerJoin('members', 'members.id', 'checkins.member_id')
    .innerJoin('presences', 'presences.account_id', 'checkins.account_id')
    .innerJoin('places', 'places.id', 'presences.place_id')
    .select(['checkins.id', 'members.community_id as member', 'places.community_id as place'])
    .whereRef('places.community_id', '<>', 'members.community_id')
    .execute()

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

  test('what was asked before two communities became one, or were parted, is done where its place is by then', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const [ours, theirs] = [await join(app, mo), await join(app, { ...mo, platformId: '31' }, LARKS)]
    const lark = await join(app, lin, LARKS)
    const connect = async () => {
      const { code } = await transaction(app, inner => issueConnect(inner, ours))
      const outcome = await transaction(app, inner => redeemConnect(inner, walk, code, theirs, true))
      return outcome.kind === 'connected' ? outcome.connectionId : ''
    }
    let connectionId = ''
    await ask(opened, lin, async () => (connectionId = await connect()), 'member', LARKS)
    expect(await checkinsOf(app, lark.accountId)).toEqual([
      { id: lark.memberId, communityId: ours.communityId, recordedIn: ours.communityId },
    ])
    await clean(app)
    opened.clock.advance(24 * 3_600_000)
    await ask(
      opened,
      lin,
      () => transaction(app, inner => undoConnection(inner, walk, connectionId, ours)),
      'member',
      LARKS,
    )
    const own = { id: lark.memberId, communityId: lark.communityId, recordedIn: lark.communityId }
    expect(new Set((await checkinsOf(app, lark.accountId)).map(row => JSON.stringify(row)))).toEqual(
      new Set([JSON.stringify(own)]),
    )
    await clean(app)
    expect(errors(opened)).toEqual([])
  })

  test('what was asked while two accounts were one is done for whoever asks once they are two again, and by their own role', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const [a, b] = [await join(app, ada), await join(app, lin)]
    await transaction(app, inner => nameRole(inner, a.memberId, 'manager'))
    const unite = async () => {
      await redeemed(app, a, b)
      const outcome = await confirm(app, a, b)
      return outcome.kind === 'linked' ? outcome.mergeId : ''
    }
    const part = async (mergeId: string) => transaction(app, inner => undoLink(inner, walk, mergeId))
    const first = await unite()
    await ask(opened, lin, () => part(first))
    expect((await checkinsOf(app, b.accountId)).map(({ id }) => id)).toEqual([b.memberId])
    opened.clock.advance(24 * 3_600_000)
    const second = await unite()
    expect(await ask(opened, lin, () => part(second), 'manager')).toContain('只有管理员')
    expect(await checkinsOf(app, b.accountId)).toHaveLength(1)
    await clean(app)
    expect(errors(opened)).toEqual([])
  })

  test('nobody who arrives while two communities become one, or are parted, is left behind in one that is no more', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const others = [await opened.another(), await opened.another()]
    const registry = await loadCommands()
    const dispatches = others.map(other => createDispatch(other, registry))
    const [ours, theirs] = [await join(app, mo), await join(app, { ...mo, platformId: '31' }, LARKS)]
    const arrivals = (round: number) =>
      [0, 1, 2, 3].map(async i => {
        const dispatch = dispatches[i % 2] as (typeof dispatches)[number]
        const who = { platformId: `${round}${i}99`, name: `N${round}${i}`, locale: 'en' }
        const received = await dispatch.receive(line(app, who, '/checkin', LARKS) as Ask)
        return received && dispatch.process(received, recorder())
      })
    for (let round = 0; round < 4; round++) {
      const { code } = await transaction(app, inner => issueConnect(inner, ours))
      const connect = () => transaction(app, inner => redeemConnect(inner, walk, code, theirs, true))
      const [connected] = await Promise.all([connect(), ...arrivals(round * 2)])
      const connectionId = connected.kind === 'connected' ? connected.connectionId : ''
      const part = () => transaction(app, inner => undoConnection(inner, walk, connectionId, ours))
      await clean(app)
      expect(await strays(app)).toEqual([])
      await Promise.all([part(), ...arrivals(round * 2 + 1)])
      await clean(app)
      expect(await strays(app)).toEqual([])
    }
    expect(errors(opened)).toEqual([])
    expect(await count(app, 'checkins')).toBe(32)
  })

  test('links, undone links, connections and check-ins all at once, in three processes, leave every number right', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const apps = [app, await opened.another(), await opened.another()] as const
    const registry = await loadCommands()
    const dispatches = apps.map(each => createDispatch(each, registry))
    const [ours, theirs] = [await join(app, mo), await join(app, { ...mo, platformId: '31' }, LARKS)]
    const people = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const who = { platformId: `7${i}`, name: `N${i}`, locale: 'en' }
        const place = i % 2 === 0 ? undefined : LARKS
        return { who, place, ...(await join(app, who, place)) }
      }),
    )
    const open = async (table: 'merges' | 'connections') =>
      (await app.db.selectFrom(table).select('id').where('undone_at', 'is', null).orderBy('id').execute()).map(
        ({ id }) => id,
      )
    const at = <T>(list: readonly T[], i: number) => list[i % list.length] as T
    const answered: string[] = []
    for (let round = 0; round < 6; round++) {
      clock.advance(7 * 3_600_000)
      const [links, connections] = [await open('merges'), await open('connections')]
      const work: Array<Promise<unknown>> = people.map(async ({ who, place }, i) => {
        const seen = recorder()
        const dispatch = at(dispatches, i)
        const received = await dispatch.receive(line(app, who, '/checkin', place) as Ask)
        if (received) await dispatch.process(received, seen)
        answered.push(words(seen.answers[0]))
      })
      const [one, other] = [at(people, round), at(people, round + 3)]
      await redeemed(app, one, other).catch(() => {})
      work.push(confirm(apps[1], one, other))
      const undone = links[0]
      if (undone !== undefined && round % 2 === 1)
        work.push(transaction(apps[2], inner => undoLink(inner, walk, undone)))
      const [connected] = connections
      if (connected !== undefined)
        work.push(transaction(apps[0], inner => undoConnection(inner, walk, connected, ours)))
      else {
        const { code } = await transaction(app, inner => issueConnect(inner, ours))
        work.push(transaction(apps[0], inner => redeemConnect(inner, walk, code, theirs, true)))
      }
      work.push(consumeActivity(apps[2]))
      await Promise.all(work)
      await clean(app)
      expect(await strays(app)).toEqual([])
    }
    expect(answered).toHaveLength(72)
    expect(answered.filter(text => !/Day|already in/.test(text))).toEqual([])
    expect(errors(opened)).toEqual([])
  })
})
