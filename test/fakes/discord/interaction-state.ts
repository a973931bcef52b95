/** One interaction as the server knows it, and what its person sees of it. */
import type { JsonObject } from './schema.ts'
import type { ChannelState, MessageState } from './state.ts'

export const FIRST_RESPONSE_MS = 3000
export const TOKEN_MS = 15 * 60_000

export const CALLBACK = { message: 4, deferMessage: 5, deferUpdate: 6, update: 7, choices: 8, modal: 9 } as const

export type InteractionKind = 'command' | 'component' | 'autocomplete' | 'modal'

export const INTERACTION_TYPE: Record<InteractionKind, number> = { command: 2, component: 3, autocomplete: 4, modal: 5 }

export type Choice = { name: string; name_localizations?: Record<string, string> | null; value: string | number }

export type InteractionState = {
  id: string
  token: string
  kind: InteractionKind
  userId: string
  channel: ChannelState
  createdAt: number
  /** As dispatched; sent again by a redelivery. */
  payload: JsonObject
  /** The message whose component was used. */
  source: MessageState | null
  firstResponse: { type: number; at: number } | null
  /** The message that answers it; empty and loading after a deferral. */
  original: MessageState | null
  loading: boolean
  originalDeleted: boolean
  /** The source message was changed through this interaction. */
  sourceUpdated: boolean
  followups: MessageState[]
  modal: JsonObject | null
  choices: Choice[] | null
  /** The answer to a callback was cut off, so the client may rightly try again. */
  answerLost: boolean
}

/** A message or form as a person sees it at one moment. */
export type Seen = {
  kind: 'message' | 'update' | 'choices' | 'modal'
  visibility: 'public' | 'private'
  content: string
  embeds: MessageState['embeds']
  components: MessageState['components']
  files: { name: string; contentType: string; bytes: Uint8Array }[]
  pings: MessageState['pings']
  /** Whether "thinking…" came first. */
  deferred: boolean
  /** From the press to the first response, on the fake's clock. */
  afterMs: number
  /** Live: later edits show here. */
  message: MessageState | null
  modal: { customId: string; title: string; components: MessageState['components'] } | null
  choices: Choice[] | null
}

/** What the person is left looking at, or nothing while they still wait. */
export function outcome(interaction: InteractionState): Seen | undefined {
  const first = interaction.firstResponse
  if (!first) return undefined
  const base = {
    deferred: first.type === CALLBACK.deferMessage || first.type === CALLBACK.deferUpdate,
    afterMs: first.at - interaction.createdAt,
  }
  if (first.type === CALLBACK.choices || first.type === CALLBACK.modal) {
    const form = interaction.modal
    return {
      ...base,
      ...EMPTY,
      kind: form ? 'modal' : 'choices',
      modal: form && {
        customId: String(form.custom_id),
        title: String(form.title),
        components: form.components as MessageState['components'],
      },
      choices: interaction.choices,
    }
  }
  if (interaction.original && !interaction.loading && !interaction.originalDeleted)
    return { ...base, ...snapshot(interaction.original) }
  if (interaction.sourceUpdated && interaction.source)
    return { ...base, ...snapshot(interaction.source), kind: 'update' }
  const followup = interaction.followups.find(message => !message.deleted)
  return followup && { ...base, ...snapshot(followup) }
}

const EMPTY = {
  visibility: 'private' as const,
  content: '',
  embeds: [],
  components: [],
  files: [],
  pings: { users: [], roles: [], everyone: false },
  message: null,
}

/** A message at this moment. */
export function snapshot(message: MessageState) {
  const { content, embeds, components, pings } = structuredClone({
    content: message.content,
    embeds: message.embeds,
    components: message.components,
    pings: message.pings,
  })
  return {
    kind: 'message' as const,
    visibility: message.onlyFor === null ? ('public' as const) : ('private' as const),
    content,
    embeds,
    components,
    pings,
    files: message.files.map(({ name, contentType, bytes }) => ({ name, contentType, bytes })),
    message,
    modal: null,
    choices: null,
  }
}
