import { defineCommand, text } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { gates } from '#test/adapters/gate.ts'

/** Waits for the test; declared private, and its outcome is as declared. */
export const hush = defineCommand({
  name: 'hush',
  description: 'help.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 1,
  args: { note: text('checkin.arg.note', { max: 2000, optional: true }) },
  async run(_app, { args }) {
    await gates.get('hush')?.pass()
    return plain(
      t('checkin.note', { note: args.note ?? 'hush' }),
      button(t('checkin.button'), 'hush', { note: 'updated' }),
      button(t('leaderboard.open'), 'hush', { note: 'new' }, { answer: 'new', by: 'anyone' }),
    )
  },
})
