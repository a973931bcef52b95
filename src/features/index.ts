/** The features, in order: each imports only those before it. */
import { contribution as activity } from './activity/index.ts'
import { contribution as boards } from './boards/index.ts'
import { contribution as checkin } from './checkin/index.ts'
import type { Contribution } from './contribution.ts'
import { contribution as days } from './days/index.ts'
import { contribution as inbox } from './inbox/index.ts'
import { contribution as outbox } from './outbox/index.ts'
import { contribution as people } from './people/index.ts'
import { contribution as points } from './points/index.ts'

/** Also the list that the architecture test reads: a feature may import those above its own line. */
export const ORDER = [
  'days',
  'people',
  'points',
  'activity',
  'inbox',
  'outbox',
  'communities',
  'checkin',
  'boards',
] as const

export const contributions: readonly Contribution[] = [days, people, points, activity, inbox, outbox, checkin, boards]
