import { defineCommand } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Only in a private chat. */
export const alone = defineCommand({
  name: 'alone',
  description: 'start.description',
  where: 'direct',
  who: 'member',
  reply: 'private',
  menu: 80,
  async run() {
    return plain(t('checkin.note', { note: 'alone' }))
  },
})
