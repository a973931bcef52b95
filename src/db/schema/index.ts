/** All tables. */
import type { Generated } from 'kysely'
import type {
  ActivityDayRow,
  ActivityRow,
  ActivityTodoRow,
  BalanceRow,
  CheckinRow,
  LedgerRow,
  StandingRow,
  StreakRow,
} from './facts.ts'
import type {
  AccountRow,
  CommunityRow,
  DayRuleRow,
  LinkCodeRow,
  MemberRow,
  MergeRow,
  PersonRow,
  PlaceRow,
  PresenceRow,
} from './people.ts'
import type { InboxRow, MetaRow, OutboxRow, PlaygroundMessageRow, PrivateAnswerRow } from './traffic.ts'

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
  merge_moves: {
    id: Generated<number>
    merge_id: string
    table_name: string
    row_key: string
    column_name: string
    before: string | null
    after: string | null
  }
  inbox: InboxRow
  private_answers: PrivateAnswerRow
  outbox: OutboxRow
  activity: ActivityRow
  activity_todo: ActivityTodoRow
  activity_days: ActivityDayRow
  ledger: LedgerRow
  balances: BalanceRow
  standings: StandingRow
  checkins: CheckinRow
  streaks: StreakRow
  playground_messages: PlaygroundMessageRow
}
