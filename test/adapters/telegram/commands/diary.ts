import { choice, defineCommand } from '#src/chat/command.ts'
import { form, privately } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Asks for what `/entry` needs: of everybody to see, of the asker alone, or with something there already; or for what `/mood` needs. */
export const diary = defineCommand({
  name: 'diary',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  opens: 'form',
  menu: 90,
  args: {
    how: choice('settings.arg.board', {
      options: {
        hidden: 'settings.choice.board.hidden',
        again: 'settings.choice.board.shown',
        mood: 'settings.choice.board.shown',
      },
      optional: true,
    }),
  },
  async run(_app, { args: { how } }) {
    if (how === 'mood') return form(t('settings.title'), 'mood', ['kind', 'size'])
    const values = how === 'again' ? { values: { note: 'before' } } : {}
    const asked = form(t('settings.title'), 'entry', ['size', 'note'], values)
    return how === 'hidden' ? privately(asked) : asked
  },
})
