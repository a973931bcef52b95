import { choice, defineCommand } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** More than one message holds, for everybody or for the asker. */
export const long = defineCommand({
  name: 'long',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 30,
  args: {
    board: choice('settings.arg.board', {
      options: { shown: 'settings.choice.board.shown', hidden: 'settings.choice.board.hidden' },
      optional: true,
    }),
  },
  async run(_app, { member, args }) {
    if (args.board) {
      const words = t('checkin.note', { note: 'for your eyes only '.repeat(20) })
      return { ...plain(words), visibility: args.board === 'hidden' ? 'private' : 'public' }
    }
    const lines = Array.from({ length: 120 }, (_, i) => t('checkin.note', { note: `${i} 🔥你好${'x'.repeat(60)}` }))
    return plain(
      { title: t('leaderboard.row', { name: member.name }) },
      ...lines,
      button(t('help.title'), 'long', { board: 'hidden' }, { by: 'anyone', answer: 'new' }),
      button(t('settings.title'), 'long', { board: 'shown' }, { by: 'anyone' }),
    )
  },
})
