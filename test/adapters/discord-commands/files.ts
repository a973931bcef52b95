import { attachment, choice, day, defineCommand, item, member, text, whole } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

const MEGABYTE = 1024 * 1024

/** Every kind of argument; answers with what it was given. */
export const files = defineCommand({
  name: 'files',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 2,
  args: {
    proof: attachment('checkin.arg.note', { maxBytes: MEGABYTE, accepts: ['pdf', 'png', 'text'] }),
    who: member('streak.arg.member'),
    size: whole('settings.arg.day_start', { min: -1, max: 9 }),
    board: choice('settings.arg.board', {
      options: { shown: 'settings.choice.board.shown', hidden: 'settings.choice.board.hidden' },
      optional: true,
    }),
    when: day('help.arg.command', { optional: true }),
    place: item('settings.arg.zone', {
      optional: true,
      complete: async (_app, { asker }, typed) => {
        if (typed === 'never') return new Promise(() => {})
        if (typed === 'broken') throw new Error('the list is broken')
        return [
          { value: 'alpha', label: `α for ${asker.name}` },
          { value: 'x'.repeat(101), label: 'too long to be sent back' },
          { value: 'beta', label: '' },
        ].filter(({ value }) => value.startsWith(typed))
      },
    }),
    note: text('checkin.arg.note', { max: 50, optional: true }),
  },
  async run(_app, { args }) {
    const { proof } = args
    const given = [
      `${proof.name} ${proof.kind} ${proof.size}`,
      args.who.name,
      args.size,
      args.board ?? '-',
      args.when ?? '-',
      args.place ?? '-',
      args.note ?? '-',
    ]
    return plain(t('checkin.note', { note: given.join(' | ') }))
  },
})
