/**
 * A strict Discord on 127.0.0.1: REST v10 and gateway over real sockets, for the real discord.js.
 * It refuses what Discord refuses and keeps a list of what Discord would have let through to everyone's regret.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { channelEndpoints } from './channel-endpoints.ts'
import { commandEndpoints } from './command-endpoints.ts'
import type { CommandJson } from './command-rules.ts'
import { createFaults, type Fault, type FaultHandle } from './faults.ts'
import { createGateway, type Dispatch, type Gateway, INTENT, type PrivilegedIntent } from './gateway.ts'
import { applicationJson, guildEndpoints } from './guild-endpoints.ts'
import { createGuild, type FakeGuild, type GuildOptions } from './guilds.ts'
import { interactionEndpoints } from './interaction-endpoints.ts'
import { deliver, type InteractionHandle } from './interactions.ts'
import { createLimits, type LimitOptions } from './limits.ts'
import { type Call, createLog, fits, type Violation } from './log.ts'
import { FLAG_LOADING } from './message-rules.ts'
import { guildCreateJson, memberJson, userJson } from './payloads.ts'
import { createPerson, type FakeUser } from './people.ts'
import { GLOBAL_SCOPE, type Platform } from './platform.ts'
import { createRest } from './rest.ts'
import type { JsonObject } from './schema.ts'
import { type ChannelState, directChannel, type MessageState, type State, snowflakes, type UserState } from './state.ts'

export type { CommandJson } from './command-rules.ts'
export type { Fault, FaultHandle } from './faults.ts'
export type { FieldValue } from './form-filling.ts'
export type { BotSeat, FakeGuild, GuildOptions } from './guilds.ts'
export type { Seen } from './interaction-state.ts'
export type { InteractionHandle } from './interactions.ts'
export type { Call, Violation } from './log.ts'
export type { FakeUser } from './people.ts'
export type { ChannelState as FakeChannel, MessageState as FakeMessage } from './state.ts'
export { flatten } from './state.ts'
export { ClientRefusal } from './typed-command.ts'

export type FakeDiscordOptions = {
  token: string
  /** What the bot's owner switched on in the developer portal. None by default. */
  privilegedIntents?: readonly PrivilegedIntent[]
  /** The fake's clock: token ages, nonces, daily limits, timestamps. */
  now?: () => number
  /** Clock of the rate limit windows: real time, because the client sleeps in real time. */
  rateLimitClock?: () => number
  rateLimits?: LimitOptions
  heartbeatMs?: number
  bot?: { username?: string }
}

export type FakeDiscord = {
  /** For discord.js `rest.api` and our DISCORD_API_URL. */
  readonly apiUrl: string
  readonly token: string
  readonly bot: UserState
  user: (who: { username: string; global_name?: string | null; locale?: string; bot?: boolean }) => FakeUser
  guild: (options: GuildOptions) => FakeGuild
  readonly gateway: Gateway
  readonly calls: Call[]
  readonly violations: Violation[]
  /** What everyone in the channel sees now, oldest first: no deleted, private or still loading messages. */
  messages: (channel: { id: string }) => MessageState[]
  /** What the bot and that person wrote each other. */
  dms: (user: { id: string }) => MessageState[]
  /** The first call that fits, past ones included, once it was answered or cut. */
  waitForCall: (
    method: string,
    path: string | RegExp,
    accept?: (call: Call) => boolean,
    timeoutMs?: number,
  ) => Promise<Call>
  waitForMessage: (
    channel: { id: string },
    accept?: (message: MessageState) => boolean,
    timeoutMs?: number,
  ) => Promise<MessageState>
  /** Any other condition over the fake, looked at whenever something happens. */
  until: <T>(probe: () => T | undefined | null | false, what: string, timeoutMs?: number) => Promise<T>
  registeredCommands: (guildId: string | null) => CommandJson[]
  /** Calls that changed commands; a bot that registers by difference makes none on its second start. */
  readonly registrationCalls: Call[]
  fault: (fault: Fault) => FaultHandle
  /** Delivers the same interaction again, as the gateway does now and then. */
  redeliver: (interaction: InteractionHandle) => void
  /** Ends everything; hanging requests are cut. */
  close: () => Promise<void>
  [Symbol.asyncDispose]: () => Promise<void>
}

/** Starts a fake on a free port of 127.0.0.1. */
export async function startFakeDiscord(options: FakeDiscordOptions): Promise<FakeDiscord> {
  const now = options.now ?? Date.now
  const log = createLog()
  const state = emptyState(now, options.bot?.username ?? 'muster')
  const http = createServer((request, response) => rest(request, response))
  const gateway = createGateway(http, {
    token: options.token,
    privilegedIntents: options.privilegedIntents ?? [],
    heartbeatMs: options.heartbeatMs ?? 41_250,
    log,
    ready: session => ({
      v: 10,
      user: {
        ...userJson(state.bot),
        verified: true,
        mfa_enabled: true,
        email: null,
        flags: 0,
      },
      guilds: guildsOf().map(guild => ({ id: guild.id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: platform.baseUrl.replace('http', 'ws'),
      session_type: 'normal',
      shard: session.shard,
      application: { id: state.bot.id, flags: applicationJson(platform).flags },
      relationships: [],
      private_channels: [],
      presences: [],
      guild_join_requests: [],
      geo_ordered_rtc_regions: [],
      _trace: [],
    }),
    afterReady: session =>
      guildsOf()
        .filter(guild => guild.available)
        .map(guild => ({
          event: 'GUILD_CREATE',
          guildId: guild.id,
          intent: INTENT.Guilds,
          payload: guildCreateJson(state, guild, (session.intents & INTENT.GuildMembers) !== 0),
        })),
    members: request => membersChunk(state, request),
  })
  const guildsOf = () => [...state.guilds.values()].filter(guild => guild.botIn)
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(0, '127.0.0.1', resolve)
  })
  const platform: Platform = {
    state,
    log,
    gateway,
    token: options.token,
    baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    interactions: new Map(),
    commands: new Map(),
    creations: new Map(),
  }
  const faults = createFaults()
  const rest = createRest({
    platform,
    faults,
    limits: createLimits(options.rateLimits ?? {}, options.rateLimitClock ?? Date.now),
    endpoints: { ...guildEndpoints, ...channelEndpoints, ...commandEndpoints, ...interactionEndpoints },
  })

  const visible = (channelId: string) =>
    [...state.messages.values()].filter(
      one => one.channelId === channelId && !one.deleted && one.onlyFor === null && (one.flags & FLAG_LOADING) === 0,
    )
  const close = async () => {
    await gateway.close()
    http.closeAllConnections()
    await new Promise<void>(resolve => http.close(() => resolve()))
  }

  return {
    apiUrl: `${platform.baseUrl}/api`,
    token: options.token,
    bot: state.bot,
    user({ username, global_name = null, locale = 'en-US', bot = false }) {
      const user = {
        id: state.nextId(),
        username,
        globalName: global_name,
        locale,
        bot,
        acceptsDms: true,
        deleted: false,
      }
      state.users.set(user.id, user)
      return createPerson(platform, user)
    },
    guild: wanted => createGuild(platform, wanted),
    gateway,
    calls: log.calls,
    violations: log.violations,
    messages: channel => visible(channel.id),
    dms: user => visible(directChannel(state, user.id).id),
    waitForCall: (method, path, accept = () => true, timeoutMs) =>
      log.until(
        () =>
          log.calls.find(
            call => call.method === method && (call.status !== null || call.cut) && fits(path, call) && accept(call),
          ),
        `${method} ${String(path)}`,
        timeoutMs,
      ),
    waitForMessage: (channel, accept = () => true, timeoutMs) =>
      log.until(() => visible(channel.id).find(accept), 'a message', timeoutMs),
    until: log.until,
    registeredCommands: guildId => [...(platform.commands.get(guildId ?? GLOBAL_SCOPE)?.values() ?? [])],
    get registrationCalls() {
      return log.calls.filter(
        call => call.method !== 'GET' && /^\/applications\/[^/]+(\/guilds\/[^/]+)?\/commands/.test(call.path),
      )
    },
    fault: fault => faults.add(fault),
    redeliver: interaction => deliver(platform, interaction.state),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function emptyState(now: () => number, username: string): State {
  const nextId = snowflakes(now)
  const bot = {
    id: nextId(),
    username,
    globalName: null,
    locale: 'en-US',
    bot: true,
    acceptsDms: false,
    deleted: false,
  }
  return {
    now,
    nextId,
    bot,
    users: new Map([[bot.id, bot]]),
    guilds: new Map(),
    channels: new Map<string, ChannelState>(),
    messages: new Map(),
    uploads: new Map(),
  }
}

function membersChunk(state: State, request: JsonObject): Dispatch[] {
  const guild = state.guilds.get(String(request.guild_id))
  if (!guild?.botIn) return []
  const wanted = request.user_ids === undefined ? null : new Set([request.user_ids].flat().map(String))
  const members = [...guild.members.values()].filter(one =>
    wanted ? wanted.has(one.userId) : state.users.get(one.userId)?.username.startsWith(String(request.query ?? '')),
  )
  return [
    {
      event: 'GUILD_MEMBERS_CHUNK',
      payload: {
        guild_id: guild.id,
        members: members.map(one => memberJson(state, one)),
        chunk_index: 0,
        chunk_count: 1,
        not_found: [...(wanted ?? [])].filter(id => !guild.members.has(id)),
        ...(request.nonce !== undefined && { nonce: request.nonce }),
      },
    },
  ]
}
