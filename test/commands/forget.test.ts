// /forget: says what will happen, asks once, waits seven days, and is called off as easily.
import { expect, test } from 'vitest'
import { transaction } from '#src/app.ts'
import { forgetDue } from '#src/contributions.ts'
import { answerConsent } from '#src/features/consents/index.ts'
import { DAY_LENGTH } from '#src/lib/time.ts'
import { ada, join, lin } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { converse, labels } from './conversation.ts'

type World = Awaited<ReturnType<typeof converse>>
const requests = ({ app }: World) => app.db.selectFrom('forget_requests').selectAll().orderBy('id').execute()

forEachEngine('/forget', engine => {
  test('explains exactly what will happen, and does nothing by that', async () => {
    await using world = await converse(engine)
    await join(world.app, ada)
    const shown = await world.type(ada, '/forget')
    expect(shown.answer.visibility).toBe('private')
    expect(shown.said.split('\n')).toEqual([
      'Being forgotten',
      'Deleted: your name and accounts here, your profile and photo, files, the notes of your check-ins, what you wrote to me and what I wrote to you.',
      'Stays without your name: that somebody checked in and earned points, so that the totals of others stay right.',
      'You stop being a member of Night Owls. The group itself you leave yourself.',
      'It happens 7 days after you confirm. Until then everything works as before, and /forget calls it off.',
      'Then it cannot be undone: if you come back, you start as somebody new.',
    ])
    expect(labels(shown)).toEqual(['Forget me', 'Take my data'])
    expect(shown.answer.reply.buttons[0]?.style).toBe('danger')
    expect(await requests(world)).toEqual([])
  })

  test('is asked for once, by the button, and says until when it can be called off', async () => {
    await using world = await converse(engine)
    const shown = await world.type(ada, '/forget', null)
    const asked = await world.press(ada, shown, 'Forget me', null)
    expect(asked.said).toBe(
      'On 11 March, 10:00 (UTC) I forget you. Until then everything works as before.\nChanged your mind? Send /forget again, and nothing is deleted.',
    )
    expect(labels(asked)).toEqual(['Keep my data', 'Take my data'])
    const again = await world.press(ada, shown, 'Forget me', null)
    expect(again.said).toContain('That is so already: on 11 March, 10:00 (UTC) I forget you.')
    expect(await requests(world)).toHaveLength(1)
  })

  test.each(['the button', 'typing it again'])(
    'is called off by %s; what was confirmed before counts no more',
    async how => {
      await using world = await converse(engine)
      const shown = await world.type(ada, '/forget', null)
      const asked = await world.press(ada, shown, 'Forget me', null)
      world.clock.advance(DAY_LENGTH)
      expect((await world.type(ada, '/checkin')).said).toContain('✓ Day 1')
      const kept =
        how === 'the button'
          ? await world.press(ada, asked, 'Keep my data', null)
          : await world.type(ada, '/forget', null)
      expect(kept.said).toBe('Called off. Nothing is deleted, and everything stays as it is.')
      expect((await world.press(ada, shown, 'Forget me', null)).said).toBe('This button is old. Send /forget instead.')
      world.clock.advance(7 * DAY_LENGTH)
      expect(await forgetDue(world.app)).toBe(0)
      const anew = await world.press(ada, kept, 'Forget me after all', null)
      expect(anew.said).toContain('On 19 March, 10:00 (UTC) I forget you.')
    },
  )

  test('is nobody else’s to confirm', async () => {
    await using world = await converse(engine)
    await join(world.app, lin)
    const shown = await world.type(ada, '/forget', null)
    expect((await world.press(lin, shown, 'Forget me', null)).said).toContain('这是别人的按钮')
    expect(await requests(world)).toEqual([])
  })

  test('done, leaves a stranger who may begin anew', async () => {
    await using world = await converse(engine)
    const { accountId } = await join(world.app, ada)
    await transaction(world.app, inner => answerConsent(inner, accountId, 'service', false, world.clock.now()))
    await world.press(ada, await world.type(ada, '/forget', null), 'Forget me', null)
    world.clock.advance(7 * DAY_LENGTH)
    expect(await forgetDue(world.app)).toBe(1)
    expect((await world.type(ada, '/forget', null)).said).toContain('You belong to no community at the moment.')
    expect((await world.type(ada, '/me', null)).said).toContain('You have said nothing about yourself yet.')
    expect((await requests(world)).map(({ done_at }) => done_at === null)).toEqual([false])
  })
})
