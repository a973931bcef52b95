// The send policy on the one path: judged when a delivery is claimed, again after every deferral, each verdict kept with its reason.
import { describe, expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { DeliveryError } from '#src/chat/port.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { answerConsent } from '#src/features/consents/index.ts'
import { claim, enqueue, type Message, settle } from '#src/features/outbox/index.ts'
import { arrive, openDirect } from '#src/features/people/index.ts'
import { choosePreferences } from '#src/features/policy/index.ts'
import { changeSetting } from '#src/features/settings/index.ts'
import { DAY_LENGTH, HOUR, MINUTE } from '#src/lib/time.ts'
import { cleanApp } from '#test/support/clean.ts'
import { type Engine, forEachEngine } from '#test/support/engines.ts'
import { ada, BOT, join, type Known, lin, OWLS } from './scene.ts'

/** A community with Ada, who asked for news, and Lin, who asked for nothing. Wednesday, 10:00. */
async function opened(engine: Engine) {
  const world = await cleanApp(engine)
  const { app } = world
  const a = await join(app, ada)
  const l = await join(app, lin)
  await transaction(app, async inner => {
    for (const { accountId } of [a, l]) await openDirect(inner, accountId, true, app.clock.now())
    await answerConsent(inner, a.accountId, 'news', true, app.clock.now())
  })
  return { world, app, clock: world.clock, a, l, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() }
}

let causes = 0
/** News for Ada, unless said otherwise. */
const news = (who: Known, platformId: string, more: Partial<Message> = {}): Message => ({
  bot: BOT,
  platform: 'telegram',
  to: { kind: 'person', platformId },
  reply: plain(t('help.title')),
  locale: 'en',
  askerId: platformId,
  class: 'marketing',
  source: `push:${++causes}`,
  memberId: who.memberId,
  ...more,
})
const queue = async (app: App, ...messages: Message[]) => {
  for (const one of messages) await transaction(app, inner => enqueue(inner, one))
}
const rows = (app: App) => app.db.selectFrom('outbox').selectAll().orderBy('id').execute()
const states = async (app: App) =>
  (await rows(app)).map(({ state, reason }) => (reason ? `${state}: ${reason}` : state))
const verdicts = async (app: App) =>
  (await rows(app)).map(row =>
    (row.verdicts ?? '')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line)),
  )
const send = async (app: App): Promise<number> => {
  const claimed = await claim(app, BOT, 10)
  for (const one of claimed) await settle(app, one, { kind: 'sent', messageId: '1' }, false)
  return claimed.length
}
const decide = (
  app: App,
  { communityId }: Known,
  key: 'quiet_hours' | 'cap.marketing' | 'cap.service',
  value: string,
) => changeSetting(app, { communityId, by: null, at: app.clock.now() }, key, value)

forEachEngine('the send policy', engine => {
  test('a delivery keeps whom it is for, what it says, its variant and its topic', async () => {
    await using world = await opened(engine)
    const { app, a } = world
    await queue(app, news(a, '11', { message: 'digest', period: '2026-W10', variant: 'B' }))
    expect(await rows(app)).toMatchObject([
      {
        account_id: a.accountId,
        member_id: a.memberId,
        message: 'digest',
        period: '2026-W10',
        variant: 'B',
        topic: 'news',
      },
    ])
  })

  test('whoever asked for nothing gets nothing, whoever said no neither, and answers come all the same', async () => {
    await using world = await opened(engine)
    const { app, a, l } = world
    await transaction(app, inner => answerConsent(inner, a.accountId, 'news', false, app.clock.now()))
    await queue(app, news(l, '12'), news(a, '11'), news(l, '12', { class: 'transactional' }))
    expect(await send(app)).toBe(1)
    expect(await send(app)).toBe(0)
    expect(await states(app)).toEqual([
      'skipped: they have not asked for it',
      'skipped: they turned the topic off',
      'sent',
    ])
  })

  test('on Discord even what concerns somebody needs their yes', async () => {
    await using world = await opened(engine)
    const { app } = world
    const at = app.clock.now()
    const where = { platform: 'discord', bot: 'discord:1', place: { ...OWLS, platformId: '9', kind: 'guild' } } as const
    const cord = await transaction(app, inner => arrive(inner, where, { platformId: '77', name: 'cord' }, at))
    const service = (source: string): Message => ({
      ...news({ ...cord, communityId: '' }, '77', { class: 'service', source }),
      bot: 'discord:1',
      platform: 'discord',
    })
    await queue(app, service('first'))
    expect(await claim(app, 'discord:1', 10)).toEqual([])
    await transaction(app, inner => answerConsent(inner, cord.accountId, 'service', true, at))
    await queue(app, service('second'))
    expect(await claim(app, 'discord:1', 10)).toHaveLength(1)
    expect(await states(app)).toEqual(['skipped: they have not asked for it', 'leased'])
  })

  test('silence and quiet hours hold back to their end; then it is judged again, and every verdict is kept', async () => {
    await using world = await opened(engine)
    const { app, a, clock } = world
    const start = clock.now()
    // Silence until 23:00, quiet from 22:00 to 08:00.
    await transaction(app, inner => choosePreferences(inner, a.memberId, { snoozedUntil: start + 13 * HOUR }, start))
    await queue(app, news(a, '11'))
    expect(await send(app)).toBe(0)
    expect(await rows(app)).toMatchObject([{ state: 'queued', not_before: start + 13 * HOUR, attempts: 0 }])
    clock.advance(13 * HOUR)
    expect(await send(app)).toBe(0)
    expect(await rows(app)).toMatchObject([{ state: 'queued', not_before: start + 22 * HOUR }])
    clock.advance(9 * HOUR)
    expect(await send(app)).toBe(1)
    expect(await verdicts(app)).toEqual([
      [
        { at: start, kind: 'defer', rule: 'snooze', until: start + 13 * HOUR },
        { at: start + 13 * HOUR, kind: 'defer', rule: 'quiet', until: start + 22 * HOUR },
        { at: start + 22 * HOUR, kind: 'send', because: 'asked' },
      ],
    ])
  })

  test('whoever changes their mind while it waits is heard', async () => {
    await using world = await opened(engine)
    const { app, a, clock } = world
    clock.advance(13 * HOUR)
    await queue(app, news(a, '11'))
    expect(await send(app)).toBe(0)
    await transaction(app, inner => answerConsent(inner, a.accountId, 'news', false, clock.now()))
    clock.advance(9 * HOUR)
    expect(await send(app)).toBe(0)
    expect(await states(app)).toEqual(['skipped: they turned the topic off'])
  })

  test('quiet hours are the member’s own before the community’s', async () => {
    await using world = await opened(engine)
    const { app, a, clock } = world
    await decide(app, a, 'quiet_hours', '09:00-12:00')
    await queue(app, news(a, '11'))
    expect(await send(app)).toBe(0)
    expect(await rows(app)).toMatchObject([{ not_before: clock.now() + 2 * HOUR }])
    clock.advance(HOUR)
    await transaction(app, inner => choosePreferences(inner, a.memberId, { quietHours: 'off' }, clock.now()))
    await queue(app, news(a, '11'))
    expect(await send(app)).toBe(1)
  })

  describe('a cap', () => {
    test('counts what was sent, is under way, or may have arrived; what failed does not count', async () => {
      await using world = await opened(engine)
      const { app, a, clock } = world
      await decide(app, a, 'cap.marketing', '3/24h defer')
      await queue(app, news(a, '11'), news(a, '11'), news(a, '11'), news(a, '11'), news(a, '11'))
      const start = clock.now()
      const [failing] = await claim(app, BOT, 10)
      if (failing)
        await settle(app, failing, { kind: 'problem', error: new DeliveryError('rejected', 'our mistake') }, false)
      expect(await send(app)).toBe(1)
      clock.advance(MINUTE)
      const [perhaps] = await claim(app, BOT, 10)
      if (perhaps) {
        const error = new DeliveryError('unreachable', 'cut off', { maybeSent: true })
        await settle(app, perhaps, { kind: 'problem', error }, false)
      }
      clock.advance(MINUTE)
      // Under way, and not settled.
      expect(await claim(app, BOT, 10)).toHaveLength(1)
      expect(await claim(app, BOT, 10)).toEqual([])
      const last = (await rows(app)).at(-1)
      expect(last).toMatchObject({ state: 'queued', reason: 'as many as they may get', not_before: start + DAY_LENGTH })
    })

    test('counts those that it lets through together: two chats of one member in one batch', async () => {
      await using world = await opened(engine)
      const { app, a, clock } = world
      await decide(app, a, 'cap.marketing', '1/day skip')
      const second = await join(app, { platformId: '111', name: 'Ada’s other phone' })
      await transaction(app, inner => answerConsent(inner, second.accountId, 'news', true, clock.now()))
      await queue(app, news(a, '11'), news(a, '111'))
      expect(await claim(app, BOT, 10)).toHaveLength(1)
      expect(await states(app)).toEqual(['leased', 'skipped: as many as they may get'])
    })

    test('is each class’s own, and the member’s own limit counts them together', async () => {
      await using world = await opened(engine)
      const { app, a, clock } = world
      await decide(app, a, 'cap.marketing', '1/day defer')
      await queue(app, news(a, '11'))
      expect(await send(app)).toBe(1)
      await queue(app, news(a, '11'), news(a, '11', { class: 'service' }))
      expect(await send(app)).toBe(1)
      expect(await states(app)).toEqual(['sent', 'queued: as many as they may get', 'sent'])
      await transaction(app, inner => choosePreferences(inner, a.memberId, { mostADay: 2 }, clock.now()))
      await queue(app, news(a, '11', { class: 'service' }))
      expect(await send(app)).toBe(0)
      expect((await states(app)).at(-1)).toBe('queued: as many as they may get')
    })

    test('is kept by two processes that claim for two bots at once', async () => {
      await using world = await opened(engine)
      const { app, a, clock } = world
      await decide(app, a, 'cap.marketing', '1/day skip')
      const at = clock.now()
      const where = {
        platform: 'discord',
        bot: 'discord:1',
        place: { ...OWLS, platformId: '9', kind: 'guild' },
      } as const
      const cord = await transaction(app, inner => arrive(inner, where, { platformId: '77', name: 'cord' }, at))
      await transaction(app, inner => answerConsent(inner, cord.accountId, 'news', true, at))
      const other = await world.world.another()
      for (let day = 0; day < 5; day++) {
        await queue(app, news(a, '11'), { ...news(a, '77'), bot: 'discord:1', platform: 'discord' })
        const both = await Promise.all([claim(app, BOT, 10), claim(other, 'discord:1', 10)])
        expect(both.flat()).toHaveLength(1)
        clock.advance(DAY_LENGTH)
      }
    })
  })

  test('the same is said once per period to one member, on whichever account and in whichever variant', async () => {
    await using world = await opened(engine)
    const { app, a, clock } = world
    await decide(app, a, 'cap.marketing', 'off')
    const second = await join(app, { platformId: '111', name: 'Ada’s other phone' })
    await transaction(app, inner => answerConsent(inner, second.accountId, 'news', true, clock.now()))
    const digest = { message: 'digest', period: '2026-W10' }
    await queue(app, news(a, '11', { ...digest, variant: 'A' }), news(a, '111', { ...digest, variant: 'B' }))
    expect(await send(app)).toBe(1)
    await queue(app, news(a, '11', digest), news(a, '11', { message: 'digest', period: '2026-W11' }))
    expect(await send(app)).toBe(1)
    expect(await states(app)).toEqual([
      'sent',
      'skipped: they were told before',
      'skipped: they were told before',
      'sent',
    ])
  })

  test('an answer that comes late goes before a push to many that was queued earlier', async () => {
    await using world = await opened(engine)
    const { app, a, l } = world
    await queue(app, ...Array.from({ length: 50 }, (_, i) => news(a, `nobody ${i}`)))
    await queue(app, news(l, '12', { class: 'transactional' }))
    expect((await claim(app, BOT, 1)).map(({ chatKey }) => chatKey)).toEqual(['p:12'])
  })

  test('what is judged and held back never stops what is behind it', async () => {
    await using world = await opened(engine)
    const { app, l } = world
    await queue(app, ...Array.from({ length: 70 }, () => news(l, '12')), news(l, '12', { class: 'transactional' }))
    expect(await claim(app, BOT, 8)).toHaveLength(1)
  })

  describe('the suppression list', () => {
    const refuse = async (app: App, message: Message, problem: 'blocked' | 'forbidden' | 'gone' | 'rejected') => {
      await queue(app, message)
      const [one] = await claim(app, BOT, 1)
      if (!one) throw new Error('nothing was claimed')
      await settle(app, one, { kind: 'problem', error: new DeliveryError(problem, 'as planned') }, false)
    }
    const list = (app: App) => app.db.selectFrom('suppressions').selectAll().execute()

    test('holds whoever blocked us, with the reason, until they open their chat again', async () => {
      await using world = await opened(engine)
      const { app, a, clock } = world
      const answer = news(a, '11', { class: 'transactional' })
      clock.advance(MINUTE)
      await refuse(app, answer, 'blocked')
      expect(await list(app)).toEqual([
        { bot: BOT, chat_key: 'p:11', account_id: a.accountId, reason: 'blocked: as planned', since: clock.now() },
      ])
      await queue(app, { ...answer, source: 'again' }, news(a, '11'))
      expect(await send(app)).toBe(0)
      expect((await states(app)).slice(1)).toEqual(Array(2).fill('skipped: the chat is on the suppression list'))
      clock.advance(MINUTE)
      await transaction(app, inner => openDirect(inner, a.accountId, false, clock.now()))
      await transaction(app, inner => openDirect(inner, a.accountId, true, clock.now()))
      await queue(app, { ...answer, source: 'welcome back' })
      expect(await send(app)).toBe(1)
      expect(await list(app)).toEqual([])
    })

    test('is left by a new yes: on Discord no chat opens by itself', async () => {
      await using world = await opened(engine)
      const { app, a, clock } = world
      clock.advance(MINUTE)
      await refuse(app, news(a, '11', { class: 'transactional' }), 'forbidden')
      clock.advance(MINUTE)
      await transaction(app, inner => answerConsent(inner, a.accountId, 'service', true, clock.now()))
      await queue(app, news(a, '11', { class: 'service' }))
      expect(await send(app)).toBe(1)
    })

    test('holds a group for some hours only, and nobody for a message that was our mistake', async () => {
      await using world = await opened(engine)
      const { app, clock } = world
      const chat = { id: '-100', direct: false, ephemeral: false }
      const post = (source: string): Message => ({
        bot: BOT,
        platform: 'telegram',
        to: { kind: 'chat', chat },
        reply: plain(t('help.title')),
        locale: 'en',
        askerId: '',
        class: 'service',
        source,
      })
      await refuse(app, post('1'), 'rejected')
      expect(await list(app)).toEqual([])
      await refuse(app, post('2'), 'forbidden')
      await queue(app, post('3'))
      expect(await send(app)).toBe(0)
      clock.advance(6 * HOUR)
      await queue(app, post('4'))
      expect(await send(app)).toBe(1)
      expect(await list(app)).toEqual([])
    })
  })

  test('every push carries the way out of its topic, whoever wrote it; nothing else does', async () => {
    await using world = await opened(engine)
    const { app, a, l } = world
    await queue(app, news(a, '11', { askerId: '' }), news(l, '12', { class: 'service' }))
    const [push, service] = await claim(app, BOT, 10)
    expect(push?.delivery.reply.buttons).toMatchObject([{ command: 'topics', args: { topic: 'news', set: 'off' } }])
    expect(push?.delivery.askerId).toBe('11')
    expect(service?.delivery.reply.buttons).toEqual([])
  })
})
