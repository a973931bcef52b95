// Links and connections made and undone in any order, with everything else that happens to people in between: a model says whose is what.
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import type { PlaceSighting } from '#src/chat/request.ts'
import { verifyAll, walk } from '#src/contributions.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { award } from '#src/features/awards/index.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import { apply } from '#src/features/communities/index.ts'
import { changeDays } from '#src/features/days/index.ts'
import { connectCommunities, partCommunities } from '#src/features/linking/communities.ts'
import { mergePersons, splitPersons } from '#src/features/linking/persons.ts'
import { arrive, nameRole, setHidden } from '#src/features/people/index.ts'
import { HOUR } from '#src/lib/time.ts'
import { START, type TestApp } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'

const place = (platformId: string, kind: PlaceSighting['kind'], title: string) => ({ platformId, kind, title })
const PLACES = [
  { platform: 'discord', bot: 'discord:1', place: place('900', 'guild', 'Owls') },
  { platform: 'telegram', bot: 'telegram:1', place: place('-100', 'supergroup', 'Night Owls') },
  { platform: 'telegram', bot: 'telegram:1', place: place('-300', 'supergroup', 'Larks') },
] as const
/** By account, the places where it is: one is in two of them. */
const ACCOUNTS = [[0], [1], [1], [0], [2], [1, 2]] as const
const ZONES = ['UTC', 'Pacific/Auckland', 'America/Los_Angeles', 'Asia/Shanghai', 'Pacific/Kiritimati'] as const
const DAY = 24 * HOUR

const KINDS = { checkin: 10, link: 6, unlink: 4, connect: 4, part: 3, award: 3, leave: 2, return: 2 } as const
const RARE = { ban: 1, hide: 1, role: 1, zone: 1, botLeft: 1, botBack: 1 } as const
type Kind = keyof typeof KINDS | keyof typeof RARE
const kind = fc.oneof(
  ...Object.entries({ ...KINDS, ...RARE }).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name as Kind) })),
)
const step = fc.record({ kind, a: fc.nat(5), b: fc.nat(5), n: fc.nat(6), hours: fc.nat(12), on: fc.boolean() })
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Something that became part of something else, and may come apart again. */
interface Tie {
  readonly id: string
  readonly from: string
  readonly into: string
}
const root = (ties: readonly Tie[], id: string): string => {
  const tie = ties.find(({ from }) => from === id)
  return tie ? root(ties, tie.into) : id
}
const at = <T>(list: readonly T[], i: number): T => list[i % list.length] as T

/** A check-in or an award, and for which row it was made. */
interface Deed {
  readonly table: 'checkins' | 'ledger'
  readonly id: number
  readonly account: number
  readonly place: number
  readonly member: string
  /** Before anything was united. */
  readonly early: boolean
}

interface World {
  readonly app: App
  readonly opened: TestApp
  readonly accounts: string[]
  /** Of each account and each place, as they were before anything was united. */
  readonly persons: string[]
  readonly places: string[]
  readonly communities: string[]
  readonly links: Tie[]
  readonly connections: Tie[]
  readonly deeds: Deed[]
}

async function begin(opened: TestApp): Promise<World> {
  const { app } = opened
  const world: World = {
    ...{ app, opened, accounts: [], persons: [], places: [], communities: [] },
    ...{ links: [], connections: [], deeds: [] },
  }
  for (const [i, where] of ACCOUNTS.entries())
    for (const p of where) {
      const who = { platformId: String(i), name: `N${i}` }
      const arrival = await transaction(app, inner => arrive(inner, PLACES[p], who, START - 100 * DAY))
      world.accounts[i] = arrival.accountId
      world.persons[i] = arrival.personId
      world.places[p] = arrival.place.id
      world.communities[p] = arrival.place.communityId
    }
  for (const [i, where] of ACCOUNTS.entries())
    for (const p of where) {
      await checksIn(world, i, p, START - (6 - (i % 3)) * DAY)
      await checksIn(world, i, p, START - 2 * DAY + i * HOUR)
      if (i % 2 === 0) await isAwarded(world, i, p)
    }
  return world
}

/** Whoever an account is by now where it asks; undefined where it has not been seen since it became somebody else. */
const memberOf = ({ app, accounts, places }: World, i: number, p: number) =>
  app.db
    .selectFrom('accounts')
    .innerJoin('places', join => join.on('places.id', '=', at(places, p)))
    .innerJoin('members', join =>
      join
        .onRef('members.person_id', '=', 'accounts.person_id')
        .onRef('members.community_id', '=', 'places.community_id'),
    )
    .select(['members.id as memberId', 'members.community_id as communityId', 'accounts.id as accountId'])
    .where('accounts.id', '=', at(accounts, i))
    .executeTakeFirst()

async function latest({ app }: World, table: Deed['table']): Promise<number> {
  const row = await app.db.selectFrom(table).select('id').orderBy('id', 'desc').executeTakeFirst()
  return row?.id ?? 0
}

const deed = (world: World, table: Deed['table'], id: number, account: number, p: number, member: string) =>
  world.deeds.push({ table, id, account, place: p, member, early: world.links.length + world.connections.length === 0 })

async function checksIn(world: World, i: number, p: number, when: number): Promise<void> {
  const who = await memberOf(world, i, p)
  if (!who) return
  const outcome = await checkIn(world.app, who, { at: when })
  if (outcome.kind === 'checked-in') deed(world, 'checkins', await latest(world, 'checkins'), i, p, who.memberId)
}

async function isAwarded(world: World, i: number, p: number): Promise<void> {
  const who = await memberOf(world, i, p)
  if (!who) return
  const source = `award-${world.deeds.length}`
  await award(world.app, { askedAs: who.memberId, amount: 7, reason: 'Well done', source, by: null })
  deed(world, 'ledger', await latest(world, 'ledger'), i, p, who.memberId)
}

async function happens({ app, opened, places }: World, p: number, what: object): Promise<void> {
  const { left_at: botLeft } = await app.db
    .selectFrom('places')
    .select('left_at')
    .where('id', '=', at(places, p))
    .executeTakeFirstOrThrow()
  // Nothing is told of a place where the bot is not.
  if (botLeft !== null && !('staff' in what)) return
  const now = opened.clock.now()
  const request = { ...at(PLACES, p), kind: 'happening', eventId: `${now}`, at: now, ...what }
  await transaction(app, inner => apply(inner, request as Parameters<typeof apply>[1]))
}

async function link(world: World, i: number, j: number): Promise<void> {
  const [into, from] = [root(world.links, at(world.persons, i)), root(world.links, at(world.persons, j))]
  if (into === from) return
  const merge = { from, into, confirmedBy: at(world.accounts, i), at: world.opened.clock.now() }
  const id = await transaction(world.app, inner => mergePersons(inner, walk, merge))
  world.links.push({ id: id ?? '', from, into })
}

async function connect(world: World, p: number, q: number): Promise<void> {
  const [from, into] = [
    root(world.connections, at(world.communities, p)),
    root(world.connections, at(world.communities, q)),
  ]
  if (from === into) return
  const by = { issuedBy: at(world.accounts, 0), redeemedBy: at(world.accounts, 1), at: world.opened.clock.now() }
  const id = await transaction(world.app, inner => connectCommunities(inner, walk, { from, into, ...by }))
  world.connections.push({ id: id ?? '', from, into })
}

async function undo(world: World, ties: Tie[], n: number): Promise<void> {
  const [tie] = ties.splice(n % Math.max(1, ties.length), 1)
  const part = ties === world.links ? splitPersons : partCommunities
  if (tie) expect(await transaction(world.app, inner => part(inner, walk, tie.id, world.opened.clock.now()))).toBe(true)
}

async function take(world: World, { kind: what, a, b, n, hours, on }: Step): Promise<void> {
  const { app, opened } = world
  opened.clock.advance(60_000 + hours * HOUR)
  const now = opened.clock.now()
  const i = a % ACCOUNTS.length
  const p = at<number>(at<readonly number[]>(ACCOUNTS, i), n)
  const who = { platformId: String(i), name: `N${i}` }
  const inside = async (work: (inner: App, memberId: string) => Promise<unknown>) => {
    const member = await memberOf(world, i, p)
    if (member) await transaction(app, inner => work(inner, member.memberId))
  }
  const steps: Record<Kind, () => Promise<unknown>> = {
    checkin: () => checksIn(world, i, p, now),
    award: () => isAwarded(world, i, p),
    link: () => link(world, i, b),
    unlink: () => undo(world, world.links, n),
    connect: () => connect(world, a, b),
    part: () => undo(world, world.connections, n),
    leave: () => happens(world, p, { what: 'member-left', who }),
    return: () => happens(world, p, { what: 'member-joined', who }),
    ban: () => happens(world, p, { what: 'member-banned', who }),
    botLeft: () => happens(world, n, { what: 'bot-left' }),
    botBack: () => happens(world, n, { what: 'bot-joined', staff: [] }),
    hide: () => inside((inner, id) => setHidden(inner, id, on, now)),
    role: () => inside((inner, id) => nameRole(inner, id, on ? 'manager' : null)),
    zone: () => inside((inner, id) => changeDays(inner, id, { zone: at(ZONES, n), dayStart: on ? 4 : 0 }, now)),
  }
  await steps[what]()
}

/** Every number follows from its facts, and every fact is with whoever the model says. */
async function check(world: World, label: string): Promise<void> {
  const { app, accounts, persons, places, communities, links, connections, deeds } = world
  while ((await consumeActivity(app)) > 0);
  expect(await verifyAll(app), label).toEqual([])
  const rows = await app.db.selectFrom('members').selectAll().execute()
  const members = new Map(rows.map(row => [row.id, row]))
  const whose = new Map(
    (await app.db.selectFrom('accounts').select(['id', 'person_id']).execute()).map(row => [row.id, row.person_id]),
  )
  const where = new Map(
    (await app.db.selectFrom('places').select(['id', 'community_id']).execute()).map(row => [row.id, row.community_id]),
  )
  expect(
    accounts.map(id => whose.get(id)),
    `${label}: who the accounts are`,
  ).toEqual(persons.map(id => root(links, id)))
  expect(
    places.map(id => where.get(id)),
    `${label}: what the places belong to`,
  ).toEqual(communities.map(id => root(connections, id)))
  for (const row of members.values()) {
    if (row.merged_into === null) continue
    const target = members.get(row.merged_into)
    const is = [target?.merged_into, target?.person_id, target?.community_id, row.left_at === null]
    expect(is, `${label}: ${row.id} became one of the same person and community`).toEqual([
      null,
      root(links, row.person_id),
      root(connections, row.community_id),
      false,
    ])
  }
  const checkins = await app.db.selectFrom('checkins').selectAll().execute()
  const ledger = await app.db.selectFrom('ledger').selectAll().execute()
  for (const each of deeds) {
    const row = (each.table === 'checkins' ? checkins : ledger).find(({ id }) => id === each.id)
    const member = members.get(row?.member_id ?? '')
    if (each.table === 'ledger')
      expect(member?.id, `${label}: award ${each.id}`).toBe(members.get(each.member)?.merged_into ?? each.member)
    else if (at<readonly number[]>(ACCOUNTS, each.account).length === 1)
      expect([member?.person_id, member?.community_id], `${label}: check-in ${each.id}`).toEqual([
        root(links, at(persons, each.account)),
        root(connections, at(communities, each.place)),
      ])
  }
  for (const id of members.keys()) {
    const counting = checkins.filter(row => row.member_id === id && row.superseded_at === null)
    const awards = ledger.filter(row => row.member_id === id && row.source.startsWith('award:'))
    const points = counting.length * 10 + awards.length * 7
    const total = ledger.filter(row => row.member_id === id).reduce((sum, { amount }) => sum + amount, 0)
    expect(total, `${label}: points of ${id}`).toBe(points)
    for (const row of checkins.filter(({ member_id, superseded_at }) => member_id === id && superseded_at !== null)) {
      const first = counting.find(({ day }) => day === row.day)
      expect(first && first.at <= row.at, `${label}: an earlier check-in stands before ${row.id}`).toBe(true)
    }
  }
  const facts = await app.db
    .selectFrom('activity')
    .select(['member_id', 'community_id'])
    .where('member_id', 'is not', null)
    .execute()
  for (const { member_id, community_id } of facts)
    expect(community_id, `${label}: where a fact belongs`).toBe(members.get(member_id ?? '')?.community_id)
}

/** With everything undone, everybody is who they were, with what they had. */
async function checkEnd({ app, deeds }: World): Promise<void> {
  expect(await app.db.selectFrom('members').select('id').where('merged_into', 'is not', null).execute()).toEqual([])
  for (const { table, id, member } of deeds.filter(({ early }) => early)) {
    const row = await app.db.selectFrom(table).select('member_id').where('id', '=', id).executeTakeFirst()
    expect(row?.member_id, `${table} ${id} is back`).toBe(member)
  }
}

forEachEngine('in any order', engine => {
  let opened: TestApp | undefined
  afterAll(() => opened?.[Symbol.asyncDispose]())

  test('links and connections leave everybody what they did, and undoing all of them restores it', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 18 }), async steps => {
      await opened?.[Symbol.asyncDispose]()
      opened = await cleanApp(engine)
      const world = await begin(opened)
      for (const [i, each] of steps.entries()) {
        await take(world, each)
        await check(world, `step ${i}, ${each.kind}`)
      }
      for (let n = steps.length; world.links.length + world.connections.length > 0; n += 7) {
        const ties = n % 2 === 0 ? world.links : world.connections
        await undo(world, ties.length > 0 ? ties : ties === world.links ? world.connections : world.links, n)
        await check(world, `undoing ${n}`)
      }
      await checkEnd(world)
    })
    await fc.assert(property, { numRuns: engine.name === 'sqlite' ? 60 : 10, seed: 7 })
  })
})
