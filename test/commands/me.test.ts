// /me and /profile: who somebody is here, and what others read about them.
import { createCanvas } from '@napi-rs/canvas'
import { expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import type { Ask, PlaceSighting } from '#src/chat/request.ts'
import { setHidden } from '#src/features/people/index.ts'
import { changeSetting } from '#src/features/settings/index.ts'
import { ada, errors, join, lin, line, mo, OWLS, recorder, words } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { converse, labels } from './conversation.ts'

const LARKS: PlaceSighting = { platformId: '-200', kind: 'group', title: 'Larks' }
type World = Awaited<ReturnType<typeof converse>>

/** Sends a photo with a command, as people attach one. */
async function attach({ app, dispatch, opened }: World, typed: string, bytes: Uint8Array) {
  const responder = recorder()
  responder.files.set('ref', bytes)
  const file = { kind: 'file', name: 'me.png', type: 'image/png', size: bytes.length, reference: 'ref' } as const
  const received = await dispatch.receive({ ...line(app, ada, typed, null), file } as Ask)
  if (received) await dispatch.process(received, responder)
  expect(errors(opened)).toEqual([])
  return words(responder.answers[0])
}
const picture = () => createCanvas(40, 30).toBuffer('image/png')

forEachEngine('/me', engine => {
  test('says who somebody is here, privately, and leads to everything of their own', async () => {
    await using world = await converse(engine)
    await world.type(ada, '/checkin')
    const shown = await world.type(ada, '/me')
    expect(shown.answer.visibility).toBe('private')
    expect(shown.said.split('\n')).toEqual([
      'Ada',
      'You have said nothing about yourself yet. “Edit” adds a few words, a link or a photo.',
      'In Night Owls since 4 March · member',
      'Streak 1 · 10 points',
      'Time zone: UTC',
      'Boards: you are shown',
      'Accounts: Telegram (Ada)',
    ])
    expect(labels(shown)).toEqual(['Edit', 'Messages', 'Take my data', 'Be forgotten'])
    expect((await world.type(lin, '/me')).said).toContain('3 月 4 日加入Night Owls · 成员')
    expect((await world.type(mo, '/me')).said).toContain('In Night Owls since 4 March · manager')
  })

  test('follows what the community has turned off, and what the member chose', async () => {
    await using world = await converse(engine)
    const { memberId, communityId } = await join(world.app, ada)
    await world.type(ada, '/checkin')
    const decision = { communityId, by: null, at: world.clock.now() }
    await transaction(world.app, inner => setHidden(inner, memberId, true, world.clock.now()))
    expect((await world.type(ada, '/me')).said).toContain('Boards: you are hidden')
    await changeSetting(world.app, decision, 'part.points', 'off')
    const { said } = await world.type(ada, '/me')
    expect(said).toContain('\nStreak 1\n')
    await changeSetting(world.app, decision, 'part.checkin', 'off')
    await changeSetting(world.app, decision, 'part.boards', 'off')
    expect((await world.type(ada, '/me')).said).not.toMatch(/Streak|points|Boards/)
  })

  test('in a private chat tells of all communities, and works for those who belong to none', async () => {
    await using world = await converse(engine)
    expect((await world.type(ada, '/me', null)).said).toBe(
      'Ada\nYou have said nothing about yourself yet. “Edit” adds a few words, a link or a photo.\nAccounts: Telegram (Ada)',
    )
    await world.type(ada, '/checkin')
    await world.type(ada, '/checkin', LARKS)
    expect((await world.type(ada, '/me', null)).said).toContain('Communities: Larks, Night Owls')
  })

  test('of somebody else shows what they say about themselves and nothing more, to people of the same community', async () => {
    await using world = await converse(engine)
    await join(world.app, lin)
    await world.type(ada, '/profile link:https://example.org/ada I count stars.', null)
    await world.type(ada, '/checkin')
    expect((await world.type(lin, '/me @ada')).said).toBe('Ada\n“I count stars.”\nhttps://example.org/ada')
    expect((await world.type(ada, '/me @lin')).said).toBe('Lin\nLin has said nothing about themselves yet.')
    await join(world.app, mo, LARKS)
    expect((await world.type(mo, '/me @ada', LARKS)).said).toContain('I do not know “@ada” here.')
    // Who left reads no more of those who stayed.
    await world.app.engine.transaction(db =>
      db.updateTable('members').set({ left_at: 1 }).where('name', '=', 'Lin').execute(),
    )
    await world.app.engine.transaction(db =>
      db.updateTable('presences').set({ left_at: 1 }).where('joined_at', '>', 0).execute(),
    )
    expect((await world.type(lin, '/me @ada', null)).said).not.toContain('stars')
  })
})

forEachEngine('/profile', engine => {
  test('asks in a form that holds what is there; what is emptied there is gone, and a photo stays', async () => {
    await using world = await converse(engine)
    await join(world.app, ada)
    const said = await attach(world, '/profile I count stars.', picture())
    expect(said).toContain('Saved. This is what the people of your communities read with /me.')
    const form = await world.send({
      ...line(world.app, ada, '/profile'),
      chat: { id: OWLS.platformId, direct: false, ephemeral: true, forms: 'whole' },
    } as Ask)
    expect(form.answer.form).toMatchObject({
      command: 'profile',
      fields: ['about', 'link', 'photo'],
      values: { about: 'I count stars.' },
    })
    await world.handIn(ada, form, { about: '', link: 'https://example.org/ada' })
    const shown = await world.type(ada, '/me', null)
    expect(shown.said).not.toContain('stars')
    expect(shown.said).toContain('https://example.org/ada')
    expect(shown.answer.reply.picture).toMatchObject({ kind: 'photo', file: expect.stringMatching(/^fil/) })
  })

  test('is asked step by step where there is no form, and each part is taken away by its button', async () => {
    await using world = await converse(engine)
    await world.type(ada, '/checkin')
    await world.type(ada, '/profile', null)
    await world.say(ada, 'I count stars.')
    const wrong = await world.say(ada, 'example')
    expect(wrong.said).toContain('https://')
    const photo = await world.say(ada, 'https://example.org/ada')
    const done = await world.press(ada, photo, 'Skip', null)
    expect(labels(done)).toEqual(['Remove words', 'Remove link', 'My profile'])
    const removed = await world.press(ada, done, 'Remove words', null)
    expect(removed.said).toContain('Your words are gone.')
    expect(labels(removed)).toEqual(['Remove link', 'My profile'])
    const shown = await world.press(ada, removed, 'My profile', null)
    expect(shown.said).not.toContain('stars')
    expect(shown.said).toContain('https://example.org/ada')
  })

  test.each([
    ['/profile link:ftp://example.org x', '“link”'],
    [`/profile ${'x'.repeat(501)}`, 'at most 500 characters'],
    ['/profile remove:everything', '“remove” must be one of: about, link, photo.'],
  ])('refuses %s', async (typed, why) => {
    await using world = await converse(engine)
    const { said } = await world.type(ada, typed, null)
    expect(said).toContain(why)
    expect(await world.app.db.selectFrom('profiles').selectAll().execute()).toEqual([])
  })

  test('refuses what is no photo, whatever it is called', async () => {
    await using world = await converse(engine)
    await join(world.app, ada)
    const said = await attach(world, '/profile hello', new TextEncoder().encode('not a photo at all'))
    expect(said).toContain('photo')
    expect(said).not.toContain('Saved')
    expect(await world.app.db.selectFrom('profiles').selectAll().execute()).toEqual([])
    expect(await world.app.db.selectFrom('files').selectAll().execute()).toEqual([])
  })
})
