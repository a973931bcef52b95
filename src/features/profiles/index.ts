/** profiles */
import type { Contribution } from '../contribution.ts'

export const contribution: Contribution = { name: 'profiles', tables: ['profiles'] }
