// One person on two platforms, one community in two places: whatever is united can be told apart again, and every number follows.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import type { Role } from '#src/chat/command.ts'
import type { PlaceSighting, Sighting } from '#src/chat/request.ts'
import type { Platform } from '#src/chat/text.ts'
import { verifyAll, walk } from '#src/contributions.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { readBoard } from '#src/features/boards/index.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import {
  confirmLink,
  connectionsOf,
  issueConnect,
  issueLink,
  linksOf,
  pendingLink,
  redeemConnect,
  redeemLink,
  undoConnection,
  undoLink,
} from '#src/features/linking/index.ts'
import {
  arrive,
  depart,
  leavePlace,
  localeOf,
  movePlace,
  nameRole,
  setHidden,
  setLocale,
} from '#src/features/people/index.ts'
import { book } from '#src/features/points/index.ts'
import { askToForget, forgetState } from '#src/features/privacy/index.ts'
import { HOUR } from '#src/lib/time.ts'
import { START, type TestApp } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'

const GUILD = {
  platform: 'discord',
  bot: 'discord:1',
  place: { platformId: '900', kind: 'guild', title: 'Owls' } as PlaceSighting,
} as const
const GROUP = {
  platform: 'telegram',
  bot: 'telegram:1',
  place: { platformId: '-100', kind: 'supergroup', title: 'Night Owls' } as PlaceSighting,
} as const
type Where = { readonly platform: Platform; readonly bot: string; readonly place: PlaceSighting }

interface Somebody {
  readonly where: Where
  readonly sighting: Sighting
  readonly accountId: string
}

const DAY = 24 * HOUR
const at = (day: number) => START + day * DAY

forEachEngine('linking', engine => {
  let opened: TestApp
  let app: App
  beforeEach(async () => {
    opened = await cleanApp(engine)
    app = opened.app
  })
  afterEach(() => opened[Symbol.asyncDispose]())

  const somebody = async (where: Where, platformId: string, name: string, role: Role = 'member'): Promise<Somebody> => {
    const sighting = { platformId, name, role }
    const { accountId } = await transaction(app, inner => arrive(inner, where, sighting, START))
    return { where, sighting, accountId }
  }
  /** Who an account is by now, where it is. */
  const memberOf = async ({ where, accountId }: Somebody) => {
    const row = await app.db
      .selectFrom('accounts')
      .innerJoin('places', join =>
        join.on('places.platform', '=', where.platform).on('places.platform_id', '=', where.place.platformId),
      )
      .innerJoin('members', join =>
        join
          .onRef('members.person_id', '=', 'accounts.person_id')
          .onRef('members.community_id', '=', 'places.community_id'),
      )
      .select(['members.id as memberId', 'members.community_id as communityId', 'accounts.person_id as personId'])
      .where('accounts.id', '=', accountId)
      .where('members.merged_into', 'is', null)
      .executeTakeFirstOrThrow()
    return { ...row, accountId }
  }
  const does = async (who: Somebody, day: number, hour = 0) =>
    checkIn(app, await memberOf(who), { at: at(day) + hour * HOUR })
  const link = async (issuer: Somebody, redeemer: Somebody) => {
    const { code } = await transaction(app, inner => issueLink(inner, issuer.accountId))
    const redeemed = await transaction(app, inner =>
      redeemLink(inner, code, { accountId: redeemer.accountId, communityId: null }, true),
    )
    if (redeemed.kind !== 'redeemed') return redeemed
    return transaction(app, inner => confirmLink(inner, walk, issuer.accountId, redeemer.accountId))
  }
  const connect = async (into: Somebody, from: Somebody) => {
    const [mo, kai] = [
      await somebody(into.where, '90', 'Mo', 'manager'),
      await somebody(from.where, '91', 'Kai', 'manager'),
    ]
    const [ours, theirs] = [await memberOf(mo), await memberOf(kai)]
    const { code } = await transaction(app, inner => issueConnect(inner, ours))
    return transaction(app, inner => redeemConnect(inner, walk, code, theirs, true))
  }
  const clean = async () => {
    while ((await consumeActivity(app)) > 0);
    expect(await verifyAll(app)).toEqual([])
  }
  /** Every number that derives from facts, by the member it is about. */
  const derived = async () => {
    while ((await consumeActivity(app)) > 0);
    const all = async (table: 'balances' | 'standings' | 'streaks' | 'activity_days' | 'members') =>
      (await app.db.selectFrom(table).selectAll().execute()).map(row => JSON.stringify(row)).sort()
    return {
      balances: await all('balances'),
      standings: await all('standings'),
      streaks: await all('streaks'),
      days: await all('activity_days'),
      members: await all('members'),
    }
  }
  const streakOf = async (who: Somebody) => {
    const { memberId } = await memberOf(who)
    return app.db
      .selectFrom('streaks')
      .select(['current', 'longest', 'total'])
      .where('member_id', '=', memberId)
      .executeTakeFirst()
  }
  const pointsOf = async (who: Somebody) => {
    const { memberId } = await memberOf(who)
    const row = await app.db
      .selectFrom('balances')
      .select('total')
      .where('member_id', '=', memberId)
      .where('unit', '=', 'points')
      .executeTakeFirst()
    return row?.total ?? 0
  }

  test('unites days, counts a day done twice once, and unlinking restores every derived number', async () => {
    const ada = await somebody(GUILD, '1', 'Ada')
    const adaToo = await somebody(GROUP, '2', 'Ada T')
    await connect(ada, adaToo)
    await does(ada, 0)
    await does(ada, 1)
    await does(adaToo, 1, 2)
    await does(adaToo, 2)
    const before = await derived()
    expect(await link(ada, adaToo)).toMatchObject({ kind: 'linked' })
    await clean()
    expect((await memberOf(ada)).memberId).toBe((await memberOf(adaToo)).memberId)
    expect(await streakOf(ada)).toEqual({ current: 3, longest: 3, total: 3 })
    expect(await pointsOf(ada)).toBe(30)
    const { memberId, personId } = await memberOf(ada)
    const ledger = await app.db
      .selectFrom('ledger')
      .select(['amount', 'source'])
      .where('member_id', '=', memberId)
      .execute()
    expect(ledger.map(({ amount }) => amount).sort()).toEqual([-10, 10, 10, 10, 10].sort())
    expect(ledger.filter(({ source }) => source.startsWith('merge:'))).toHaveLength(1)
    const [made] = await linksOf(app, '', personId)
    expect(await transaction(app, inner => undoLink(inner, walk, made?.mergeId ?? ''))).toBe(true)
    await clean()
    expect(await derived()).toEqual(before)
    expect(await transaction(app, inner => undoLink(inner, walk, made?.mergeId ?? ''))).toBe(false)
  })

  test('what an account did while linked goes with it', async () => {
    const ada = await somebody(GUILD, '1', 'Ada')
    const adaToo = await somebody(GROUP, '2', 'Ada T')
    await connect(ada, adaToo)
    await does(ada, 0)
    await link(ada, adaToo)
    await does(adaToo, 1)
    expect(await does(ada, 1, 3)).toMatchObject({ kind: 'already-checked-in' })
    await does(ada, 2)
    const [made] = await linksOf(app, '', (await memberOf(ada)).personId)
    await transaction(app, inner => undoLink(inner, walk, made?.mergeId ?? ''))
    await clean()
    expect([await pointsOf(ada), await pointsOf(adaToo)]).toEqual([20, 10])
    // The day that the other account had done is open again.
    expect(await does(ada, 1, 4)).toMatchObject({ kind: 'checked-in', points: 10 })
    await clean()
  })

  test('needs the issuer, who saw who redeemed the code, and works once', async () => {
    const ada = await somebody(GUILD, '1', 'Ada')
    const adaToo = await somebody(GROUP, '2', 'Ada T')
    const eve = await somebody(GROUP, '3', 'Eve')
    const { code } = await transaction(app, inner => issueLink(inner, ada.accountId))
    const redeem = (who: Somebody, typed = code) =>
      transaction(app, inner => redeemLink(inner, typed, { accountId: who.accountId, communityId: null }, true))
    expect(await redeem(ada)).toEqual({ kind: 'own' })
    expect(await redeem(eve, code.toLowerCase().replace('-', ' '))).toMatchObject({ kind: 'redeemed' })
    expect(await redeem(adaToo)).toEqual({ kind: 'unknown' })
    const confirm = (who: Somebody, seen: Somebody) =>
      transaction(app, inner => confirmLink(inner, walk, who.accountId, seen.accountId))
    expect(await pendingLink(app, ada.accountId)).toMatchObject({ kind: 'redeemed', redeemer: { name: 'Eve' } })
    expect(await confirm(eve, eve)).toEqual({ kind: 'nothing' })
    expect(await confirm(ada, adaToo)).toEqual({ kind: 'nothing' })
    expect(await app.db.selectFrom('merges').selectAll().execute()).toEqual([])
    const fresh = await transaction(app, inner => issueLink(inner, ada.accountId))
    expect(await redeem(adaToo, code)).toEqual({ kind: 'unknown' })
    opened.clock.advance(15 * 60_000)
    expect(await redeem(adaToo, fresh.code)).toEqual({ kind: 'unknown' })
    expect(await link(ada, adaToo)).toMatchObject({ kind: 'linked' })
    expect(await link(adaToo, ada)).toEqual({ kind: 'one-already' })
  })

  test('five wrong codes an hour are all that an account has', async () => {
    const ada = await somebody(GUILD, '1', 'Ada')
    const eve = await somebody(GROUP, '3', 'Eve')
    const { code } = await transaction(app, inner => issueLink(inner, ada.accountId))
    const guess = (typed: string) =>
      transaction(app, inner => redeemLink(inner, typed, { accountId: eve.accountId, communityId: null }, true))
    for (let i = 0; i < 5; i++) expect(await guess(`WRONG-0000${i}`)).toEqual({ kind: 'unknown' })
    expect(await guess(code)).toEqual({ kind: 'too-many' })
    opened.clock.advance(HOUR)
    const again = await transaction(app, inner => issueLink(inner, ada.accountId))
    expect(await guess(again.code)).toMatchObject({ kind: 'redeemed' })
  })

  test('the more private choice holds while linked, and each has their own back', async () => {
    const ada = await somebody(GUILD, '1', 'Ada')
    const adaToo = await somebody(GROUP, '2', 'Ada T')
    await connect(ada, adaToo)
    await does(ada, 0)
    await does(adaToo, 1)
    const { memberId, communityId } = await memberOf(adaToo)
    await transaction(app, inner => setHidden(inner, memberId, true, START))
    await link(ada, adaToo)
    const board = () => readBoard(app, communityId, 'all', at(1), null)
    expect((await board()).top).toEqual([])
    const [made] = await linksOf(app, '', (await memberOf(ada)).personId)
    await transaction(app, inner => undoLink(inner, walk, made?.mergeId ?? ''))
    expect((await board()).top.map(({ name }) => name)).toEqual(['Ada'])
  })

  test('what an account is called on one platform is not told on the other, and each has their own name back', async () => {
    const ada = await somebody(GUILD, '1', 'Ada')
    const adaToo = await somebody(GROUP, '2', 'Ada')
    await link(ada, adaToo)
    await transaction(app, inner => arrive(inner, GROUP, { platformId: '2', name: 'Ada Lovelace' }, START))
    const names = async () =>
      (await app.db.selectFrom('members').select('name').orderBy('name').execute()).map(row => row.name)
    expect(await names()).toEqual(['Ada', 'Ada Lovelace'])
    await connect(ada, adaToo)
    await transaction(app, inner => arrive(inner, GUILD, { platformId: '1', name: 'Countess' }, START))
    const { memberId, personId } = await memberOf(ada)
    const nameOf = async (id: string) =>
      (await app.db.selectFrom('members').select('name').where('id', '=', id).executeTakeFirst())?.name
    expect(await nameOf(memberId)).toBe('Countess')
    const [made] = await linksOf(app, '', personId)
    await transaction(app, inner => undoLink(inner, walk, made?.mergeId ?? ''))
    expect([await nameOf((await memberOf(ada)).memberId), await nameOf((await memberOf(adaToo)).memberId)]).toEqual([
      'Countess',
      'Ada Lovelace',
    ])
  })

  test('what both were given for the same thing counts once', async () => {
    const ada = await somebody(GUILD, '1', 'Ada')
    const adaToo = await somebody(GROUP, '2', 'Ada T')
    await connect(ada, adaToo)
    for (const who of [ada, adaToo])
      await app.engine.transaction(async db => {
        const inner = { ...app, db, inside: true }
        const { memberId, communityId } = await memberOf(who)
        const entry = { memberId, communityId, accountId: null, unit: 'points', amount: 50 } as const
        await book(inner, { ...entry, source: 'award:launch', day: '2026-03-04', at: START })
      })
    const before = await derived()
    await link(ada, adaToo)
    await clean()
    expect(await pointsOf(ada)).toBe(50)
    const [made] = await linksOf(app, '', (await memberOf(ada)).personId)
    await transaction(app, inner => undoLink(inner, walk, made?.mergeId ?? ''))
    await clean()
    expect(await derived()).toEqual(before)
  })

  test('a connection brings its people along, lets everybody see one board, and is undone with all its numbers', async () => {
    const ada = await somebody(GUILD, '1', 'Ada')
    const lin = await somebody(GROUP, '4', 'Lin')
    await does(ada, 0)
    await does(lin, 0, 1)
    for (const { where } of [ada, lin])
      await somebody(where, where === GUILD ? '90' : '91', where === GUILD ? 'Mo' : 'Kai', 'manager')
    const before = await derived()
    expect(await connect(ada, lin)).toMatchObject({ kind: 'connected' })
    await clean()
    const { communityId } = await memberOf(lin)
    expect(communityId).toBe((await memberOf(ada)).communityId)
    expect((await readBoard(app, communityId, 'all', at(1), null)).top.map(({ name }) => name)).toEqual(['Ada', 'Lin'])
    const [connection] = await connectionsOf(app, communityId)
    const by = { accountId: ada.accountId, communityId }
    expect(await transaction(app, inner => undoConnection(inner, walk, connection?.id ?? '', by))).toBe(true)
    await clean()
    expect(await derived()).toEqual(before)
    expect(await transaction(app, inner => undoConnection(inner, walk, connection?.id ?? '', by))).toBe(false)
  })

  test('a code connects other communities, once, and never its own', async () => {
    const ada = await somebody(GUILD, '1', 'Ada')
    const lin = await somebody(GROUP, '4', 'Lin')
    const ours = await memberOf(await somebody(GUILD, '90', 'Mo', 'manager'))
    const theirs = await memberOf(lin)
    expect(ours.communityId).toBe((await memberOf(ada)).communityId)
    const { code } = await transaction(app, inner => issueConnect(inner, ours))
    const redeem = (who: typeof ours, confirmed: boolean, typed = code) =>
      transaction(app, inner => redeemConnect(inner, walk, typed, who, confirmed))
    expect(await redeem(ours, true)).toEqual({ kind: 'own' })
    expect(await redeem(theirs, true, 'WRONG-00000')).toEqual({ kind: 'unknown' })
    expect(await redeem(theirs, false)).toMatchObject({
      kind: 'asked',
      into: { name: 'Owls' },
      from: { name: 'Night Owls' },
    })
    expect(await connectionsOf(app, ours.communityId)).toEqual([])
    expect(await redeem(theirs, true)).toMatchObject({ kind: 'connected' })
    expect(await redeem(theirs, true)).toEqual({ kind: 'unknown' })
  })

  test('of three, the more private choice and the higher role hold while whoever made them is one with the others, in any order', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      await opened[Symbol.asyncDispose]()
      opened = await cleanApp(engine)
      app = opened.app
      const [ada, hidden, named] = [
        await somebody(GUILD, '1', 'Ada'),
        await somebody(GUILD, '2', 'Ada H'),
        await somebody(GUILD, '3', 'Ada N'),
      ]
      const rows = await Promise.all([ada, hidden, named].map(memberOf))
      await transaction(app, inner => setHidden(inner, rows[1]?.memberId ?? '', true, START))
      await transaction(app, inner => nameRole(inner, rows[2]?.memberId ?? '', 'manager'))
      const decided = async (who: Somebody) => {
        const { memberId } = await memberOf(who)
        const { hidden_at, role } = await app.db
          .selectFrom('members')
          .select(['hidden_at', 'role'])
          .where('id', '=', memberId)
          .executeTakeFirstOrThrow()
        return [hidden_at !== null, role]
      }
      const links = [await link(ada, hidden), await link(ada, named)].map(made =>
        made.kind === 'linked' ? made.mergeId : '',
      )
      expect(await decided(ada)).toEqual([true, 'manager'])
      await transaction(app, inner => undoLink(inner, walk, links[order[0]] ?? ''))
      expect(await decided(ada)).toEqual(order[0] === 0 ? [false, 'manager'] : [true, null])
      await transaction(app, inner => undoLink(inner, walk, links[order[1]] ?? ''))
      expect(await Promise.all([ada, hidden, named].map(decided))).toEqual([
        [false, null],
        [true, null],
        [false, 'manager'],
      ])
    }
  })

  test('what was decided while they were one holds for both afterwards; a role is only taken away', async () => {
    const [ada, adaToo] = [await somebody(GUILD, '1', 'Ada'), await somebody(GUILD, '2', 'Ada T')]
    const { memberId: theirs } = await memberOf(adaToo)
    await transaction(app, inner => nameRole(inner, theirs, 'reviewer'))
    const decide = async (hide: boolean, role: 'manager' | null) => {
      const made = await link(ada, adaToo)
      const { memberId } = await memberOf(ada)
      await transaction(app, inner => setHidden(inner, memberId, hide, START + 1))
      await transaction(app, inner => nameRole(inner, memberId, role))
      await transaction(app, inner => undoLink(inner, walk, made.kind === 'linked' ? made.mergeId : ''))
      return app.db.selectFrom('members').select(['hidden_at', 'role']).where('id', '=', theirs).executeTakeFirst()
    }
    expect(await decide(true, 'manager')).toEqual({ hidden_at: START + 1, role: 'reviewer' })
    expect(await decide(false, null)).toEqual({ hidden_at: null, role: null })
  })

  test('somebody who was in both places: what they did before goes back to where it was, what they did since to where they are', async () => {
    const larks = { ...GROUP, place: { platformId: '-300', kind: 'supergroup', title: 'Larks' } } as const
    const lin = { ...(await somebody(larks, '5', 'Lin')), where: larks }
    await does(lin, -3)
    await transaction(app, inner => depart(inner, 'telegram', larks.place, lin.sighting, START))
    const here = await somebody(GROUP, '5', 'Lin')
    await does(here, -2)
    const homes = [(await memberOf(lin)).memberId, (await memberOf(here)).memberId]
    await connect(lin, here)
    opened.clock.set(at(1))
    await does(here, 1)
    const { communityId } = await memberOf(lin)
    const [connection] = await connectionsOf(app, communityId)
    const by = { accountId: lin.accountId, communityId }
    await transaction(app, inner => undoConnection(inner, walk, connection?.id ?? '', by))
    await clean()
    const days = await app.db.selectFrom('checkins').select(['member_id', 'day']).orderBy('day').execute()
    expect(days.map(({ member_id }) => member_id)).toEqual([homes[0], homes[1], homes[1]])
    expect([await pointsOf(lin), await pointsOf(here)]).toEqual([10, 20])
  })

  test('a group that moved to another id while it was connected goes back with both, and private chats with it', async () => {
    const ada = await somebody(GUILD, '1', 'Ada')
    const lin = await somebody(GROUP, '4', 'Lin')
    const { communityId: home } = await memberOf(lin)
    await connect(ada, lin)
    const to: PlaceSighting = { platformId: '-1009', kind: 'supergroup', title: 'Night Owls' }
    await transaction(app, inner => movePlace(inner, GROUP, GROUP.place, to, START))
    const noor = await somebody({ ...GROUP, place: to }, '6', 'Noor')
    const { communityId } = await memberOf(ada)
    const [connection] = await connectionsOf(app, communityId)
    await transaction(app, inner =>
      undoConnection(inner, walk, connection?.id ?? '', { accountId: ada.accountId, communityId }),
    )
    const places = await app.db
      .selectFrom('places')
      .select(['platform_id', 'community_id'])
      .where('platform', '=', 'telegram')
      .execute()
    expect(places.map(row => row.community_id)).toEqual([home, home])
    const chats = await app.db
      .selectFrom('accounts')
      .select('community_id')
      .where('id', 'in', [lin.accountId, noor.accountId])
      .execute()
    expect(chats.map(row => row.community_id)).toEqual([home, home])
    // What still arrives under the old id is answered there too.
    const late = await transaction(app, inner => arrive(inner, GROUP, lin.sighting, START))
    expect(late.place.communityId).toBe(home)
    await clean()
  })

  test('an unlinked account keeps its language, its place though the bot was removed, and its own wish to be forgotten', async () => {
    const [ada, adaToo] = [await somebody(GUILD, '1', 'Ada'), await somebody(GROUP, '2', 'Ada T')]
    const before = await memberOf(adaToo)
    await transaction(app, inner => setLocale(inner, before.personId, 'zh-CN'))
    const made = await link(ada, adaToo)
    const { personId } = await memberOf(ada)
    expect(await localeOf(app, personId)).toBe('zh-CN')
    await transaction(app, inner => setLocale(inner, personId, 'en'))
    await transaction(app, inner => leavePlace(inner, 'telegram', GROUP.place.platformId, START))
    await transaction(app, inner => askToForget(inner, { personId, accountId: adaToo.accountId }, 0, START))
    await transaction(app, inner => undoLink(inner, walk, made.kind === 'linked' ? made.mergeId : ''))
    expect([await localeOf(app, personId), await localeOf(app, before.personId)]).toEqual(['en', 'zh-CN'])
    expect((await forgetState(app, personId)).open).toBeNull()
    expect((await forgetState(app, before.personId)).open).toMatchObject({ personId: before.personId })
    const rows = await app.db.selectFrom('members').select('left_at').execute()
    expect(rows.map(row => row.left_at)).toEqual([null, null])
  })

  test('of three communities, each part of the next, a manager of the whole parts any', async () => {
    const larks = { ...GROUP, place: { platformId: '-300', kind: 'supergroup', title: 'Larks' } } as const
    const [ada, lin, noor] = [
      await somebody(GUILD, '1', 'Ada'),
      await somebody(GROUP, '4', 'Lin'),
      { ...(await somebody(larks, '6', 'Noor')), where: larks },
    ]
    for (const who of [ada, lin, noor]) await does(who, 0)
    const homes = await Promise.all([ada, lin, noor].map(async who => (await memberOf(who)).communityId))
    await connect(lin, noor)
    await connect(ada, lin)
    const { communityId } = await memberOf(ada)
    const shown = (await connectionsOf(app, communityId)).map(({ name, places }) => `${name}: ${places.join(', ')}`)
    expect(shown.sort()).toEqual(['Larks: Larks', 'Night Owls: Larks, Night Owls'])
    const inner = (await connectionsOf(app, communityId)).find(({ name }) => name === 'Larks')
    const by = { accountId: ada.accountId, communityId }
    const strangers = { accountId: ada.accountId, communityId: homes[2] ?? '' }
    const part = (who: typeof by) => transaction(app, tx => undoConnection(tx, walk, inner?.id ?? '', who))
    expect(await part(strangers)).toBe(false)
    expect(await part(by)).toBe(true)
    await clean()
    expect(await Promise.all([ada, lin, noor].map(async who => (await memberOf(who)).communityId))).toEqual([
      homes[0],
      homes[0],
      homes[2],
    ])
    const audited = await app.db
      .selectFrom('audit')
      .select('community_id')
      .where('action', '=', 'community.disconnected')
      .execute()
    expect(audited.map(row => row.community_id).sort()).toEqual([homes[0], homes[2]].sort())
  })
})
