/** Row types of what comes in and goes out. */
import type { Generated } from 'kysely'
import type { Fixed } from './people.ts'

export interface InboxRow {
  id: Generated<number>
  bot: Fixed<string>
  event_id: Fixed<string>
  state: 'received' | 'done' | 'answered'
  /** JSON of a Request. */
  request: string
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
  /** Whose leaving ends it. */
  member_id: string | null
  /** The place whose loss ends it. */
  place_id: string | null
  /** Whose private chat it goes to; null for a channel. */
  account_id: Generated<string | null>
  /** What it says, whatever the variant; null for what is said once. */
  message: Generated<string | null>
  /** For which period it says that, such as a day. */
  period: Generated<string>
  variant: Generated<string | null>
  /** What it is about; null for what nobody can turn off. */
  topic: Generated<string | null>
  /** What the send policy said each time, oldest first: a line of JSON each. */
  verdicts: Generated<string | null>
}
/** A chat that a platform refuses for good. */
export interface SuppressionRow {
  bot: Fixed<string>
  chat_key: Fixed<string>
  account_id: string | null
  reason: string
  since: number
}
/** A form that waits for its answers: whole on some platforms, question by question on others. */
export interface FormRow {
  id: Fixed<string>
  account_id: Fixed<string>
  /** The community it was opened for. */
  community_id: Fixed<string | null>
  bot: Fixed<string>
  chat: string
  /** JSON of a Form. */
  form: Fixed<string>
  /** JSON of the values so far. */
  draft: string
  /** The field that is asked for, from 0. */
  step: number
  /** Raised by every change, so that two answers at once are told apart. */
  revision: number
  /** The inbox row whose answer holds the question. */
  asked_in: number | null
  state: 'open' | 'done' | 'cancelled'
  opened_at: Fixed<number>
  expires_at: number
  finished_at: number | null
}
/** A file that somebody sent; its bytes lie in the files folder under `path`. */
export interface FileRow {
  id: Fixed<string>
  community_id: string | null
  account_id: Fixed<string>
  path: Fixed<string>
  /** As the person called it. */
  name: string
  /** By its first bytes, never by its name. */
  kind: Fixed<string>
  bytes: Fixed<number>
  sha256: Fixed<string>
  created_at: Fixed<number>
  deleted_at: number | null
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
