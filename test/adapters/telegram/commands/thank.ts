import { defineCommand, member, text } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Names somebody, with words after the name. */
export const thank = defineCommand({
  name: 'thank',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 70,
  args: { who: member('streak.arg.member'), note: text('checkin.arg.note', { max: 200, optional: true }) },
  async run(_app, { args }) {
    return plain(t('private.answered', { who: args.who.mention }), t('checkin.note', { note: args.note ?? '-' }))
  },
})
