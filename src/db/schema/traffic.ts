/** Row types of what comes in and goes out. */
import type { Generated } from 'kysely'
import type { Fixed } from './people.ts'

export interface InboxRow {
  id: Generated<number>
  bot: Fixed<string>
  event_id: Fixed<string>
  state: 'received' | 'done' | 'answered'
  /** JSON of a Request. */
  request: Fixed<string>
  /** What answering through the interaction needs; wiped once answered, and after 15 minutes in any case. */
  token: string | null
  /** JSON of an Answer, from `done` on; null for what needs none. */
  answer: string | null
  message_id: string | null
  received_at: Fixed<number>
  done_at: number | null
  answered_at: number | null
}
export interface PrivateAnswerRow {
  token_hash: Fixed<string>
  inbox_id: Fixed<number>
  account_id: Fixed<string>
  expires_at: Fixed<number>
  used_at: number | null
}
export type OutboxState = 'queued' | 'leased' | 'sent' | 'retry_wait' | 'failed' | 'skipped' | 'unknown'
export interface OutboxRow {
  id: Generated<number>
  bot: Fixed<string>
  platform: Fixed<'discord' | 'telegram' | 'playground'>
  /** Messages with one key keep their order and their distance. */
  chat_key: string
  /** JSON of what to say and to whom. */
  payload: string
  class: Fixed<'transactional' | 'service' | 'marketing'>
  state: OutboxState
  reason: string | null
  /** What caused it: the same cause is never queued twice. */
  source: Fixed<string>
  nonce: Fixed<string>
  attempts: number
  not_before: number
  leased_at: number | null
  leased_until: number | null
  created_at: Fixed<number>
  finished_at: number | null
  message_id: string | null
}
export interface PlaygroundMessageRow {
  id: Generated<number>
  chat: Fixed<string>
  author: Fixed<string>
  /** The one person who sees it; null for everyone in the chat. */
  seen_by: Fixed<string | null>
  /** JSON. */
  body: string
  at: Fixed<number>
  /** The same for every try at one message. */
  nonce: Fixed<string | null>
}
export interface MetaRow {
  key: string
  value: string
}
