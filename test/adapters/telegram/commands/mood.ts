import { choice, defineCommand, whole } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Needs one that buttons answer and one that words do. */
export const mood = defineCommand({
  name: 'mood',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 93,
  args: {
    kind: choice('settings.arg.board', {
      options: { good: 'settings.choice.board.shown', bad: 'settings.choice.board.hidden' },
    }),
    size: whole('settings.arg.day_start', { min: 1, max: 10 }),
  },
  run: async (_app, { args: { kind, size } }) => plain(t('checkin.note', { note: `${kind} | ${size}` })),
})
