/** All tables. */
import type {
  ActivityDayRow,
  ActivityRow,
  ActivityTodoRow,
  AwardRow,
  BalanceRow,
  CheckinRow,
  LedgerRow,
  StandingRow,
  StreakRow,
} from './facts.ts'
import type {
  AccountRow,
  CodeTryRow,
  CommunityRow,
  ConnectCodeRow,
  ConnectionRow,
  ConsentRow,
  DayRuleRow,
  ForgetRequestRow,
  LinkCodeRow,
  MemberRow,
  MergeRow,
  MoveRow,
  PersonRow,
  PlaceRow,
  PresenceRow,
  ProfileRow,
  SendPreferenceRow,
} from './people.ts'
import type { MemberTagRow, SegmentRow, SegmentVersionRow } from './segments.ts'
import type { ApiKeyRow, AuditRow, ChannelRow, IdempotencyKeyRow, SettingRow } from './staff.ts'
import type {
  FileRow,
  FormRow,
  InboxRow,
  MetaRow,
  OutboxRow,
  PlaygroundMessageRow,
  PrivateAnswerRow,
  SuppressionRow,
} from './traffic.ts'

export interface Database {
  meta: MetaRow
  persons: PersonRow
  communities: CommunityRow
  places: PlaceRow
  accounts: AccountRow
  members: MemberRow
  presences: PresenceRow
  day_rules: DayRuleRow
  link_codes: LinkCodeRow
  merges: MergeRow
  moves: MoveRow
  connections: ConnectionRow
  connect_codes: ConnectCodeRow
  code_tries: CodeTryRow
  profiles: ProfileRow
  consents: ConsentRow
  forget_requests: ForgetRequestRow
  settings: SettingRow
  channels: ChannelRow
  audit: AuditRow
  api_keys: ApiKeyRow
  idempotency_keys: IdempotencyKeyRow
  awards: AwardRow
  forms: FormRow
  files: FileRow
  inbox: InboxRow
  private_answers: PrivateAnswerRow
  outbox: OutboxRow
  suppressions: SuppressionRow
  send_preferences: SendPreferenceRow
  activity: ActivityRow
  activity_todo: ActivityTodoRow
  activity_days: ActivityDayRow
  ledger: LedgerRow
  balances: BalanceRow
  standings: StandingRow
  checkins: CheckinRow
  streaks: StreakRow
  segments: SegmentRow
  segment_versions: SegmentVersionRow
  member_tags: MemberTagRow
  playground_messages: PlaygroundMessageRow
}
