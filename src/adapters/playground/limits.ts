/** What the playground takes and keeps. */
import type { Pace } from '../../lib/limiter.ts'
import { DAY_LENGTH, SECOND } from '../../lib/time.ts'

/** Characters of one typed message, as on Telegram. */
export const MAX_LINE = 4096
/** Bytes of a request body: one message of MAX_LINE characters, four bytes each, and its wrapping. */
export const MAX_BODY = 20 * 1024
/** Bytes of one file that comes along, and of a request that carries some. */
export const MAX_FILE = 8 * 1024 * 1024
export const MAX_UPLOAD_BODY = MAX_FILE + 128 * 1024
/** Characters of a file's name, and of its declared type. */
export const MAX_FILE_NAME = 200
/** Characters of one field of a form; what a field may hold, its command says. */
export const MAX_FIELD = 10_000
/** Messages of each chat that a page is given. */
export const HISTORY = 200
/** Labels of buttons and menu entries, in characters. */
export const MAX_LABEL = 80
/** Suggestions shown at once. */
export const MAX_SUGGESTIONS = 25
/** Events kept for pages that lost their connection; beyond them a page reads everything anew. */
export const KEPT_EVENTS = 500
/** A page that reads this much slower than we write is cut off; it comes back by itself. */
export const MAX_UNREAD_EVENTS = 1000
/** So that proxies and browsers keep the stream open. */
export const HEARTBEAT_MS = 20 * SECOND
/** How long a page may stay away. Real time, not the playground's. */
export const SESSION_MS = 30 * DAY_LENGTH
export const MAX_SESSIONS = 20
/** Drawn pictures kept in memory. */
export const KEPT_PICTURES = 50
/** Nobody is disturbed by a fast playground; the numbers only have to be finite. */
export const PACE: Pace = {
  perSecond: 500,
  perChatSecond: 100,
  chatBurst: 100,
  perGroupMinute: Number.POSITIVE_INFINITY,
}
/** A request unfinished for this long was left behind by somebody else. */
export const UNFINISHED_AFTER_MS = 30 * SECOND
