import { defineCommand } from '#src/chat/command.ts'

/** Fails in a way that is our fault. */
export const broken = defineCommand({
  name: 'broken',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 3,
  async run() {
    throw new Error('a secret detail of the fault')
  },
})
