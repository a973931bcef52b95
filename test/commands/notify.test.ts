// /notify: what may be written privately, to which account; asked for on Discord, and the last word counts.
import { expect, test } from 'vitest'
import { type App, transaction } from '#src/app.ts'
import { allows, TOPICS } from '#src/features/consents/index.ts'
import { arrive } from '#src/features/people/index.ts'
import { ada, join, lin } from '#test/features/scene.ts'
import { forEachEngine } from '#test/support/engines.ts'
import { converse, labels } from './conversation.ts'

/** Gives somebody a Discord account beside their Telegram one, as linking does. */
async function onDiscord(
  { app, clock }: Awaited<ReturnType<typeof converse>>,
  telegramAccount: string,
): Promise<string> {
  clock.advance(1)
  const where = {
    platform: 'discord',
    bot: 'discord:1',
    place: { platformId: '9', kind: 'guild', title: 'G' },
  } as const
  return transaction(app, async inner => {
    const there = await arrive(inner, where, { platformId: '77', name: 'ada.cord' }, app.clock.now())
    const { person_id } = await inner.db
      .selectFrom('accounts')
      .select('person_id')
      .where('id', '=', telegramAccount)
      .executeTakeFirstOrThrow()
    await inner.db.updateTable('accounts').set({ person_id }).where('id', '=', there.accountId).execute()
    return there.accountId
  })
}
const allowed = async (app: App, accountId: string) => {
  const found: string[] = []
  for (const topic of TOPICS) if (await allows(app, accountId, topic)) found.push(topic)
  return found
}

forEachEngine('/notify', engine => {
  test('shows every topic for every account, what each means, and what it is now', async () => {
    await using world = await converse(engine)
    const { accountId } = await join(world.app, ada)
    await onDiscord(world, accountId)
    const shown = await world.type(ada, '/notify', null)
    expect(shown.said.split('\n')).toEqual([
      'What I may write to you privately',
      'Your own things: a link to confirm, your data about to be deleted.',
      'Reminders: your day ends and you have not checked in.',
      'News: what your community announces.',
      'On Discord I write to you only about what you turned on.',
      ...[
        'Your own things · Telegram (Ada)',
        'on',
        'Reminders · Telegram (Ada)',
        'off',
        'News · Telegram (Ada)',
        'off',
      ],
      ...['Your own things · Discord (ada.cord)', 'off'],
      ...['Reminders · Discord (ada.cord)', 'off', 'News · Discord (ada.cord)', 'off'],
    ])
    expect(labels(shown)).toHaveLength(6)
    expect(shown.answer.visibility).toBe('private')
  })

  test('turns each on and off by its button, for that account alone', async () => {
    await using world = await converse(engine)
    const { app } = world
    const { accountId } = await join(app, ada)
    const discordId = await onDiscord(world, accountId)
    let shown = await world.type(ada, '/notify', null)
    shown = await world.press(ada, shown, 'Turn on: News · Discord (ada.cord)', null)
    expect(shown.said).toContain('From now on I may write to you on Discord (ada.cord): News.')
    expect([await allowed(app, accountId), await allowed(app, discordId)]).toEqual([['service'], ['news']])
    shown = await world.press(ada, shown, 'Turn off: Your own things · Telegram (Ada)', null)
    expect([await allowed(app, accountId), await allowed(app, discordId)]).toEqual([[], ['news']])
    await world.press(ada, shown, 'Turn off: News · Discord (ada.cord)', null)
    expect(await allowed(app, discordId)).toEqual([])
  })

  test('can be typed, for the account in use unless another is named; nobody else’s is reached', async () => {
    await using world = await converse(engine)
    const { app } = world
    const { accountId } = await join(app, ada)
    const other = await join(app, lin)
    const discordId = await onDiscord(world, accountId)
    await world.type(ada, '/notify topic:reminders', null)
    expect(await allowed(app, accountId)).toEqual(['service', 'reminders'])
    await world.type(ada, '/notify topic:news set:on account:discord', null)
    await world.type(ada, '/notify topic:news set:on account:ada.cord', null)
    expect(await allowed(app, discordId)).toEqual(['news'])
    for (const account of [other.accountId, other.accountId.slice(-8), 'Lin', 'everyone'])
      expect((await world.type(ada, `/notify topic:news set:on account:${account}`, null)).said).toContain(
        `I know no account “${account}” of yours.`,
      )
    expect(await allowed(app, other.accountId)).toEqual(['service'])
  })

  test('says where the private chat still has to be opened', async () => {
    await using world = await converse(engine)
    await join(world.app, ada)
    expect((await world.type(ada, '/notify')).said).toContain(
      'On Telegram I cannot write to you yet: open our private chat and press Start.',
    )
  })
})
