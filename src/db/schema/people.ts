/** Row types of people and places. */
import type { ColumnType, Generated } from 'kysely'

/** Written once, never updated. */
export type Fixed<T> = ColumnType<T, T, never>
type Role = 'member' | 'reviewer' | 'manager' | 'owner'
type Platform = 'discord' | 'telegram' | 'playground'
type Locale = 'en' | 'zh-CN'

export interface PersonRow {
  id: Fixed<string>
  locale: Locale | null
  merged_into: string | null
  created_at: Fixed<number>
}
export interface CommunityRow {
  id: Fixed<string>
  name: string
  locale: Locale
  zone: string
  day_start: number
  created_at: Fixed<number>
  /** The community this one became part of, while the two are connected. */
  merged_into: string | null
}
export interface PlaceRow {
  id: Fixed<string>
  community_id: string
  platform: Fixed<Platform>
  platform_id: string
  bot: string
  kind: 'guild' | 'group' | 'supergroup' | 'channel'
  title: string
  joined_at: number
  left_at: number | null
  /** The place that a group became, when it lives on under another id. */
  moved_to: string | null
}
export interface AccountRow {
  id: Fixed<string>
  person_id: string
  platform: Fixed<Platform>
  platform_id: string
  name: string
  username: string | null
  /** The language tag the platform reports. */
  locale: string | null
  /** Since when the person can be written to privately; null when not. */
  direct_at: number | null
  /** The community a private chat is about. */
  community_id: string | null
  created_at: Fixed<number>
  /** Since when the platform says that the account is no more. */
  deleted_at: number | null
}
export interface MemberRow {
  id: Fixed<string>
  community_id: string
  person_id: string
  name: string
  /** Since when boards leave the member out. */
  hidden_at: number | null
  joined_at: number
  left_at: number | null
  /** Staff by choice of the community; null leaves it to what the platforms say. */
  role: 'reviewer' | 'manager' | null
  /** The member whose facts these are too, since two accounts proved to be one person. */
  merged_into: string | null
}
export interface PresenceRow {
  place_id: string
  account_id: Fixed<string>
  role: Role
  joined_at: number
  left_at: number | null
  /** Since when staff of the place keep the account out. */
  banned_at: number | null
}
/** From `from_at` on, the member's days are counted in `zone` and begin at `day_start`. */
export interface DayRuleRow {
  member_id: string
  from_at: number
  zone: string
  day_start: number
  /** The last day under the rule before, null for the first rule. */
  last_day: string | null
  /** The first day under this rule; days between the two never happened to the member. */
  first_day: string
  requested_at: number
}
export interface LinkCodeRow {
  code_hash: Fixed<string>
  issued_by: Fixed<string>
  redeemed_by: string | null
  created_at: Fixed<number>
  expires_at: Fixed<number>
  redeemed_at: number | null
  confirmed_at: number | null
  cancelled_at: number | null
}
export interface MergeRow {
  id: Fixed<string>
  from_person: Fixed<string>
  into_person: Fixed<string>
  merged_at: Fixed<number>
  undone_at: number | null
  confirmed_by: Fixed<string | null>
}
/** A row that a link or a connection (`cause`) moved. */
export interface MoveRow {
  id: Generated<number>
  cause: Fixed<string>
  table_name: Fixed<string>
  row_key: Fixed<string>
  column_name: Fixed<string>
  before: Fixed<string | null>
  after: Fixed<string | null>
}
/** Two communities that are one since `connected_at`. */
export interface ConnectionRow {
  id: Fixed<string>
  from_community: Fixed<string>
  into_community: Fixed<string>
  issued_by: Fixed<string>
  redeemed_by: Fixed<string>
  connected_at: Fixed<number>
  undone_at: number | null
}
export interface ConnectCodeRow {
  code_hash: Fixed<string>
  community_id: Fixed<string>
  issued_by: Fixed<string>
  created_at: Fixed<number>
  expires_at: Fixed<number>
  /** The community where it was typed first: it works there alone. */
  typed_in: string | null
  redeemed_at: number | null
  cancelled_at: number | null
}
export interface CodeTryRow {
  id: Generated<number>
  account_id: Fixed<string>
  community_id: Fixed<string | null>
  at: Fixed<number>
}
/** What somebody says about themselves. */
export interface ProfileRow {
  person_id: Fixed<string>
  about: string | null
  link: string | null
  /** A file. */
  photo: string | null
  changed_at: number
}
/** Whether one account may be written to about one topic; no row leaves it to the topic's default. */
export interface ConsentRow {
  account_id: Fixed<string>
  topic: Fixed<string>
  allowed_at: number | null
  refused_at: number | null
}
/** What a member chose about being written to; null leaves it to the community. */
export interface SendPreferenceRow {
  member_id: string
  /** `22:00-08:00`, or `off`. */
  quiet_hours: string | null
  most_a_day: number | null
  snoozed_at: number | null
  snoozed_until: number | null
  changed_at: number
}
export interface ForgetRequestRow {
  id: Generated<number>
  person_id: Fixed<string>
  account_id: Fixed<string>
  requested_at: Fixed<number>
  due_at: Fixed<number>
  cancelled_at: number | null
  done_at: number | null
}
