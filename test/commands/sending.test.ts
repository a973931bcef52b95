// /topics, /snooze, /why and /setup sending: what people may decide about what Muster sends by itself, and how it is explained.
import { expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { allows, answerConsent } from '#src/features/consents/index.ts'
import { claim, enqueue, type Message, settle } from '#src/features/outbox/index.ts'
import { preferencesOf } from '#src/features/policy/index.ts'
import { settingsOf } from '#src/features/settings/index.ts'
import { HOUR } from '#src/lib/time.ts'
import { ada, BOT, join, type Known, lin, mo } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { converse, labels } from './conversation.ts'

type World = Awaited<ReturnType<typeof converse>>

const push = (who: Known, more: Partial<Message> = {}): Message => ({
  bot: BOT,
  platform: 'telegram',
  to: { kind: 'person', platformId: ada.platformId },
  reply: plain(t('checkin.note', { note: 'The course begins on Monday.' })),
  locale: 'en',
  askerId: ada.platformId,
  class: 'marketing',
  source: 'push:1',
  memberId: who.memberId,
  ...more,
})
const queue = ({ app }: World, message: Message) => transaction(app, inner => enqueue(inner, message))
/** What goes out now. */
async function send({ app }: World) {
  const claimed = await claim(app, BOT, 10)
  for (const one of claimed) await settle(app, one, { kind: 'sent', messageId: '7' }, false)
  return claimed.map(({ delivery }) => delivery)
}

forEachEngine('/topics', engine => {
  test('shows each topic, the hours of silence by the member’s clock, and turns topics on here and off everywhere', async () => {
    await using world = await converse(engine)
    const { app } = world
    const { accountId } = await join(app, ada)
    let shown = await world.type(ada, '/topics', null)
    expect(shown.said.split('\n')).toEqual([
      'What I write to you about in Night Owls',
      'Quiet hours: 22:00-08:00 (UTC)',
      ...['Your own things', 'on', 'Reminders', 'off', 'News', 'off'],
    ])
    shown = await world.press(ada, shown, 'Turn on: News', null)
    expect(shown.said).toContain('From now on: News. On Ada.')
    expect(await allows(app, accountId, 'news')).toBe(true)
    shown = await world.press(ada, shown, 'Turn off: News', null)
    expect(shown.said).toContain('No more of this: News.')
    expect(await allows(app, accountId, 'news')).toBe(false)
    expect(labels(shown)).toEqual([
      ...['Turn off: Your own things', 'Turn on: Reminders', 'Turn on: News', 'By account', 'A day of silence'],
    ])
  })

  test('takes quiet hours and a limit of one’s own, and the community’s again', async () => {
    await using world = await converse(engine)
    const { app } = world
    const { memberId } = await join(app, ada)
    expect((await world.type(ada, '/topics quiet:21-9:30', null)).said).toContain('Quiet hours: 21:00-09:30 (UTC)')
    expect((await world.type(ada, '/topics quiet:off', null)).said).toContain('Quiet hours: none')
    expect((await world.type(ada, '/topics most:1', null)).said).toContain('At most 1 message of mine a day')
    expect((await world.type(ada, '/topics quiet:at night', null)).said).toContain('I cannot read “at night” as hours.')
    expect(await preferencesOf(app, memberId)).toMatchObject({ quietHours: 'off', mostADay: 1 })
    await world.type(ada, '/topics quiet:standard', null)
    await world.type(ada, '/topics most:50', null)
    expect(await preferencesOf(app, memberId)).toMatchObject({ quietHours: null, mostADay: null })
  })

  test('the button under a push turns its topic off, and nothing else', async () => {
    await using world = await converse(engine)
    const { app } = world
    const who = await join(app, ada)
    await transaction(app, inner => answerConsent(inner, who.accountId, 'news', true, app.clock.now()))
    await queue(world, push(who))
    const [delivery] = await send(world)
    if (!delivery) throw new Error('nothing was sent')
    const { reply, locale, askerId } = delivery
    const shown = { answer: { reply, locale, askerId, visibility: 'private', update: false } as const, said: '' }
    const answer = await world.press(ada, shown, 'No more of these', null)
    expect(answer.said).toContain('No more of this: News. On none of your accounts.')
    expect([await allows(app, who.accountId, 'news'), await allows(app, who.accountId, 'service')]).toEqual([
      false,
      true,
    ])
  })
})

forEachEngine('/snooze', engine => {
  test('is silence until then: what waits comes after it, and it can be ended', async () => {
    await using world = await converse(engine)
    const { app, clock } = world
    const who = await join(app, ada)
    await transaction(app, inner => answerConsent(inner, who.accountId, 'news', true, app.clock.now()))
    expect(labels(await world.type(ada, '/snooze', null))).toEqual(['A day', 'A week'])
    const shown = await world.type(ada, '/snooze hours:3', null)
    expect(shown.said).toMatch(/^Silence until .*13:00/)
    await queue(world, push(who))
    expect(await send(world)).toEqual([])
    expect((await world.type(ada, '/snooze', null)).said).toMatch(/^Silence until/)
    clock.advance(3 * HOUR)
    expect(await send(world)).toHaveLength(1)
    expect((await world.type(ada, '/snooze set:off', null)).said).toMatch(/^There is no silence/)
    await world.type(ada, '/snooze days:2', null)
    expect((await world.type(ada, '/snooze set:off', null)).said).toBe('The silence is over.')
    expect(await preferencesOf(app, who.memberId)).toMatchObject({ snoozedUntil: null })
  })
})

forEachEngine('/why', engine => {
  test('says what it was, what allowed it, and what held it back until when', async () => {
    await using world = await converse(engine)
    const { app, clock } = world
    const who = await join(app, ada)
    await transaction(app, inner => answerConsent(inner, who.accountId, 'news', true, app.clock.now()))
    expect((await world.type(ada, '/why', null)).said).toMatch(/^I have written nothing to you by myself/)
    await queue(world, push(who, { class: 'service', source: 'link:1' }))
    await send(world)
    clock.advance(13 * HOUR)
    await queue(world, push(who))
    await send(world)
    clock.advance(9 * HOUR)
    await send(world)
    const shown = await world.type(ada, '/why', null)
    expect(shown.said.split('\n').slice(1)).toEqual([
      expect.stringContaining('The course begins on Monday.'),
      'You turned on: News.',
      expect.stringMatching(/^Held back at .*23:00 .*until .*08:00.*: quiet hours\.$/),
      expect.stringMatching(/^Sent at .*08:00.*: topic on, no silence/),
    ])
    const [entry = ''] = labels(shown)
    const earlier = await world.press(ada, shown, entry, null)
    expect(earlier.said).toContain('It is about your own things, and you have not turned that off.')
    expect(earlier.answer.visibility).toBe('private')
  })

  test('explains nobody’s messages to others', async () => {
    await using world = await converse(engine)
    const who = await join(world.app, ada)
    await join(world.app, lin)
    await queue(world, push(who, { class: 'service' }))
    await send(world)
    const { id } = await world.app.db.selectFrom('outbox').select('id').executeTakeFirstOrThrow()
    expect((await world.type(ada, `/why message:${id}`, null)).said).toContain('The course begins on Monday.')
    expect((await world.type(lin, `/why message:${id}`, null)).said).toContain('我没有给你发过这个编号的消息')
  })
})

forEachEngine('/setup sending', engine => {
  test('changes quiet hours and caps, which are read as people write them', async () => {
    await using world = await converse(engine)
    const { communityId } = await join(world.app, mo)
    await world.type(mo, '/setup sending what:quiet 21-9')
    const shown = await world.type(mo, '/setup sending what:news 1/day 3/week skip')
    expect(shown.said).toContain('Most messages with news: 1/day 3/week skip from now on.')
    expect(await settingsOf(world.app, communityId)).toMatchObject({
      quiet_hours: '21:00-09:00',
      'cap.marketing': '1/day 3/week skip',
      'cap.service': '10/day defer',
    })
    expect((await world.type(mo, '/setup sending what:news often')).said).toContain('“often” is no cap.')
    expect((await world.type(mo, '/setup sending')).said).toContain('Quiet hours: 21:00-09:00')
  })
})
