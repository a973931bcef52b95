import { defineCommand } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Tells the role it sees. */
export const role = defineCommand({
  name: 'role',
  description: 'points.show.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 1,
  async run(_app, { asker }) {
    return plain(t('checkin.note', { note: asker.role }))
  },
})
