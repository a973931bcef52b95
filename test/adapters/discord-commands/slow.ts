import { defineCommand, text } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { gates } from '#test/adapters/gate.ts'

/** Waits for the test; declared public, and its outcome is as declared. */
export const slow = defineCommand({
  name: 'slow',
  description: 'help.description',
  where: 'anywhere',
  who: 'member',
  reply: 'public',
  menu: 1,
  args: { note: text('checkin.arg.note', { max: 2000, optional: true }) },
  async run(_app, { args }) {
    await gates.get('slow')?.pass()
    return plain(
      t('checkin.note', { note: args.note ?? 'slow' }),
      button(t('checkin.button'), 'slow', { note: 'updated' }),
      button(t('leaderboard.open'), 'slow', { note: 'new' }, { answer: 'new', by: 'anyone' }),
      button(t('help.title'), 'hush', { note: 'secret' }),
    )
  },
})
