/** Discord's failures: what they mean for a delivery, and in one sentence for whoever runs the bot. Only this file makes DeliveryError here. */
import { DiscordAPIError, GatewayCloseCodes, HTTPError, RateLimitError, RESTJSONErrorCodes } from 'discord.js'
import { DeliveryError, type DeliveryProblem } from '../../chat/port.ts'
import { errorCode, PassingProblem, Problem, withoutPassword } from '../../lib/problem.ts'
import { MINUTE } from '../../lib/time.ts'

const PROBLEMS: Readonly<Partial<Record<number, DeliveryProblem>>> = {
  [RESTJSONErrorCodes.CannotSendMessagesToThisUser]: 'blocked',
  [RESTJSONErrorCodes.CannotSendMessagesToThisUserDueToHavingNoMutualGuilds]: 'blocked',
  [RESTJSONErrorCodes.UnknownChannel]: 'gone',
  [RESTJSONErrorCodes.UnknownGuild]: 'gone',
  [RESTJSONErrorCodes.UnknownMember]: 'gone',
  [RESTJSONErrorCodes.UnknownMessage]: 'gone',
  [RESTJSONErrorCodes.UnknownUser]: 'gone',
  // Opening a private channel with an account that is no more.
  [RESTJSONErrorCodes.InvalidRecipients]: 'gone',
  [RESTJSONErrorCodes.UnknownWebhook]: 'gone',
  [RESTJSONErrorCodes.UnknownInteraction]: 'gone',
  [RESTJSONErrorCodes.InvalidWebhookToken]: 'gone',
  [RESTJSONErrorCodes.MissingAccess]: 'forbidden',
  [RESTJSONErrorCodes.MissingPermissions]: 'forbidden',
  [RESTJSONErrorCodes.InvalidFormBodyOrContentType]: 'rejected',
  [RESTJSONErrorCodes.CannotSendAnEmptyMessage]: 'rejected',
}

/** The connection was never made, so nothing can have arrived. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/** Discord's error code, if it answered with one. */
export const codeOf = (error: unknown): number | null =>
  error instanceof DiscordAPIError && typeof error.code === 'number' ? error.code : null

/** What a failed request means. The SDK's errors hold URLs with tokens in them: they are neither quoted nor kept as a cause. */
export function deliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  if (error instanceof RateLimitError)
    return new DeliveryError('rate-limited', `Discord asked to wait at ${error.route}`, {
      retryAfterMs: Math.max(error.retryAfter, error.timeToReset, 0),
    })
  if (error instanceof DiscordAPIError) return refused(error)
  if (error instanceof HTTPError)
    return new DeliveryError('unreachable', `Discord answered ${error.status}`, { maybeSent: true })
  const code = errorCode(error)
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'))
    return new DeliveryError('unreachable', 'Discord did not answer in time', { maybeSent: true })
  if (code !== undefined)
    return new DeliveryError('unreachable', `no connection to Discord (${code})`, { maybeSent: !NOT_SENT.has(code) })
  // A call without a token, made after Discord had refused it: nothing left.
  if (error instanceof Error && error.message.startsWith('Expected token'))
    return new DeliveryError('unreachable', 'Discord no longer accepts the token')
  return new DeliveryError('unreachable', describe(error), { maybeSent: true })
}

function refused(error: DiscordAPIError): DeliveryError {
  const said = `Discord refused: ${error.status}, code ${error.code}, ${error.message.replaceAll('\n', ' ')}`
  const known = codeOf(error)
  if (known === RESTJSONErrorCodes.OpeningDirectMessagesTooFast)
    return new DeliveryError('rate-limited', said, { retryAfterMs: MINUTE })
  const problem = known === null ? undefined : PROBLEMS[known]
  if (problem) return new DeliveryError(problem, said)
  // The token was refused: nothing was done, and a new token may do it.
  if (error.status === 401) return new DeliveryError('unreachable', said)
  if (error.status === 403) return new DeliveryError('forbidden', said)
  if (error.status === 404) return new DeliveryError('gone', said)
  return new DeliveryError('rejected', said)
}

/** A file that its server does not hand out. */
export const fileRefused = (status: number): DeliveryError =>
  new DeliveryError(status === 404 || status === 410 ? 'gone' : 'unreachable', `a file was answered with ${status}`)

/** A file of more bytes than it may have. */
export const fileTooBig = (): DeliveryError => new DeliveryError('rejected', 'a file is bigger than it may be')

/** A file that could not be read. Its address lets anyone read it: it is neither quoted nor kept as a cause. */
export function fileUnreachable(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  const late = error instanceof Error && error.name === 'TimeoutError'
  return new DeliveryError('unreachable', late ? 'a file did not come in time' : 'a file could not be read')
}

/** A reply that cannot become a message: our mistake, and no better the next time. */
export const undrawable = (error: unknown): DeliveryError =>
  new DeliveryError('rejected', `a reply cannot be drawn: ${describe(error)}`, { cause: error })

/** An error in words, without anything secret that the SDK put into it. */
export function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text
    .replace(/\b[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}/g, '(token)')
    .replace(/(\/(?:webhooks|interactions)\/\d+)\/[^/\s]+/g, '$1/(token)')
}

export const REFUSED_TOKEN =
  'Discord does not accept DISCORD_TOKEN. In the developer portal, under Bot, press Reset Token, put the new token into .env and start again.'

/** Why Discord closed the gateway for good. */
export function closedForGood(code: number): string {
  switch (code) {
    case GatewayCloseCodes.AuthenticationFailed:
      return REFUSED_TOKEN
    case GatewayCloseCodes.InvalidIntents:
    case GatewayCloseCodes.DisallowedIntents:
      return `Discord refuses the intents of the bot behind DISCORD_TOKEN (${code}). Muster asks for Guilds and Guild Moderation, which need no approval: check in the developer portal, under Bot, that the application is not limited, and start again.`
    default:
      return `Discord closed the connection of the bot behind DISCORD_TOKEN for good (${code}). Update Muster and start again.`
  }
}

/** Whether a failure is the platform's, or the line's to it. */
const isDiscords = (error: unknown): boolean =>
  error instanceof DeliveryError ||
  error instanceof DiscordAPIError ||
  error instanceof HTTPError ||
  error instanceof RateLimitError ||
  (error instanceof Error &&
    (error.name === 'AbortError' ||
      error.name === 'TimeoutError' ||
      errorCode(error)?.startsWith('E') === true ||
      errorCode(error)?.startsWith('UND_') === true))

/** A failure at the start, in one sentence; what is not the platform's doing is handed on as it is. */
export function startProblem(error: unknown, apiUrl: string): unknown {
  if (error instanceof Problem) return error
  if (error instanceof DiscordAPIError && error.status === 401) return new Problem(REFUSED_TOKEN)
  if (error instanceof Error && errorCode(error) === 'TokenInvalid') return new Problem(REFUSED_TOKEN)
  // Our own failures (a database that is away) are nobody's setting.
  if (!isDiscords(error)) return error
  const why = deliveryError(error)
  const where = `DISCORD_API_URL=${withoutPassword(apiUrl)}`
  if (why.problem === 'unreachable')
    return new PassingProblem(
      `Discord cannot be reached at ${where} (${why.message}). Check the address and the network, then start again.`,
    )
  return new Problem(`${where} refused the start of the bot behind DISCORD_TOKEN. ${why.message}`)
}

/** The same for a step before anything was sent. */
export function notSent(error: unknown): DeliveryError {
  const { problem, message, retryAfterMs } = deliveryError(error)
  return new DeliveryError(problem, message, { retryAfterMs })
}

/** A global limit holds for every call of the bot; any other for one channel or route. */
export const isGlobalLimit = (error: unknown): error is RateLimitError =>
  error instanceof RateLimitError && error.global
