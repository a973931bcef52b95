/** apikeys */
import type { Contribution } from '../contribution.ts'

export const contribution: Contribution = { name: 'apikeys', tables: ['api_keys', 'idempotency_keys'] }
