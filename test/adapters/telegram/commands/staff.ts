import { defineCommand } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** For managers alone. */
export const staff = defineCommand({
  name: 'staff',
  description: 'help.description',
  where: 'community',
  who: 'manager',
  reply: 'public',
  menu: 50,
  async run(_app, { asker }) {
    return plain(t('checkin.note', { note: `for staff: ${asker.role}` }))
  },
})
