/** What Discord takes at once, and how fast. Lengths are in characters as Discord counts them. */
import type { Pace } from '../../lib/limiter.ts'
import { MINUTE, SECOND } from '../../lib/time.ts'

export const MAX_CONTENT = 2000
export const MAX_EMBED_TITLE = 256
export const MAX_EMBED_DESCRIPTION = 4096
/** Discord takes 2048; title, description and footer together must stay below 6000. */
export const MAX_EMBED_FOOTER = 500
export const MAX_ALT = 1024
export const MAX_LABEL = 80
export const MAX_PLACEHOLDER = 150
export const MAX_OPTION_LABEL = 100
export const MAX_OPTIONS = 25
export const MAX_ROWS = 5
export const ROW_BUTTONS = 5
/** Custom ids of components, values of menus and of completions. */
export const MAX_VALUE = 100
export const MAX_DESCRIPTION = 100
export const MAX_CHOICE_LABEL = 100
/** Characters of a typed option. */
export const MAX_TYPED = 6000
/** Titles of forms, and labels of their fields. */
export const MAX_FORM_TITLE = 45
export const MAX_FIELD_LABEL = 45
export const MAX_FIELD_DESCRIPTION = 100
/** Characters of a field. */
export const MAX_FIELD = 4000
/** Bytes that a bot may attach to one message. */
export const MAX_UPLOAD = 10 * 1024 * 1024

/** One request of ours; Discord itself gives up sooner. */
export const REQUEST_MS = 10 * SECOND
/** A first response later than this reaches nobody. */
export const FIRST_RESPONSE_MS = 3 * SECOND
/** A file that came with a request; the interaction it came with lives for 15 minutes. */
export const FETCH_MS = 30 * SECOND
/** Completions are worth nothing later; the list stays empty instead. */
export const COMPLETION_MS = 2 * SECOND
/** A rate limit longer than this is not waited for: the outbox tries again. */
export const RATE_LIMIT_WAIT_MS = 2 * SECOND
/** Discord bans an address after 10,000 refused requests in ten minutes: warn long before. */
export const REFUSED_REQUESTS_BETWEEN_WARNINGS = 500
/** From the first byte to READY and the guilds that follow it. */
export const CONNECT_MS = 30 * SECOND
/** Guilds in an outage do not hold up the start longer than this. */
export const GUILDS_MS = 5 * SECOND
export const HANDSHAKE_MS = 5 * SECOND
/** Clocks further apart than this are not compared: ours counts. */
export const CLOCK_SKEW_MS = 15 * MINUTE
/** Private channels remembered, so that a message costs one request instead of two. */
export const KEPT_CHANNELS = 1000

/**
 * Deliveries only. Discord allows a bot 50 requests a second, less a margin for everything that is not a delivery; a channel takes
 * about 5 messages in 5 s, and one every 1.25 s is never more than 5 in any 5 s. The true limits are those of the response headers, which
 * the REST client keeps.
 */
export const PACE: Pace = {
  perSecond: 45,
  catchUp: 4,
  perChatSecond: 0.8,
  chatBurst: 1,
  perGroupMinute: Number.POSITIVE_INFINITY,
}

/** Changed commands up to this number are written one by one; more in one request, because five in 20 s pass. */
export const FEW_COMMANDS = 3
