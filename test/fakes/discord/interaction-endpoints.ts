/** Answering interactions: the callback, the original response, follow-ups. */
import { invalidForm, refuse } from './errors.ts'
import {
  CALLBACK,
  type Choice,
  FIRST_RESPONSE_MS,
  INTERACTION_TYPE,
  type InteractionState,
  TOKEN_MS,
} from './interaction-state.ts'
import { FLAG_EPHEMERAL, FLAG_LOADING } from './message-rules.ts'
import { announce, blank, checkMessage, create, edit, fill, post, remove } from './messages.ts'
import { modalProblems } from './modal-rules.ts'
import { messageJson } from './payloads.ts'
import type { Endpoint, Platform, Request } from './platform.ts'
import { isObject, type JsonObject } from './schema.ts'
import type { MessageState } from './state.ts'

const PLAIN_TYPES = [CALLBACK.message, CALLBACK.deferMessage]
const UPDATE_TYPES = [CALLBACK.deferUpdate, CALLBACK.update]

/** The callback types an interaction of this kind may be answered with. */
function permitted({ kind, source }: InteractionState): number[] {
  switch (kind) {
    case 'command':
      return [...PLAIN_TYPES, CALLBACK.modal]
    case 'component':
      return [...PLAIN_TYPES, ...UPDATE_TYPES, CALLBACK.modal]
    case 'autocomplete':
      return [CALLBACK.choices]
    case 'modal':
      return source ? [...PLAIN_TYPES, ...UPDATE_TYPES] : PLAIN_TYPES
  }
}

const isPrivate = (body: JsonObject) => (Number(body.flags ?? 0) & FLAG_EPHEMERAL) !== 0
const show = (platform: Platform, message: MessageState) => messageJson(platform.state, platform.baseUrl, message)

const callback: Endpoint = (platform, request) => {
  const { params, body, call } = request
  const interaction = platform.interactions.get(params.interaction_token ?? '')
  if (!interaction || interaction.id !== params.interaction_id) throw refuse(10062)
  const type = Number(body.type)
  if (interaction.firstResponse) {
    const modalLate = type === CALLBACK.modal && !interaction.answerLost
    throw refuse(
      40060,
      modalLate ? 'a modal cannot follow another response' : interaction.answerLost ? undefined : 'answered twice',
    )
  }
  if (platform.state.now() - interaction.createdAt > FIRST_RESPONSE_MS) throw refuse(10062)
  const choices = permitted(interaction)
  if (!choices.includes(type as (typeof choices)[number]))
    throw invalidForm([
      { path: ['type'], code: 'BASE_TYPE_CHOICES', message: `Value must be one of {${choices.join(', ')}}.` },
    ])
  respond(platform, interaction, type, request)
  interaction.firstResponse = { type, at: platform.state.now() }
  platform.log.changed()
  if (call.query.with_response !== 'true') return undefined
  return callbackResponse(platform, interaction, type)
}

/** The effect of a first response; throws before anything changed. */
function respond(
  platform: Platform,
  interaction: InteractionState,
  type: number,
  { body, files, call }: Request,
): void {
  const content = isObject(body.data) ? body.data : {}
  const input = {
    channel: interaction.channel,
    authorId: platform.state.bot.id,
    body: content,
    files,
    call,
    path: ['data'],
    onlyFor: isPrivate(content) ? interaction.userId : null,
    interactionId: interaction.id,
  }
  switch (type) {
    case CALLBACK.message:
      interaction.original = create(platform, input)
      return
    case CALLBACK.deferMessage: {
      const message = blank(platform, input)
      message.flags |= FLAG_LOADING
      interaction.original = message
      interaction.loading = true
      post(platform, message)
      return
    }
    case CALLBACK.update:
      if (interaction.source) edit(platform, interaction.source, { body: content, files, call, path: ['data'] })
      interaction.sourceUpdated = true
      return
    case CALLBACK.choices:
      interaction.choices = choicesOf(interaction, content)
      return
    case CALLBACK.modal: {
      const problems = modalProblems(content, ['data'])
      if (problems.length > 0) throw invalidForm(problems)
      interaction.modal = content
    }
  }
}

function choicesOf(interaction: InteractionState, content: JsonObject): Choice[] {
  const choices = (Array.isArray(content.choices) ? content.choices : []) as unknown as Choice[]
  const wanted = focusedType(interaction.payload) === 3 ? 'string' : 'number'
  const odd = choices.findIndex(one => typeof one.value !== wanted)
  if (odd >= 0)
    throw invalidForm([
      {
        path: ['data', 'choices', String(odd), 'value'],
        code: wanted === 'string' ? 'STRING_TYPE_CONVERT' : 'NUMBER_TYPE_COERCE',
        message: `The value is not a ${wanted}.`,
      },
    ])
  return choices
}

function focusedType(payload: JsonObject): number {
  const search = (options: unknown): number | undefined => {
    for (const one of Array.isArray(options) ? options : []) {
      if (one.focused) return one.type
      const inner = search(one.options)
      if (inner !== undefined) return inner
    }
    return undefined
  }
  return search(isObject(payload.data) ? payload.data.options : []) ?? 3
}

function callbackResponse(platform: Platform, interaction: InteractionState, type: number) {
  const updates = type === CALLBACK.deferUpdate || type === CALLBACK.update
  const message = updates ? interaction.source : interaction.original
  return {
    interaction: {
      id: interaction.id,
      type: INTERACTION_TYPE[interaction.kind],
      ...(message && {
        response_message_id: message.id,
        response_message_loading: interaction.loading,
        response_message_ephemeral: message.onlyFor !== null,
      }),
    },
    resource: { type, ...(message && { message: show(platform, message) }) },
  }
}

/** The answered interaction a webhook token stands for, while the token is young enough. */
function answered(platform: Platform, { params }: Request): InteractionState {
  const interaction = platform.interactions.get(params.webhook_token ?? '')
  if (!interaction || params.webhook_id !== platform.state.bot.id) throw refuse(10015)
  if (platform.state.now() - interaction.createdAt > TOKEN_MS) throw refuse(50027)
  if (!interaction.firstResponse) throw refuse(10015)
  return interaction
}

/** What @original means: the own response, or the message whose component was used. */
function originalOf(interaction: InteractionState): MessageState {
  const message = interaction.original ?? interaction.source
  if (!message || message.deleted) throw refuse(10008)
  return message
}

function messageOf(request: Request, interaction: InteractionState): MessageState {
  const id = request.params.message_id
  if (id === undefined || id === interaction.original?.id) return originalOf(interaction)
  const message = [...interaction.followups, ...(interaction.source ? [interaction.source] : [])].find(
    one => one.id === id,
  )
  if (!message || message.deleted) throw refuse(10008)
  return message
}

/** Records flags that ask for another visibility than the message already has: Discord ignores them. */
function noteVisibility(platform: Platform, message: MessageState, { body, call }: Request): void {
  if (body.flags === undefined || isPrivate(body) === (message.onlyFor !== null) || !isPrivate(body)) return
  platform.log.violate('visibility', 'a public response cannot become private: the flag is ignored', call)
}

/** Puts content into a response that was deferred. */
function complete(platform: Platform, interaction: InteractionState, message: MessageState, request: Request): void {
  noteVisibility(platform, message, request)
  if (!interaction.loading || message !== interaction.original) {
    edit(platform, message, request)
    if (message === interaction.source) interaction.sourceUpdated = true
    return
  }
  const input = {
    channel: interaction.channel,
    authorId: message.authorId,
    body: request.body,
    files: request.files,
    call: request.call,
  }
  checkMessage(platform, input)
  const draft = { ...message, flags: message.flags & ~FLAG_LOADING }
  fill(platform, draft, input)
  Object.assign(message, draft)
  interaction.loading = false
  announce(platform, 'MESSAGE_UPDATE', message)
}

const editResponse: Endpoint = (platform, request) => {
  const interaction = answered(platform, request)
  const message = messageOf(request, interaction)
  complete(platform, interaction, message, request)
  return show(platform, message)
}

const deleteResponse: Endpoint = (platform, request) => {
  const interaction = answered(platform, request)
  const message = messageOf(request, interaction)
  if (message === interaction.original) {
    interaction.originalDeleted = true
    interaction.loading = false
  }
  remove(platform, message)
}

const followUp: Endpoint = (platform, request) => {
  const interaction = answered(platform, request)
  if (interaction.firstResponse?.type === CALLBACK.choices) throw refuse(10015)
  // The first follow-up of a deferred interaction becomes the response itself, with the visibility of the deferral.
  if (interaction.loading && interaction.original) {
    complete(platform, interaction, interaction.original, request)
    return show(platform, interaction.original)
  }
  const message = create(platform, {
    channel: interaction.channel,
    authorId: platform.state.bot.id,
    body: request.body,
    files: request.files,
    call: request.call,
    onlyFor: isPrivate(request.body) ? interaction.userId : null,
    interactionId: interaction.id,
  })
  interaction.followups.push(message)
  return show(platform, message)
}

const getResponse: Endpoint = (platform, request) => show(platform, messageOf(request, answered(platform, request)))

const WEBHOOK = '/webhooks/{webhook_id}/{webhook_token}'

export const interactionEndpoints: Record<string, Endpoint> = {
  'POST /interactions/{interaction_id}/{interaction_token}/callback': callback,
  [`POST ${WEBHOOK}`]: followUp,
  ...Object.fromEntries(
    [`${WEBHOOK}/messages/@original`, `${WEBHOOK}/messages/{message_id}`].flatMap((path): [string, Endpoint][] => [
      [`GET ${path}`, getResponse],
      [`PATCH ${path}`, editResponse],
      [`DELETE ${path}`, deleteResponse],
    ]),
  ),
}
