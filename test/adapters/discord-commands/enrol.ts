import { defineCommand, whole } from '#src/chat/command.ts'
import { form } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** A form that is answered with the next one. */
export const enrol = defineCommand({
  name: 'enrol',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'private',
  opens: 'form',
  menu: 6,
  args: { size: whole('settings.arg.day_start', { min: 1, max: 9, optional: true }) },
  async run(_app, { args }) {
    return args.size === undefined
      ? form(t('help.title'), 'enrol', ['size'])
      : form(t('settings.title'), 'files', ['proof', 'who'], { args: { size: String(args.size) } })
  },
})
