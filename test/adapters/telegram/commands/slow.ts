import { defineCommand } from '#src/chat/command.ts'
import { button, notice, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { slow as held } from '../gate.ts'

/** Takes as long as the test says. */
export const slow = defineCommand({
  name: 'slow',
  description: 'help.description',
  where: 'anywhere',
  who: 'member',
  reply: 'public',
  menu: 40,
  async run(_app, { member }) {
    await held.gate.passed
    const words = t('checkin.note', { note: 'slow' })
    return member ? plain(words, button(t('help.title'), 'slow', {}, { by: 'anyone', answer: 'new' })) : notice(words)
  },
})
