import { defineGroup } from '#src/chat/command.ts'

export const setup = defineGroup({ name: 'setup', description: 'setup.description', menu: 100, alone: 'show' })
