import { defineGroup } from '#src/chat/command.ts'

export const points = defineGroup({ name: 'points', description: 'points.description', menu: 30 })
