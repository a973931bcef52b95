/** What a failed call means. The only place of this adapter that makes DeliveryError. */
import { GrammyError, HttpError } from 'grammy'
import { DeliveryError, type DeliveryProblem } from '../../chat/port.ts'
import { errorCode } from '../../lib/problem.ts'
import { SECOND } from '../../lib/time.ts'

/** The words by which the platform says what was wrong; the first that fits counts. */
const WORDS: ReadonlyArray<readonly [RegExp, DeliveryProblem]> = [
  [/bot was blocked by the user|can't initiate conversation|can't send messages to bots/i, 'blocked'],
  [/user is deactivated|chat not found|user not found|PEER_ID_INVALID|group chat was deactivated/i, 'gone'],
  [/message to (edit|delete|be replied) not found|message can't be (edited|deleted)|MESSAGE_ID_INVALID/i, 'gone'],
  [/(wrong|invalid) file_?id|file is temporarily unavailable/i, 'gone'],
  [/message thread not found|query is too old|QUERY_ID_INVALID/i, 'gone'],
  [/bot was kicked|bot is not a member|not enough rights|have no rights|CHAT_WRITE_FORBIDDEN/i, 'forbidden'],
  [/TOPIC_CLOSED|CHAT_RESTRICTED|user is an administrator of the chat|CHAT_ADMIN_REQUIRED/i, 'forbidden'],
]

/** Refusals that say that what was asked for is so already. */
const DONE = /message is not modified|USER_ALREADY_PARTICIPANT|HIDE_REQUESTER_MISSING/i

/** Failures of the network that come before anything was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** Whether the platform says that what a call asked for is so already. */
export const isDone = (error: unknown): boolean => error instanceof GrammyError && DONE.test(error.description)

/** Whether the platform no longer knows the token. 404 is its answer to one that never was. */
export const isRevoked = (error: unknown): boolean =>
  error instanceof GrammyError &&
  (error.error_code === 401 || (error.error_code === 404 && /^Not Found$/.test(error.description)))

/** Whether somebody else receives the bot's updates. */
export const isConflict = (error: unknown): boolean => error instanceof GrammyError && error.error_code === 409

/** The failure in our words. Neither the token nor what was sent is in it: no cause, no payload. */
export function deliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  if (error instanceof GrammyError) return refused(error)
  if (error instanceof HttpError) {
    const code = errorCode(error.error)
    return new DeliveryError('unreachable', `Telegram could not be reached (${code ?? reason(error.error)})`, {
      maybeSent: code === undefined || !NEVER_SENT.has(code),
    })
  }
  // Nothing of the platform's: what we wanted to send could not even be made.
  return new DeliveryError('rejected', error instanceof Error ? error.message : String(error), { cause: error })
}

function refused(error: GrammyError): DeliveryError {
  const { error_code: code, description, method, parameters } = error
  const message = `${method}: ${description} (${code})`
  if (code === 429) {
    const retryAfterMs = (parameters.retry_after ?? 1) * SECOND
    return new DeliveryError('rate-limited', message, { retryAfterMs })
  }
  if (parameters.migrate_to_chat_id !== undefined)
    return new DeliveryError('gone', message, { movedTo: String(parameters.migrate_to_chat_id) })
  if (code >= 500) return new DeliveryError('unreachable', message, { maybeSent: true })
  if (isRevoked(error)) return new DeliveryError('unreachable', message)
  const known = WORDS.find(([words]) => words.test(description))?.[1]
  const accountDeleted = /user is deactivated/i.test(description)
  return new DeliveryError(known ?? (code === 403 ? 'forbidden' : 'rejected'), message, { accountDeleted })
}

/** While the platform wants silence nothing is called. */
export const silent = (retryAfterMs: number): DeliveryError =>
  new DeliveryError('rate-limited', 'Telegram asked the bot to wait', { retryAfterMs })

/** One more message to a group in its minute would bring silence over all chats: this one chat waits instead, and nothing was called. */
export const groupFull = (retryAfterMs: number): DeliveryError =>
  new DeliveryError('rate-limited', 'the group has had its messages of this minute', { retryAfterMs })

/** A file is larger than what was asked for, or than the platform hands over. */
export const fileTooBig = (maxBytes: number): DeliveryError =>
  new DeliveryError('rejected', `the file has more than ${maxBytes} bytes`)

/** The platform answered a request for a file with this status. */
export function fileRefused(status: number, retryAfter: string | null): DeliveryError {
  const message = `Telegram did not hand the file over (${status})`
  if (status === 429)
    return new DeliveryError('rate-limited', message, { retryAfterMs: Number(retryAfter ?? 1) * SECOND })
  return new DeliveryError(status === 404 || status === 410 ? 'gone' : 'unreachable', message)
}

/** The way to a file broke. Its address holds the token: nothing of what was thrown is kept but its code. */
export function fileUnreachable(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  const late = error instanceof Error && error.name === 'TimeoutError'
  const code = errorCode(error instanceof Error ? error.cause : undefined)
  return new DeliveryError(
    'unreachable',
    `a file could not be fetched (${late ? 'no answer in time' : (code ?? 'no answer')})`,
  )
}

/** What went wrong on the way, without the address that holds the token. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  if (/timed out/.test(error.message)) return 'no answer in time'
  if (error.name === 'AbortError') return 'given up'
  return error.name === 'FetchError' && 'type' in error ? String(error.type) : 'no answer'
}
