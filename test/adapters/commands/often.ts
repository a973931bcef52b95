import { defineCommand } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Once in ten seconds. */
export const often = defineCommand({
  name: 'often',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  cooldown: { uses: 1, seconds: 10 },
  menu: 4,
  async run() {
    return plain(t('checkin.note', { note: 'now' }))
  },
})
