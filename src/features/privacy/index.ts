/** privacy */
import type { Contribution } from '../contribution.ts'

export const contribution: Contribution = { name: 'privacy', tables: ['forget_requests'] }
