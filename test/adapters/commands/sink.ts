import { choice, day, defineCommand, item, member, text, whole } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Every kind of argument but a file; answers with what it was given. */
export const sink = defineCommand({
  name: 'sink',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 1,
  args: {
    who: member('streak.arg.member'),
    size: whole('settings.arg.day_start', { min: 1, max: 9 }),
    board: choice('settings.arg.board', {
      options: { shown: 'settings.choice.board.shown', hidden: 'settings.choice.board.hidden' },
      optional: true,
    }),
    when: day('help.arg.command', { optional: true }),
    place: item('settings.arg.zone', {
      optional: true,
      complete: async (_app, _asker, typed) =>
        ['alpha', 'beta'].filter(value => value.startsWith(typed)).map(value => ({ value, label: value })),
    }),
    note: text('checkin.arg.note', { max: 50, optional: true }),
  },
  async run(_app, { args }) {
    const given = [
      args.who.name,
      args.size,
      args.board ?? '-',
      args.when ?? '-',
      args.place ?? '-',
      args.note ?? '-',
    ].join(' | ')
    return plain(t('checkin.note', { note: given }), button(t('help.title'), 'sink', { size: '3' }))
  },
})
