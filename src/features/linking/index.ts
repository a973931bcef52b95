/** linking */
import type { Contribution } from '../contribution.ts'

export const contribution: Contribution = { name: 'linking', tables: ['link_codes', 'merges', 'moves', 'connections', 'connect_codes', 'code_tries'] }
