/** What Telegram allows, and how far this adapter goes within it. */
import type { Pace } from '../../lib/limiter.ts'
import { MINUTE, SECOND } from '../../lib/time.ts'

/** Characters of a message, counted in UTF-16 units (the stricter of the two counts in use), after entities. */
export const TEXT_MAX = 4096
export const CAPTION_MAX = 1024
/** Characters of the box or toast that answers a press. */
export const ALERT_MAX = 200
/** Buttons under one message. */
export const BUTTONS_MAX = 100
/** Telegram sets no limit for a label; a phone shows about this much of a button that has the row to itself. */
export const LABEL_MAX = 64
/** Columns (a Chinese character takes two) of all labels in one row, so that a phone cuts none of them. */
export const ROW_COLUMNS = 34
export const ROW_BUTTONS = 3

/** Characters in the empty field where an answer is typed. */
export const PLACEHOLDER_MAX = 64

/** What the platform hands over of files that people sent, and how long that may take. */
export const DOWNLOAD_MAX = 20 * 1024 * 1024
export const DOWNLOAD_MS = 30 * SECOND
/** What it takes of a document. */
export const UPLOAD_MAX = 50 * 1024 * 1024

/** Entries of a command menu, per scope and language. */
export const COMMANDS_MAX = 100
export const DESCRIPTION_MAX = 256

/** Under the platform's own 30 a second, so that a clock that differs a little does not cost the whole bot a pause. */
export const PACE: Pace = { perSecond: 28, perChatSecond: 1, chatBurst: 3, perGroupMinute: 20 }

/** The kinds of updates that are read. Always listed: a list that is left out keeps whatever was set before. */
export const ALLOWED_UPDATES = ['message', 'callback_query', 'my_chat_member', 'chat_member'] as const
export const UPDATES_PER_POLL = 100
export const POLL_SECONDS = 30
/** How much longer than it was asked to wait the platform may take to answer a poll. */
export const POLL_GRACE_SECONDS = 10
/** How long any other call may take. */
export const CALL_SECONDS = 10
/** Updates received and not yet finished; beyond this many the platform keeps the rest. */
export const IN_HAND_MAX = 500
/** Pauses after a failed poll, doubling. */
export const RETRY_FIRST_MS = SECOND / 2
export const RETRY_MAX_MS = 30 * SECOND
/** Tries to store one update that fails while others are stored. */
export const STORE_TRIES = 3

/** A press that meets silence is answered after it, unless that is so far off that whoever pressed has stopped looking. */
export const PRESS_PATIENCE_MS = 30 * SECOND

/** An update is a few kB; the longest message with entities stays far below this. */
export const WEBHOOK_BODY_MAX = 1024 * 1024
export const WEBHOOK_CONNECTIONS = 40

/** How old the known list of a group's administrators may be. */
export const STAFF_FRESH_MS = 10 * MINUTE
/** When listing them failed, it is tried again after this long. */
export const STAFF_RETRY_MS = MINUTE

/** Albums that were answered; each is a message per picture, and one answer. */
export const ALBUMS_KEPT = 1000

/** The account that speaks for administrators who hide who they are. */
export const ANONYMOUS_ADMIN = 1087968824
