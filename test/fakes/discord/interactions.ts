/** Interactions as people start them: the dispatched payload, and the handle to see what comes back. */
import { randomBytes } from 'node:crypto'
import {
  FIRST_RESPONSE_MS,
  INTERACTION_TYPE,
  type InteractionKind,
  type InteractionState,
  outcome,
  type Seen,
  snapshot,
} from './interaction-state.ts'
import { actingMemberJson, channelJson, messageJson, userJson } from './payloads.ts'
import { bits, permissionsOf } from './permissions.ts'
import type { Platform } from './platform.ts'
import type { JsonObject } from './schema.ts'
import type { ChannelState, MessageState } from './state.ts'

export type InteractionHandle = {
  readonly id: string
  readonly state: InteractionState
  /** What the person sees in the end: waits through "thinking…", and through a deleted deferral for its follow-up. */
  response: (timeoutMs?: number) => Promise<Seen>
  /** The first answer of any kind, a deferral included. */
  acknowledged: (timeoutMs?: number) => Promise<{ type: number; afterMs: number }>
  /** The follow-up of that number, from 0. */
  followup: (index?: number, timeoutMs?: number) => Promise<Seen>
  readonly followups: Seen[]
  /** The response was deleted. */
  readonly deleted: boolean
  /** Three seconds passed on the fake's clock without an answer: the person reads that the application failed. */
  readonly failed: boolean
}

type Start = {
  kind: InteractionKind
  userId: string
  channel: ChannelState
  data: JsonObject
  source?: MessageState | null
  locale?: string | undefined
}

const DIRECT_PERMISSIONS = bits([
  'ViewChannel',
  'SendMessages',
  'EmbedLinks',
  'AttachFiles',
  'ReadMessageHistory',
  'AddReactions',
])
const ATTACHMENT_LIMIT = 10 * 1024 * 1024

/** Creates an interaction and dispatches it to every session of its shard. */
export function start(
  platform: Platform,
  { kind, userId, channel, data, source = null, locale }: Start,
): InteractionHandle {
  const { state } = platform
  const id = state.nextId()
  const token = randomBytes(48).toString('base64url')
  const payload: JsonObject = {
    id,
    application_id: state.bot.id,
    type: INTERACTION_TYPE[kind],
    token,
    version: 1,
    data,
    channel_id: channel.id,
    locale: locale ?? state.users.get(userId)?.locale ?? 'en-US',
    entitlements: [],
    entitlement_sku_ids: [],
    attachment_size_limit: ATTACHMENT_LIMIT,
    ...place(platform, userId, channel),
    ...(source && { message: messageJson(state, platform.baseUrl, source) }),
  }
  const interaction: InteractionState = {
    id,
    token,
    kind,
    userId,
    channel,
    createdAt: state.now(),
    payload,
    source,
    firstResponse: null,
    original: null,
    loading: false,
    originalDeleted: false,
    sourceUpdated: false,
    followups: [],
    modal: null,
    choices: null,
    answerLost: false,
  }
  platform.interactions.set(token, interaction)
  deliver(platform, interaction)
  return handleOf(platform, interaction)
}

/** Sends the same INTERACTION_CREATE (again). */
export function deliver(platform: Platform, interaction: InteractionState): void {
  platform.gateway.dispatch({
    event: 'INTERACTION_CREATE',
    guildId: interaction.channel.guildId,
    payload: interaction.payload,
  })
}

/** The fields that differ between a guild channel and a direct channel. */
function place({ state }: Platform, userId: string, channel: ChannelState): JsonObject {
  const guild = channel.guildId ? state.guilds.get(channel.guildId) : undefined
  const user = state.users.get(userId)
  if (!user) throw new Error(`no user ${userId}`)
  const shown = channelJson(state, channel)
  if (!guild)
    return {
      user: userJson(user),
      channel: shown,
      context: 1,
      authorizing_integration_owners: { 0: '0' },
      app_permissions: DIRECT_PERMISSIONS.toString(),
    }
  const member = guild.members.get(userId)
  const bot = guild.members.get(state.bot.id)
  if (!member) throw new Error(`${user.username} is not a member of ${guild.name}`)
  if (!bot) throw new Error(`the bot is not in ${guild.name}`)
  const acting = actingMemberJson(state, guild, member, channel)
  return {
    member: acting,
    guild_id: guild.id,
    guild: { id: guild.id, locale: guild.locale, features: [] },
    guild_locale: guild.locale,
    channel: { ...shown, permissions: acting.permissions },
    context: 0,
    authorizing_integration_owners: { 0: guild.id },
    app_permissions: permissionsOf(guild, bot, channel).toString(),
  }
}

function handleOf({ log, state }: Platform, interaction: InteractionState): InteractionHandle {
  const name = `an answer to ${interaction.kind} ${String((interaction.payload.data as JsonObject).name ?? (interaction.payload.data as JsonObject).custom_id)}`
  const seen = (message: MessageState): Seen => ({
    ...snapshot(message),
    deferred: false,
    afterMs: message.createdAt - interaction.createdAt,
  })
  return {
    id: interaction.id,
    state: interaction,
    response: timeoutMs => log.until(() => outcome(interaction), name, timeoutMs),
    async acknowledged(timeoutMs) {
      const first = await log.until(() => interaction.firstResponse, name, timeoutMs)
      return { type: first.type, afterMs: first.at - interaction.createdAt }
    },
    async followup(index = 0, timeoutMs) {
      const message = await log.until(() => interaction.followups[index], `follow-up ${index} of ${name}`, timeoutMs)
      return seen(message)
    },
    get followups() {
      return interaction.followups.filter(one => !one.deleted).map(seen)
    },
    get deleted() {
      return interaction.originalDeleted
    },
    get failed() {
      return interaction.firstResponse === null && state.now() - interaction.createdAt > FIRST_RESPONSE_MS
    },
  }
}
