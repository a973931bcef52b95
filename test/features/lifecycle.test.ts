// Who comes and goes, and what follows: membership, boards, what waits to be sent, a few words to newcomers, a fact for each.
import { afterEach, expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { type Answer, DeliveryError, type Sender } from '#src/chat/port.ts'
import { encodePress } from '#src/chat/press.ts'
import { wordsOf } from '#src/chat/render.ts'
import { button, plain } from '#src/chat/reply.ts'
import type { PlaceSighting, Sighting } from '#src/chat/request.ts'
import { t } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { verifyAll } from '#src/contributions.ts'
import { createDispatch } from '#src/dispatch.ts'
import { readBoard } from '#src/features/boards/index.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import { apply } from '#src/features/communities/index.ts'
import { claim, enqueue, type Message } from '#src/features/outbox/index.ts'
import { recognise } from '#src/features/people/index.ts'
import { changeSetting, setChannel } from '#src/features/settings/index.ts'
import { type SenderJob, startSender } from '#src/jobs/sender.ts'
import { createLimiter } from '#src/lib/limiter.ts'
import { DAY_LENGTH, HOUR, MINUTE } from '#src/lib/time.ts'
import { cleanApp } from '#test/support/clean.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { until } from '#test/support/until.ts'
import { ada, BOT, happening, join, type Known, lin, line, mo, OWLS, press, recorder, words } from './scene.ts'

const LARKS: PlaceSighting = { platformId: '-200', kind: 'group', title: 'Larks' }
const GUILD: PlaceSighting = { platformId: '900', kind: 'guild', title: 'Owls’ guild' }

/** Tells the same thing twice, as platforms do. */
async function twice(app: App, what: Parameters<typeof happening>[1]): Promise<void> {
  const event = happening(app, what)
  await transaction(app, inner => apply(inner, event))
  await transaction(app, inner => apply(inner, event))
}
const facts = async (app: App) =>
  (await app.db.selectFrom('activity').select('kind').orderBy('id').execute()).map(({ kind }) => kind)
const board = async (app: App, { communityId }: Pick<Known, 'communityId'>) =>
  (await readBoard(app, communityId, 'all', app.clock.now(), null)).top.map(({ name, points }) => `${name} ${points}`)
const isMember = async (app: App, who: Sighting, place: PlaceSighting | null = null) =>
  (await recognise(app, line(app, { ...who, role: undefined }, '/x', place)))?.member != null
const together = async (app: App) => {
  const { communityId } = await join(app, ada)
  await join(app, ada, LARKS)
  await app.engine.transaction(db => db.updateTable('places').set({ community_id: communityId }).execute())
}

async function queue(app: App, source: string, more: Partial<Message> = {}): Promise<void> {
  await transaction(app, inner =>
    enqueue(inner, {
      bot: BOT,
      platform: 'telegram',
      to: { kind: 'chat', chat: { id: OWLS.platformId, direct: false, ephemeral: false } },
      reply: plain(t('checkin.note', { note: source })),
      locale: 'en',
      askerId: '',
      class: 'service',
      source,
      ...more,
    }),
  )
}
const outbox = async (app: App) =>
  (await app.db.selectFrom('outbox').select(['source', 'state', 'reason']).orderBy('id').execute()).map(row =>
    [row.source, row.state, row.reason].filter(Boolean).join(' '),
  )

const welcomes = async (app: App) =>
  (
    await app.db
      .selectFrom('outbox')
      .select(['payload', 'member_id', 'place_id'])
      .where('source', 'like', 'welcome:%')
      .orderBy('id')
      .execute()
  ).map(row => ({ ...row, ...JSON.parse(row.payload) }))
const said = ({ reply, locale }: Pick<Answer, 'reply' | 'locale'>) => wordsOf(reply, locale).join('\n')

forEachEngine('whoever joins', engine => {
  test('is welcomed once, by name, where everyone reads it, with a way to check in', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    await twice(app, { what: 'bot-joined', place: OWLS })
    await twice(app, { what: 'member-joined', place: OWLS, who: ada })
    const [first, ...others] = await welcomes(app)
    expect(others).toEqual([])
    expect(first.to).toEqual({ kind: 'chat', chat: { id: OWLS.platformId, direct: false, ephemeral: false } })
    expect(said(first)).toBe(
      'Welcome to Night Owls, Ada!\nCheck in once a day, here or with /checkin. /help shows the rest.',
    )
    expect(first.reply.lines[0].values.who).toEqual({ kind: 'mention', name: 'Ada', ids: { telegram: '11' } })
    expect(first.reply.buttons.map(({ command, by }: { command: string; by: string }) => `${command} ${by}`)).toEqual([
      'checkin anyone',
    ])
    expect(await facts(app)).toEqual(['place.joined', 'member.joined'])
    clock.advance(DAY_LENGTH)
    await twice(app, { what: 'member-left', place: OWLS, who: ada })
    await twice(app, { what: 'member-joined', place: OWLS, who: ada })
    expect(await welcomes(app)).toHaveLength(1)
  })

  test('is welcomed with the community’s own words, and not at all where that is off', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const { communityId } = await join(app, mo)
    const decision = { communityId, by: null, at: app.clock.now() }
    await changeSetting(app, decision, 'welcome', 'Read the *rules* first.')
    await twice(app, { what: 'member-joined', place: OWLS, who: ada })
    expect((await welcomes(app)).map(said)).toEqual(['Welcome to Night Owls, Ada!\nRead the *rules* first.'])
    await changeSetting(app, decision, 'part.checkin', 'off')
    await twice(app, { what: 'member-joined', place: OWLS, who: lin })
    expect((await welcomes(app)).map(({ reply }) => reply.buttons.length)).toEqual([1, 0])
    await changeSetting(app, decision, 'part.welcome', 'off')
    await twice(app, { what: 'member-joined', place: OWLS, who: { platformId: '77', name: 'Kim' } })
    expect(await welcomes(app)).toHaveLength(2)
  })

  test('is welcomed in the channel that the place has for it, and in a guild without one nowhere', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    const guild = { platform: 'discord', bot: 'discord:1' } as const
    const came = (who: Sighting) =>
      transaction(app, inner =>
        apply(inner, { ...happening(inner, { what: 'member-joined', place: GUILD, who }), ...guild }),
      )
    await came(ada)
    expect(await welcomes(app)).toEqual([])
    const place = await app.db.selectFrom('places').selectAll().executeTakeFirstOrThrow()
    const decision = { communityId: place.community_id, by: null, at: app.clock.now() }
    const chat = { id: '901', direct: false, ephemeral: true }
    await setChannel(app, decision, { placeId: place.id }, 'welcome', chat, 'hello')
    await came(lin)
    expect((await welcomes(app)).map(({ to }) => to.chat.id)).toEqual(['901'])
  })

  test.each<[string, (app: App) => Promise<void>]>([
    [
      'as one of the staff',
      app => twice(app, { what: 'staff-listed', place: OWLS, staff: [{ ...mo, role: 'owner' }] }),
    ],
    [
      'and is staff at once',
      app => twice(app, { what: 'member-joined', place: OWLS, who: { ...mo, role: 'manager' } }),
    ],
    ['by using a command', async app => void (await join(app, ada))],
    [
      'and is told of two hours later',
      async app => {
        const event = happening(app, { what: 'member-joined', place: OWLS, who: ada })
        await transaction(app, inner => apply(inner, { ...event, at: app.clock.now() - 2 * HOUR }))
      },
    ],
  ])('%s is not welcomed', async (_, arrive) => {
    await using opened = await cleanApp(engine)
    await arrive(opened.app)
    expect(await opened.app.db.selectFrom('members').select('id').execute()).toHaveLength(1)
    expect(await welcomes(opened.app)).toEqual([])
  })

  test('with two hundred others is not welcomed one by one; whoever comes later is again', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    for (let i = 0; i < 200; i++) {
      const who = { platformId: `5${i}`, name: `Guest ${i}` }
      await transaction(app, inner => apply(inner, happening(app, { what: 'member-joined', place: OWLS, who })))
      clock.advance(1000)
    }
    expect(await app.db.selectFrom('members').select('id').execute()).toHaveLength(200)
    expect((await welcomes(app)).map(said)).toEqual([0, 1, 2, 3, 4].map(i => expect.stringContaining(`Guest ${i}!`)))
    clock.advance(10 * MINUTE)
    await twice(app, { what: 'member-joined', place: OWLS, who: ada })
    expect(await welcomes(app)).toHaveLength(6)
  })

  test('and leaves before the words are out is not greeted any more', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await twice(app, { what: 'member-joined', place: OWLS, who: ada })
    await twice(app, { what: 'member-left', place: OWLS, who: ada })
    expect(await outbox(app)).toEqual([expect.stringMatching(/^welcome:mem\w+ skipped the member left$/)])
    expect(await claim(app, BOT, 10)).toEqual([])
  })
})

forEachEngine('whoever leaves', engine => {
  test('is off the boards, gets nothing that waited for them, and finds everything again', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const known = await join(app, ada)
    const other = await join(app, lin)
    await checkIn(app, known, { at: clock.now() })
    await checkIn(app, other, { at: clock.now() })
    await queue(app, 'hers', { memberId: known.memberId })
    await queue(app, 'his', { memberId: other.memberId })
    await queue(app, 'everyone')
    await twice(app, { what: 'member-left', place: OWLS, who: ada })
    expect(await board(app, known)).toEqual(['Lin 10'])
    expect(await outbox(app)).toEqual(['hers skipped the member left', 'his queued', 'everyone queued'])
    expect(await isMember(app, ada)).toBe(false)
    clock.advance(DAY_LENGTH)
    await twice(app, { what: 'member-joined', place: OWLS, who: ada })
    expect(await board(app, known)).toEqual(['Ada 10', 'Lin 10'])
    expect((await outbox(app))[0]).toBe('hers skipped the member left')
    expect(await facts(app)).toEqual(['checkin', 'checkin', 'member.left', 'member.returned'])
    expect(await verifyAll(app)).toEqual([])
  })

  test('one of two places of a community keeps what waits', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await together(app)
    const { id: memberId } = await app.db
      .selectFrom('members')
      .select('id')
      .where('name', '=', 'Ada')
      .orderBy('id')
      .executeTakeFirstOrThrow()
    await queue(app, 'hers', { memberId })
    await twice(app, { what: 'member-left', place: LARKS, who: ada })
    expect(await outbox(app)).toEqual(['hers queued'])
  })

  test('is not brought back by what they sent before', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const dispatch = createDispatch(app, await loadCommands())
    await join(app, ada)
    const sentBefore = line(app, ada, '/points show')
    clock.advance(1000)
    await twice(app, { what: 'member-left', place: OWLS, who: ada })
    const received = await dispatch.receive(sentBefore)
    if (received) await dispatch.process(received, recorder())
    expect(await isMember(app, ada)).toBe(false)
    clock.advance(1000)
    const again = await dispatch.receive(line(app, ada, '/points show'))
    if (again) await dispatch.process(again, recorder())
    expect(await isMember(app, ada)).toBe(true)
  })
})

forEachEngine('whoever is banned', engine => {
  test.each(['before they are told to have left', 'after they are told to have left'])(
    'is out, told %s: no member, on no board, no staff, written to no more',
    async order => {
      await using opened = await cleanApp(engine)
      const { app, clock } = opened
      const known = await join(app, ada)
      await app.engine.transaction(db => db.updateTable('members').set({ role: 'manager' }).execute())
      await checkIn(app, known, { at: clock.now() })
      await queue(app, 'hers', { memberId: known.memberId })
      clock.advance(1000)
      if (order.startsWith('after')) await twice(app, { what: 'member-left', place: OWLS, who: ada })
      await twice(app, { what: 'member-banned', place: OWLS, who: ada })
      await twice(app, { what: 'member-left', place: OWLS, who: ada })
      expect(await isMember(app, ada)).toBe(false)
      expect(await board(app, known)).toEqual([])
      expect((await outbox(app))[0]).toMatch(/^hers skipped the member (left|was banned)$/)
      expect((await facts(app)).filter(kind => kind === 'member.banned')).toHaveLength(1)
      expect((await facts(app)).filter(kind => kind === 'member.left')).toHaveLength(order.startsWith('after') ? 1 : 0)
      const row = await app.db.selectFrom('members').select(['role', 'left_at']).executeTakeFirstOrThrow()
      expect(row).toEqual({ role: null, left_at: clock.now() })
    },
  )

  test('does nothing by what they sent before or by old buttons, and hears why', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const dispatch = createDispatch(app, await loadCommands())
    const ask = async (request: ReturnType<typeof line>) => {
      const responder = recorder()
      const received = await dispatch.receive(request)
      if (received) await dispatch.process(received, responder)
      return words(responder.answers[0])
    }
    const known = await join(app, ada)
    const sentBefore = line(app, ada, '/checkin')
    clock.advance(1000)
    await twice(app, { what: 'member-banned', place: OWLS, who: ada })
    clock.advance(1000)
    const old = encodePress(button(t('checkin.button'), 'checkin', {}, { by: 'anyone' }), '')
    const refused = 'You no longer belong here, so I did nothing. /export and /forget in our private chat still work.'
    expect(await ask(sentBefore)).toBe(refused)
    expect(await ask(press(app, ada, old))).toBe(refused)
    expect(await app.db.selectFrom('checkins').selectAll().execute()).toEqual([])
    expect(await board(app, known)).toEqual([])
    expect(await isMember(app, ada)).toBe(false)
    // What is their own stays open to them.
    expect(await ask(line(app, ada, '/forget', null))).toContain('Being forgotten')
  })

  test('is back when they join once they are let in again, or write there', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    await join(app, ada)
    await twice(app, { what: 'member-banned', place: OWLS, who: ada })
    clock.advance(1000)
    await twice(app, { what: 'member-unbanned', place: OWLS, who: ada })
    expect(await isMember(app, ada)).toBe(false)
    const { banned_at } = await app.db.selectFrom('presences').select('banned_at').executeTakeFirstOrThrow()
    expect(banned_at).toBeNull()
    await twice(app, { what: 'member-joined', place: OWLS, who: ada })
    expect(await isMember(app, ada)).toBe(true)
    expect(await facts(app)).toEqual(['member.banned', 'member.unbanned', 'member.returned'])
    // Nobody told of this unbanning; but whoever is kept out cannot write.
    await twice(app, { what: 'member-banned', place: OWLS, who: ada })
    clock.advance(1000)
    const dispatch = createDispatch(app, await loadCommands())
    const received = await dispatch.receive(line(app, ada, '/checkin'))
    if (received) await dispatch.process(received, recorder())
    expect(await isMember(app, ada)).toBe(true)
  })

  test('from one of two places stays a member; whom nobody saw leaves no trace', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await together(app)
    await twice(app, { what: 'member-banned', place: LARKS, who: ada })
    expect(await isMember(app, ada, OWLS)).toBe(true)
    await twice(app, { what: 'member-banned', place: OWLS, who: lin })
    expect(await facts(app)).toEqual(['member.banned'])
  })
})

forEachEngine('whoever is renamed', engine => {
  test('goes by the new name on boards, with a fact that holds no name', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const known = await join(app, ada)
    await checkIn(app, known, { at: clock.now() })
    await twice(app, { what: 'account-renamed', who: { ...ada, name: 'Countess' } })
    expect(await board(app, known)).toEqual(['Countess 10'])
    clock.advance(1000)
    // Also when a request is the first to tell.
    const dispatch = createDispatch(app, await loadCommands())
    const received = await dispatch.receive(line(app, { ...ada, name: 'Lovelace' }, '/points show'))
    if (received) await dispatch.process(received, recorder())
    expect(await board(app, known)).toEqual(['Lovelace 10'])
    expect(await facts(app)).toEqual(['checkin', 'member.renamed', 'member.renamed'])
    const rows = await app.db.selectFrom('activity').selectAll().execute()
    expect(JSON.stringify(rows)).not.toMatch(/Countess|Lovelace|Ada/)
  })
})

forEachEngine('an account that the platform deleted', engine => {
  test('leaves everywhere, is written to no more, and is back when it is seen', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const known = await join(app, ada)
    await twice(app, { what: 'direct-opened', who: ada })
    await checkIn(app, known, { at: clock.now() })
    await queue(app, 'member', { memberId: known.memberId })
    await queue(app, 'private', { to: { kind: 'person', platformId: ada.platformId } })
    await queue(app, 'other', { to: { kind: 'person', platformId: lin.platformId } })
    clock.advance(1000)
    await twice(app, { what: 'account-deleted', who: ada })
    const account = () => app.db.selectFrom('accounts').select(['deleted_at', 'direct_at']).executeTakeFirstOrThrow()
    expect(await account()).toEqual({ deleted_at: clock.now(), direct_at: null })
    expect(await isMember(app, ada)).toBe(false)
    expect(await board(app, known)).toEqual([])
    const gone = 'skipped the account was deleted'
    expect(await outbox(app)).toEqual([`member ${gone}`, `private ${gone}`, 'other queued'])
    expect(await facts(app)).toEqual(['checkin', 'account.deleted', 'member.left'])
    clock.advance(1000)
    await twice(app, { what: 'member-joined', place: OWLS, who: ada })
    expect((await account()).deleted_at).toBeNull()
    expect(await board(app, known)).toEqual(['Ada 10'])
    expect(await verifyAll(app)).toEqual([])
  })

  test('that nobody knows leaves no trace', async () => {
    await using opened = await cleanApp(engine)
    await twice(opened.app, { what: 'account-deleted', who: ada })
    expect(await opened.app.db.selectFrom('accounts').selectAll().execute()).toEqual([])
  })
})

forEachEngine('the bot', engine => {
  test('that is removed sends nothing more there; added again it finds members and boards as they were', async () => {
    await using opened = await cleanApp(engine)
    const { app, clock } = opened
    const chat = { id: OWLS.platformId, direct: false, ephemeral: false }
    await twice(app, { what: 'bot-joined', place: OWLS, chat })
    const known = await join(app, ada)
    await checkIn(app, known, { at: clock.now() })
    const { id: placeId } = await app.db.selectFrom('places').select('id').executeTakeFirstOrThrow()
    await queue(app, 'there', { placeId })
    await queue(app, 'elsewhere')
    clock.advance(1000)
    await twice(app, { what: 'bot-left', place: OWLS })
    expect((await outbox(app)).map(row => row.replace(/plc\w+/, '…'))).toEqual([
      'hello:… skipped the bot left the place',
      'there skipped the bot left the place',
      'elsewhere queued',
    ])
    expect(await board(app, known)).toEqual(['Ada 10'])
    clock.advance(1000)
    await twice(app, { what: 'bot-joined', place: OWLS, chat })
    expect(await board(app, known)).toEqual(['Ada 10'])
    expect(await isMember(app, ada)).toBe(true)
    await queue(app, 'there again', { placeId })
    expect((await outbox(app)).slice(2)).toEqual(['elsewhere queued', 'there again queued'])
    expect(await facts(app)).toEqual(['place.joined', 'checkin', 'place.left', 'place.joined'])
  })

  test('in a group that moves takes along what waits for it', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await join(app, ada)
    const { id: placeId } = await app.db.selectFrom('places').select('id').executeTakeFirstOrThrow()
    const chat = { id: OWLS.platformId, direct: false, ephemeral: false, threadId: '7' }
    await queue(app, 'there', { placeId, to: { kind: 'chat', chat } })
    await queue(app, 'private', { placeId, to: { kind: 'person', platformId: ada.platformId } })
    const to: PlaceSighting = { platformId: '-1001', kind: 'supergroup', title: OWLS.title }
    await twice(app, { what: 'place-moved', place: OWLS, to })
    expect((await claim(app, BOT, 10)).map(({ delivery, chatKey }) => [delivery.to, chatKey])).toEqual([
      [{ kind: 'chat', chat: { id: '-1001', direct: false, ephemeral: false } }, 'c:-1001'],
      [{ kind: 'person', platformId: ada.platformId }, `p:${ada.platformId}`],
    ])
  })
})

const jobs: SenderJob[] = []
afterEach(async () => {
  for (const job of jobs.splice(0)) await job.stop()
})

forEachEngine('a private message that does not arrive', engine => {
  const ANY = Number.POSITIVE_INFINITY
  async function fail(app: App, error: DeliveryError, to: Message['to']): Promise<void> {
    await queue(app, 'news', { to, askerId: ada.platformId })
    const sender: Sender = {
      platform: 'telegram',
      dedupesByNonce: false,
      limiter: createLimiter({ perSecond: ANY, perChatSecond: ANY, chatBurst: 1, perGroupMinute: ANY }, app.clock.now),
      deliver: () => Promise.reject(error),
    }
    jobs.push(startSender(app, BOT, sender))
    await until('the message has failed', async () => (await outbox(app)).some(row => row.startsWith('news failed')))
    await jobs.pop()?.stop()
  }
  const account = (app: App) =>
    app.db.selectFrom('accounts').select(['direct_at', 'deleted_at']).executeTakeFirstOrThrow()
  const toAda = { kind: 'person', platformId: ada.platformId } as const

  test('because the bot is blocked closes the private chat', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await join(app, ada)
    await twice(app, { what: 'direct-opened', who: ada })
    await fail(app, new DeliveryError('blocked', 'blocked'), toAda)
    expect(await account(app)).toEqual({ direct_at: null, deleted_at: null })
  })

  test('because the bot may not write in a group closes nobody’s', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await join(app, ada)
    await twice(app, { what: 'direct-opened', who: ada })
    const chat = { id: OWLS.platformId, direct: false, ephemeral: false }
    await fail(app, new DeliveryError('blocked', 'blocked'), { kind: 'chat', chat })
    expect((await account(app)).direct_at).not.toBeNull()
  })

  test('because the account is no more ends its membership', async () => {
    await using opened = await cleanApp(engine)
    const { app } = opened
    await join(app, ada)
    await fail(app, new DeliveryError('gone', 'deactivated', { accountDeleted: true }), toAda)
    expect((await account(app)).deleted_at).not.toBeNull()
    expect(await facts(app)).toEqual(['account.deleted', 'member.left'])
    expect(await isMember(app, ada)).toBe(false)
  })
})
