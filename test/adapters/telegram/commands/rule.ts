import { defineCommand, text } from '#src/chat/command.ts'
import { form, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** A form for managers alone. */
export const rule = defineCommand({
  name: 'rule',
  description: 'help.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  opens: 'form',
  menu: 94,
  args: {
    first: text('checkin.arg.note', { max: 50, optional: true }),
  },
  run: async (_app, { args: { first }, form: handed }) =>
    first === undefined && !handed
      ? form(t('settings.title'), 'rule', ['first'])
      : plain(t('checkin.note', { note: first ?? '-' })),
})
