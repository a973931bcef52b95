/**
 * Answers one interaction by its token. It works from the id and the token alone, so that a process started later can answer too.
 *
 * These calls carry no bot token and Discord counts them in no limit of the bot: they neither pass the limiter nor wait while
 * deliveries are paused. Else a full channel would cost people the answers to their own commands.
 */
import {
  type APIModalInteractionResponseCallbackData,
  InteractionResponseType,
  MessageFlags,
  type RawFile,
  type REST,
  type RESTGetAPIInteractionOriginalResponseResult,
  RESTJSONErrorCodes,
  type RESTPostAPIInteractionCallbackWithResponseResult,
  Routes,
} from 'discord.js'
import { type Answer, DeliveryError, type Responder } from '../../chat/port.ts'
import type { Visibility } from '../../chat/reply.ts'
import { codeOf, deliveryError, isGlobalLimit } from './errors.ts'
import type { Fetch } from './fetching.ts'
import type { Message, MessageBody } from './formatter.ts'
import type { Pressed } from './intake.ts'
import { FIRST_RESPONSE_MS } from './limits.ts'

export interface Exchange {
  readonly applicationId: string
  readonly interactionId: string
  readonly token: string
  /** In a private chat everything is private already, and ephemeral messages would vanish. */
  readonly direct: boolean
  readonly pressed: Pressed | null
  /** Whether a form may be its first response; one that came in before a restart shows the button that opens it. */
  readonly opens: boolean
  /** Whether another process may have answered it before. */
  readonly inherited: boolean
}

export interface Drawer {
  draw(answer: Answer): Promise<Message>
  drawForm(form: NonNullable<Answer['form']>, answer: Answer): APIModalInteractionResponseCallbackData
  fetch: Fetch
  /** Discord asked the whole bot to be silent. */
  limited(ms: number): void
}

/** What stands where Discord keeps the response of the interaction. */
type Response =
  /** Nothing yet: the first response is still due. */
  | { readonly kind: 'due' }
  /** Somebody answered, perhaps we; Discord is asked before anything is written over. */
  | { readonly kind: 'unknown' }
  /** Answered, and deleted since. */
  | { readonly kind: 'deleted' }
  /** The message that carries the pressed button. */
  | { readonly kind: 'source'; readonly private: boolean }
  | { readonly kind: 'own'; readonly private: boolean; readonly waiting: boolean }

type Callback =
  | { type: InteractionResponseType.DeferredMessageUpdate }
  | { type: InteractionResponseType.DeferredChannelMessageWithSource; data: { flags: number } }
  | {
      type: InteractionResponseType.ChannelMessageWithSource | InteractionResponseType.UpdateMessage
      data: MessageBody
    }
  | { type: InteractionResponseType.Modal; data: APIModalInteractionResponseCallbackData }

const MESSAGES: ReadonlySet<InteractionResponseType> = new Set([
  InteractionResponseType.ChannelMessageWithSource,
  InteractionResponseType.UpdateMessage,
])
const TAKEN = RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged

export function createResponder(rest: REST, exchange: Exchange, drawer: Drawer): Responder {
  const { applicationId, interactionId, token, direct, pressed } = exchange
  const original = Routes.webhookMessage(applicationId, token, '@original')
  let response: Response = { kind: exchange.inherited ? 'unknown' : 'due' }

  const hides = (visibility: Visibility) => visibility === 'private' && !direct
  /** Whether an answer takes the place of the message with the button. What is for one person never does where others read. */
  const replaces = (answer: Answer, source: boolean) => answer.update && (source || !hides(answer.visibility))
  const withFlags = (body: MessageBody, hidden: boolean): MessageBody =>
    hidden ? { ...body, flags: body.flags | MessageFlags.Ephemeral } : body

  /** Makes the first response; `taken` when there is one already, `lost` when that may be an earlier try of this very call. */
  async function respond(
    body: Callback,
    files: RawFile[] = [],
  ): Promise<RESTPostAPIInteractionCallbackWithResponseResult | 'taken' | 'lost'> {
    let tries = 0
    const call = () => {
      tries++
      return rest.post(Routes.interactionCallback(interactionId, token), {
        body,
        files,
        auth: false,
        // The message is told where there is one; a deferral has none yet.
        query: new URLSearchParams(MESSAGES.has(body.type) ? { with_response: 'true' } : {}),
        signal: AbortSignal.timeout(FIRST_RESPONSE_MS),
      })
    }
    try {
      return (await again(call)) as RESTPostAPIInteractionCallbackWithResponseResult
    } catch (error) {
      if (codeOf(error) === TAKEN) return tries > 1 ? 'lost' : 'taken'
      throw error
    }
  }

  const readOriginal = async (): Promise<Response> => {
    try {
      const message = (await again(() =>
        rest.get(original, { auth: false }),
      )) as RESTGetAPIInteractionOriginalResponseResult
      const flags = message.flags ?? 0
      const hidden = (flags & MessageFlags.Ephemeral) !== 0
      if (message.id === pressed?.messageId) return { kind: 'source', private: hidden }
      return { kind: 'own', private: hidden, waiting: (flags & MessageFlags.Loading) !== 0 }
    } catch (error) {
      if (codeOf(error) === RESTJSONErrorCodes.UnknownMessage) return { kind: 'deleted' }
      // The follow-ups of an interaction begin with its first response.
      if (codeOf(error) === RESTJSONErrorCodes.UnknownWebhook) return { kind: 'due' }
      throw error
    }
  }

  async function editOriginal({ body, files }: Message): Promise<{ messageId: string }> {
    const edited = (await again(() => rest.patch(original, { body, files, auth: false }))) as { id: string }
    return { messageId: edited.id }
  }

  async function followUp({ body, files }: Message, hidden: boolean): Promise<{ messageId: string }> {
    const sent = (await rest.post(Routes.webhook(applicationId, token), {
      body: withFlags(body, hidden),
      files,
      auth: false,
      query: new URLSearchParams({ wait: 'true' }),
    })) as { id: string }
    return { messageId: sent.id }
  }

  /** The answer after a first response. */
  async function complete(
    stands: Exclude<Response, { kind: 'due' | 'unknown' }>,
    answer: Answer,
    message: Message,
  ): Promise<{ messageId: string }> {
    const hidden = hides(answer.visibility)
    switch (stands.kind) {
      case 'source':
        return replaces(answer, stands.private) ? editOriginal(message) : followUp(message, hidden)
      case 'deleted':
        return followUp(message, hidden)
      case 'own': {
        // Visibility is fixed by the first response. Public news may be shown privately, never the other way round.
        if (!hidden || stands.private) return editOriginal(message)
        // A follow-up while "thinking…" stands would take its place and be public.
        if (stands.waiting) await again(() => rest.delete(original, { auth: false }))
        return followUp(message, hidden)
      }
    }
  }

  /** Makes an answer the first response. */
  async function answerFirst(answer: Answer, message: Message): Promise<{ messageId?: string } | 'taken'> {
    const replacing = pressed !== null && replaces(answer, pressed.private ?? false)
    const body = withFlags(message.body, !replacing && hides(answer.visibility))
    const type = replacing ? InteractionResponseType.UpdateMessage : InteractionResponseType.ChannelMessageWithSource
    const made = await respond({ type, data: body }, message.files)
    if (made === 'taken' || made === 'lost') return 'taken'
    const messageId = made?.resource?.message?.id
    return messageId === undefined ? {} : { messageId }
  }

  async function tellToWait(visibility: Visibility): Promise<void> {
    if (response.kind !== 'due') return
    const hidden = hides(visibility)
    const body: Callback = pressed?.updates
      ? { type: InteractionResponseType.DeferredMessageUpdate }
      : {
          type: InteractionResponseType.DeferredChannelMessageWithSource,
          data: { flags: hidden ? MessageFlags.Ephemeral : 0 },
        }
    const made = await respond(body)
    if (made === 'taken' || made === 'lost') response = { kind: 'unknown' }
    else if (pressed?.updates) response = { kind: 'source', private: pressed.private ?? false }
    else response = { kind: 'own', private: hidden, waiting: true }
  }

  /** Shows a form, which can be nothing but the first response; false where it cannot be shown any more. */
  async function showForm(answer: Answer): Promise<boolean> {
    if (!answer.form || !exchange.opens || response.kind !== 'due') return false
    const made = await respond({ type: InteractionResponseType.Modal, data: drawer.drawForm(answer.form, answer) })
    if (made !== 'taken') return true
    response = { kind: 'unknown' }
    return false
  }

  async function answerNow(answer: Answer): Promise<{ messageId?: string }> {
    if (await showForm(answer)) return {}
    // To write a document and to send it may take longer than a first response.
    if (answer.reply.document) await tellToWait(answer.visibility)
    const message = await drawer.draw(answer)
    // Twice: after a restart in time, Discord says that nobody has answered yet.
    for (let tries = 0; tries < 2; tries++) {
      if (response.kind === 'due') {
        const made = await answerFirst(answer, message)
        if (made !== 'taken') return made
        response = { kind: 'unknown' }
      }
      if (response.kind === 'unknown') response = await readOriginal()
      if (response.kind !== 'due' && response.kind !== 'unknown') return complete(response, answer, message)
    }
    throw new DeliveryError('gone', 'nobody can tell what stands where the answer belongs')
  }

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      const problem = deliveryError(error)
      if (isGlobalLimit(error)) drawer.limited(problem.retryAfterMs)
      throw problem
    }
  }

  return {
    acknowledge: visibility => guarded(() => tellToWait(visibility)),
    answer: answer => guarded(() => answerNow(answer)),
    fetch: drawer.fetch,
  }
}

/** One more try when the connection broke or the server failed. Only for calls that do nothing the second time. */
async function again<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (deliveryError(error).problem !== 'unreachable') throw error
    return call()
  }
}
