/** settings */
import type { Contribution } from '../contribution.ts'

export const contribution: Contribution = { name: 'settings', tables: ['settings', 'channels'] }
