import { defineCommand, text } from '#src/chat/command.ts'
import { button, notice } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { gates } from '#test/adapters/gate.ts'

/** Waits for the test; declared public, and its outcome is a private notice. */
export const shy = defineCommand({
  name: 'shy',
  description: 'help.description',
  where: 'anywhere',
  who: 'member',
  reply: 'public',
  menu: 1,
  args: { note: text('checkin.arg.note', { max: 2000, optional: true }) },
  async run(_app, { args }) {
    await gates.get('shy')?.pass()
    return notice(
      t('checkin.note', { note: args.note ?? 'shy' }),
      button(t('checkin.button'), 'shy', { note: 'updated' }),
      button(t('leaderboard.open'), 'shy', { note: 'new' }, { answer: 'new', by: 'anyone' }),
    )
  },
})
