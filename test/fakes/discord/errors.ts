/** The refusals of Discord's API: HTTP status, JSON error code and sentence. */
import { type JsonObject, nest, type Problem } from './schema.ts'

const REFUSALS = {
  0: [404, '404: Not Found'],
  10003: [404, 'Unknown Channel'],
  10004: [404, 'Unknown Guild'],
  10007: [404, 'Unknown Member'],
  10008: [404, 'Unknown Message'],
  10011: [404, 'Unknown Role'],
  10013: [404, 'Unknown User'],
  10015: [404, 'Unknown Webhook'],
  10062: [404, 'Unknown interaction'],
  10063: [404, 'Unknown application command'],
  30032: [400, 'Maximum number of application commands reached (100).'],
  30034: [400, 'Max number of daily application command creates has been reached (200)'],
  40005: [413, 'Request entity too large'],
  40060: [400, 'Interaction has already been acknowledged.'],
  50001: [403, 'Missing Access'],
  50005: [403, 'Cannot edit a message authored by another user'],
  50006: [400, 'Cannot send an empty message'],
  50007: [403, 'Cannot send messages to this user'],
  50013: [403, 'Missing Permissions'],
  50021: [403, 'Cannot execute action on this channel type'],
  50027: [401, 'Invalid Webhook Token'],
  50109: [400, 'The request body contains invalid JSON.'],
} as const

export type RefusalCode = keyof typeof REFUSALS

/** An answer other than success. `brokenRule` marks a client mistake that is also recorded as a violation. */
export class ApiRefusal extends Error {
  readonly status: number
  readonly code: number
  readonly errors: JsonObject | undefined
  readonly brokenRule: string | undefined
  constructor(status: number, code: number, message: string, errors?: JsonObject, brokenRule?: string) {
    super(message)
    this.status = status
    this.code = code
    this.errors = errors
    this.brokenRule = brokenRule
  }
}

/** A refusal by its code. With `brokenRule`, it is one that a careful client never meets. */
export function refuse(code: RefusalCode, brokenRule?: string): ApiRefusal {
  const [status, message] = REFUSALS[code]
  return new ApiRefusal(status, code, message, undefined, brokenRule)
}

/** 400 code 50035 with the nested `errors` object. */
export function invalidForm(problems: Problem[]): ApiRefusal {
  const said = problems.map(one => `${one.path.join('.') || '(body)'}: ${one.message} [${one.code}]`).join('; ')
  return new ApiRefusal(400, 50035, 'Invalid Form Body', nest(problems), said)
}
