/** Row types of activity, points and check-ins. */
import type { Generated } from 'kysely'
import type { Fixed } from './people.ts'

export interface ActivityRow {
  id: Generated<number>
  community_id: string
  member_id: string | null
  account_id: Fixed<string | null>
  kind: Fixed<string>
  subject: Fixed<string>
  day: Fixed<string>
  at: Fixed<number>
  /** JSON. */
  details: Fixed<string>
}
export interface ActivityTodoRow {
  activity_id: number
  consumer: string
  attempts: Generated<number>
  not_before: number
}
export interface ActivityDayRow {
  member_id: string
  day: string
  count: number
}
export interface LedgerRow {
  id: Generated<number>
  member_id: string
  account_id: Fixed<string | null>
  unit: Fixed<'points' | 'coins'>
  amount: Fixed<number>
  source: Fixed<string>
  day: Fixed<string>
  at: Fixed<number>
  reverses: Fixed<number | null>
}
export interface BalanceRow {
  member_id: string
  unit: 'points' | 'coins'
  total: number
}
export interface StandingRow {
  member_id: string
  community_id: string
  /** `all`, `2026-W10` or `2026-03`. */
  period: string
  points: number
  /** When the last entry of the period was made: on equal points, the earlier comes first. */
  reached_at: number
}
export interface CheckinRow {
  id: Generated<number>
  member_id: string
  account_id: Fixed<string>
  camp: Fixed<string>
  day: Fixed<string>
  zone: Fixed<string>
  note: string | null
  at: Fixed<number>
  /** Since when another check-in of the same day counts instead: two accounts proved to be one person. */
  superseded_at: number | null
}
export interface StreakRow {
  member_id: string
  camp: string
  current: number
  longest: number
  total: number
  last_day: string
}
/** Why staff gave points: the words behind a fact of the kind `points.awarded`. */
export interface AwardRow {
  id: Generated<number>
  /** As the fact and, behind `award:`, the ledger entry have it. */
  subject: Fixed<string>
  /** The member's id as it was given then. */
  asked_as: Fixed<string>
  /** Null once its member is forgotten. */
  reason: string | null
}
