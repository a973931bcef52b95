import { defineGroup } from '#src/chat/command.ts'

export const segment = defineGroup({ name: 'segment', description: 'segment.description', menu: 104, alone: 'list' })
