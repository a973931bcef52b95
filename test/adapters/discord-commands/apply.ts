import { defineCommand } from '#src/chat/command.ts'
import { form } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { gates } from '#test/adapters/gate.ts'

/** Asks for arguments of another command, some of them required, filled in to begin with; waits for the test before it does. */
export const apply = defineCommand({
  name: 'apply',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'private',
  menu: 4,
  async run() {
    await gates.get('apply')?.pass()
    return form(t('settings.title'), 'files', ['proof', 'who', 'size', 'board', 'note'], {
      args: { when: '2026-03-01' },
      values: { size: '3', board: 'hidden', note: 'so far '.repeat(10) },
    })
  },
})
