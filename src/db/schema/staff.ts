/** Row types of what staff decide, and of the programs they let in. */
import type { Generated } from 'kysely'
import type { Fixed } from './people.ts'

/** One decision of a community; no row leaves it to the default. */
export interface SettingRow {
  community_id: string
  key: Fixed<string>
  /** JSON. */
  value: string
}
export type Purpose = 'announcements' | 'staff' | 'digest' | 'welcome'
/** Where in a place something is posted. */
export interface ChannelRow {
  place_id: Fixed<string>
  purpose: Fixed<Purpose>
  /** JSON of a ChatReference. */
  chat: string
  title: string
}
/** What staff changed: who, what, before, after. Append-only. */
export interface AuditRow {
  id: Generated<number>
  community_id: string
  account_id: Fixed<string | null>
  api_key_id: Fixed<string | null>
  action: Fixed<string>
  subject: Fixed<string>
  /** JSON, as are those after it. */
  before: Fixed<string | null>
  after: Fixed<string | null>
  at: Fixed<number>
}
export interface ApiKeyRow {
  id: Fixed<string>
  community_id: string
  name: Fixed<string>
  key_hash: Fixed<string>
  /** JSON list. */
  scopes: Fixed<string>
  created_at: Fixed<number>
  last_used_at: number | null
  revoked_at: number | null
}
/** What was answered to a request that carried a key of its own: it is answered so again. */
export interface IdempotencyKeyRow {
  api_key_id: Fixed<string>
  key: Fixed<string>
  request_hash: Fixed<string>
  status: number
  response: string
  created_at: Fixed<number>
}
