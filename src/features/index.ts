/** The features, in order: each imports only those before it. */
import { contribution as activity } from './activity/index.ts'
import { contribution as apikeys } from './apikeys/index.ts'
import { contribution as audit } from './audit/index.ts'
import { contribution as awards } from './awards/index.ts'
import { contribution as boards } from './boards/index.ts'
import { contribution as checkin } from './checkin/index.ts'
import { contribution as consents } from './consents/index.ts'
import type { Contribution } from './contribution.ts'
import { contribution as days } from './days/index.ts'
import { contribution as files } from './files/index.ts'
import { contribution as forms } from './forms/index.ts'
import { contribution as inbox } from './inbox/index.ts'
import { contribution as linking } from './linking/index.ts'
import { contribution as outbox } from './outbox/index.ts'
import { contribution as people } from './people/index.ts'
import { contribution as points } from './points/index.ts'
import { contribution as policy } from './policy/index.ts'
import { contribution as privacy } from './privacy/index.ts'
import { contribution as profiles } from './profiles/index.ts'
import { contribution as segments } from './segments/index.ts'
import { contribution as settings } from './settings/index.ts'

/** Also the list that the architecture test reads: a feature may import those above its own line. */
export const ORDER = [
  'days',
  'people',
  'audit',
  'consents',
  'points',
  'activity',
  'awards',
  'inbox',
  'policy',
  'outbox',
  'files',
  'forms',
  'settings',
  'apikeys',
  'communities',
  'profiles',
  'checkin',
  'boards',
  'segments',
  'linking',
  'privacy',
] as const

export const contributions: readonly Contribution[] = [
  days,
  people,
  audit,
  consents,
  points,
  activity,
  awards,
  inbox,
  policy,
  outbox,
  files,
  forms,
  settings,
  apikeys,
  profiles,
  checkin,
  boards,
  segments,
  linking,
  privacy,
]
