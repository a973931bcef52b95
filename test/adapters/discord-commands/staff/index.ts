import { defineGroup } from '#src/chat/command.ts'

export const staff = defineGroup({ name: 'staff', description: 'points.description', menu: 9 })
