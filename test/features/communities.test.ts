import { expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import type { PlaceSighting, Sighting } from '#src/chat/request.ts'
import { apply } from '#src/features/communities/index.ts'
import { communitiesOf, findMember, recognise } from '#src/features/people/index.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { ada, count, happening, join, lin, line, mo, OWLS } from './scene.ts'

const LARKS: PlaceSighting = { platformId: '-200', kind: 'group', title: 'Larks' }

/** Tells the same thing twice, as platforms do. */
async function twice(app: App, what: Parameters<typeof happening>[1]): Promise<void> {
  const event = happening(app, what)
  await transaction(app, inner => apply(inner, event))
  await transaction(app, inner => apply(inner, event))
}
const facts = async (app: App) =>
  (await app.db.selectFrom('activity').select('kind').orderBy('id').execute()).map(({ kind }) => kind)
const who = async (app: App, from: Sighting, place: PlaceSighting | null = OWLS) =>
  recognise(app, line(app, from, '/x', place))

forEachEngine('the bot', engine => {
  test('that joins a group makes a community of it, with its staff, and says hello once', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const chat = { id: OWLS.platformId, direct: false, ephemeral: false }
    await twice(app, { what: 'bot-joined', place: OWLS, chat, staff: [{ ...mo, role: 'owner' }], locale: 'zh' })
    expect(await app.db.selectFrom('communities').select(['name', 'locale', 'zone']).execute()).toEqual([
      { name: 'Night Owls', locale: 'zh-CN', zone: 'UTC' },
    ])
    expect((await who(app, { ...mo, role: undefined }))?.asker.role).toBe('owner')
    expect(await count(app, 'outbox')).toBe(1)
    clock.advance(1000)
    await twice(app, { what: 'bot-left', place: OWLS })
    clock.advance(1000)
    await twice(app, { what: 'bot-joined', place: OWLS, chat })
    expect(await count(app, 'outbox')).toBe(1)
    expect(await count(app, 'communities')).toBe(1)
    expect(await facts(app)).toEqual(['place.joined', 'member.joined', 'place.left', 'place.joined'])
  })

  test('that is renamed around keeps its community, whose name follows unless staff chose another', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    await join(app, ada)
    await twice(app, { what: 'place-renamed', place: { ...OWLS, title: 'Early Owls' } })
    expect((await who(app, ada))?.community?.name).toBe('Early Owls')
    clock.advance(1000)
    await app.engine.transaction(db => db.updateTable('communities').set({ name: 'The Owls' }).execute())
    await twice(app, { what: 'place-renamed', place: { ...OWLS, title: 'Late Owls' } })
    expect((await who(app, ada))?.community?.name).toBe('The Owls')
    expect((await facts(app)).filter(kind => kind === 'place.renamed')).toHaveLength(2)
  })

  test.each(['old side first', 'new side first', 'after the new side was already written in'])(
    'in a group that becomes a supergroup finds the same members again, told %s',
    async order => {
      await using opened = await cleanApp(engine)
      const { app } = opened
      const before = await join(app, ada)
      const to: PlaceSighting = { platformId: '-1001', kind: 'supergroup', title: OWLS.title }
      if (order === 'after the new side was already written in') await join(app, lin, to)
      await twice(app, { what: 'place-moved', place: OWLS, to })
      await twice(app, { what: 'place-moved', place: { ...OWLS, title: '' }, to })
      const after = await who(app, ada, to)
      expect(after?.member?.id).toBe(before.memberId)
      expect(after?.community?.id).toBe(before.communityId)
      // What was written in the old group just before, and arrives late.
      expect((await who(app, ada, OWLS))?.community?.id).toBe(before.communityId)
      const stranger = await join(app, lin, to)
      expect(stranger.communityId).toBe(before.communityId)
      expect((await communitiesOf(app, (await who(app, lin, to))?.asker.personId ?? '')).map(({ id }) => id)).toEqual([
        before.communityId,
      ])
      expect((await facts(app)).filter(kind => kind === 'place.moved')).toHaveLength(1)
    },
  )
})

forEachEngine('a member', engine => {
  test('who leaves and comes back is the same member, with the same days', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const before = await join(app, ada)
    clock.advance(1000)
    await twice(app, { what: 'member-left', place: OWLS, who: ada })
    expect(await communitiesOf(app, (await who(app, ada))?.asker.personId ?? '')).toEqual([])
    expect((await who(app, ada, null))?.member).toBeNull()
    clock.advance(1000)
    await twice(app, { what: 'member-joined', place: OWLS, who: ada })
    expect((await who(app, ada))?.member?.id).toBe(before.memberId)
    expect(await facts(app)).toEqual(['member.left', 'member.returned'])
    expect(await count(app, 'members')).toBe(1)
  })

  test('of two places of one community stays until both are left', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { communityId } = await join(app, ada)
    await join(app, ada, LARKS)
    await app.engine.transaction(db => db.updateTable('places').set({ community_id: communityId }).execute())
    await twice(app, { what: 'member-left', place: LARKS, who: ada })
    expect((await who(app, ada))?.member).not.toBeNull()
    expect(await facts(app)).toEqual([])
    await twice(app, { what: 'member-left', place: OWLS, who: ada })
    expect(await facts(app)).toEqual(['member.left'])
  })

  test('whom nobody has seen may leave without a trace', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await twice(app, { what: 'member-left', place: OWLS, who: ada })
    expect(await count(app, 'accounts')).toBe(0)
  })

  test('is found by username and name in any case, by account, and not when two fit', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { communityId, memberId } = await join(app, ada)
    const find = (raw: Parameters<typeof findMember>[3]) => findMember(app, communityId, 'telegram', raw)
    for (const raw of ['@ada', 'ADA', ' Ada ', { kind: 'member', sighting: ada } as const])
      expect((await find(raw))?.id).toBe(memberId)
    expect(await find('@nobody')).toBeNull()
    expect(await find(7)).toBeNull()
    await join(app, { platformId: '99', name: 'ada' })
    expect(await find('ada')).toBeNull()
    const elsewhere = await join(app, lin, LARKS)
    expect(elsewhere.communityId).not.toBe(communityId)
    expect(await find('@lin')).toBeNull()
  })

  test('who is renamed is shown by the new name; a username that is given up is forgotten', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { communityId } = await join(app, ada)
    await twice(app, { what: 'account-renamed', who: { ...ada, name: 'Ada L.', username: '' } })
    expect((await findMember(app, communityId, 'telegram', 'ada l.'))?.name).toBe('Ada L.')
    expect(await findMember(app, communityId, 'telegram', '@ada')).toBeNull()
    expect((await who(app, { ...ada, name: 'Ada L.', username: '' }))?.stale).toBe(false)
  })
})

forEachEngine('staff', engine => {
  test('are who the platform lists: those missing from a later list are plain members', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await join(app, ada)
    await twice(app, {
      what: 'staff-listed',
      place: OWLS,
      staff: [
        { ...mo, role: 'owner' },
        { ...ada, role: 'manager' },
      ],
    })
    const role = async (someone: Sighting) => (await who(app, { ...someone, role: undefined }))?.asker.role
    expect([await role(mo), await role(ada)]).toEqual(['owner', 'manager'])
    await twice(app, { what: 'staff-listed', place: OWLS, staff: [{ ...mo, role: 'owner' }] })
    expect([await role(mo), await role(ada)]).toEqual(['owner', 'member'])
    await twice(app, { what: 'staff-listed', place: OWLS, staff: [] })
    expect(await role(mo)).toBe('member')
  })

  test('who have never written join with a fact, and their private chat is about the community', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await join(app, ada)
    await twice(app, { what: 'staff-listed', place: OWLS, staff: [{ ...mo, role: 'owner' }] })
    expect(await facts(app)).toEqual(['member.joined'])
    expect((await who(app, mo, null))?.community?.name).toBe('Night Owls')
  })

  test('whom the platform demoted are demoted with the very request that says so', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await join(app, mo)
    expect((await who(app, mo))?.asker.role).toBe('manager')
    expect((await who(app, { ...mo, role: 'member' }))?.asker.role).toBe('member')
    expect((await who(app, { ...mo, role: undefined }))?.asker.role).toBe('manager')
  })

  test('keep a role they hold in another place of the community', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { communityId } = await join(app, mo)
    await join(app, { ...mo, role: 'member' }, LARKS)
    await app.engine.transaction(db => db.updateTable('places').set({ community_id: communityId }).execute())
    expect((await who(app, { ...mo, role: 'member' }, LARKS))?.asker.role).toBe('manager')
  })

  test('who leave are staff no longer when they come back', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await join(app, mo)
    await twice(app, { what: 'member-left', place: OWLS, who: mo })
    await twice(app, { what: 'member-joined', place: OWLS, who: { ...mo, role: undefined } })
    expect((await who(app, { ...mo, role: undefined }))?.asker.role).toBe('member')
  })
})

forEachEngine('a private chat', engine => {
  test('is about the community that was used last', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const use = async (place: PlaceSighting) => {
      const identity = await who(app, ada, place)
      // As dispatch does: what is stale is written with the effect.
      if (!identity || identity.stale) await join(app, ada, place)
    }
    const about = async () => (await who(app, ada, null))?.community?.name
    await use(OWLS)
    expect(await about()).toBe('Night Owls')
    await use(LARKS)
    expect(await about()).toBe('Larks')
    await use(OWLS)
    expect(await about()).toBe('Night Owls')
    expect((await who(app, ada, OWLS))?.stale).toBe(false)
  })

  test('opens and closes as the platform tells', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await join(app, ada)
    const direct = async () =>
      (await app.db.selectFrom('accounts').select('direct_at').executeTakeFirstOrThrow()).direct_at
    await twice(app, { what: 'direct-opened', who: ada })
    expect(await direct()).toBe(app.clock.now())
    await twice(app, { what: 'direct-closed', who: ada })
    expect(await direct()).toBeNull()
  })
})
