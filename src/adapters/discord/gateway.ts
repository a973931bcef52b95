/** The line to Discord: discord.js held small, told apart for good or for a while, and closed without leaving anything behind. */
import {
  Client,
  Events,
  GatewayIntentBits,
  Options,
  type RESTOptions,
  SimpleShardingStrategy,
  Status,
  WebSocketShardStatus,
} from 'discord.js'
import type { Log } from '../../app.ts'
import { Problem, withoutPassword } from '../../lib/problem.ts'
import { SECOND } from '../../lib/time.ts'
import { closedForGood, describe } from './errors.ts'
import {
  CONNECT_MS,
  GUILDS_MS,
  HANDSHAKE_MS,
  RATE_LIMIT_WAIT_MS,
  REFUSED_REQUESTS_BETWEEN_WARNINGS,
  REQUEST_MS,
} from './limits.ts'

/**
 * Requests are sent once: the outbox knows which may be repeated. By itself the SDK would wait without end on a limit and repeat a message
 * after a time-out.
 */
export const restOptions = (apiUrl: string): Partial<RESTOptions> => ({
  api: apiUrl,
  timeout: REQUEST_MS,
  retries: 0,
  rejectOnRateLimit: ({ timeToReset, retryAfter }) => Math.max(timeToReset, retryAfter) > RATE_LIMIT_WAIT_MS,
  invalidRequestWarningInterval: REFUSED_REQUESTS_BETWEEN_WARNINGS,
})

/** Interactions bring along everything about people and messages: nothing of it is kept but the bot itself. */
const CACHES = Options.cacheWithLimits({
  ApplicationCommandManager: 0,
  ApplicationEmojiManager: 0,
  AutoModerationRuleManager: 0,
  BaseGuildEmojiManager: 0,
  DMMessageManager: 0,
  EntitlementManager: 0,
  GuildBanManager: 0,
  GuildEmojiManager: 0,
  GuildForumThreadManager: 0,
  GuildInviteManager: 0,
  GuildMemberManager: { maxSize: 0, keepOverLimit: member => member.id === member.client.user.id },
  GuildMessageManager: 0,
  GuildScheduledEventManager: 0,
  GuildStickerManager: 0,
  GuildTextThreadManager: 0,
  MessageManager: 0,
  PresenceManager: 0,
  ReactionManager: 0,
  ReactionUserManager: 0,
  StageInstanceManager: 0,
  ThreadManager: 0,
  ThreadMemberManager: 0,
  UserManager: { maxSize: 0, keepOverLimit: user => user.id === user.client.user?.id },
  VoiceStateManager: 0,
})

/** What of the SDK's sharding is needed to close it: discord.js itself forgets a shard that is between two tries. */
type Shards = ConstructorParameters<typeof SimpleShardingStrategy>[0]

export interface Gateway {
  readonly client: Client
  /** Connects, and resolves when the guilds are there. Throws a Problem, or what the first request failed with. */
  open(): Promise<void>
  /** Resolves once connecting has succeeded, failed or been given up. */
  readonly settled: Promise<void>
  connected(): boolean
  /** Resolves with one sentence when Discord ends it for good. */
  readonly ended: Promise<string>
  close(): Promise<void>
}

export function createGateway(token: string, apiUrl: string, log: Log): Gateway {
  let shards: Shards | null = null
  const client = new Client({
    // Interactions bring their person along, so that none of the privileged intents is needed. Bans are told where the bot may see them.
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildModeration],
    shards: 'auto',
    allowedMentions: { parse: [] },
    makeCache: CACHES,
    waitGuildTimeout: GUILDS_MS,
    rest: restOptions(apiUrl),
    ws: {
      buildStrategy: manager => {
        shards = manager
        manager.options.handshakeTimeout = HANDSHAKE_MS
        return new SimpleShardingStrategy(manager)
      },
    },
  })
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  const warn = (message: string) => (error: unknown) => log.warn({ problem: describe(error) }, message)
  client.on(Events.Error, warn('discord.js reported an error'))
  client.on(Events.Warn, warn('discord.js reported a warning'))
  client.on(Events.ShardError, warn('the connection to Discord failed; it is tried again'))
  client.on(Events.ShardReconnecting, shard => log.info({ shard }, 'the connection to Discord is renewed'))
  client.on(Events.ShardDisconnect, ({ code }) => end(closedForGood(code)))
  const { promise: settled, resolve: settle } = Promise.withResolvers<void>()
  let open = false

  async function connect(): Promise<void> {
    const ready = new Promise<void>(resolve => client.once(Events.ClientReady, () => resolve()))
    // A login that is refused fails without saying why; the close code says it.
    const refused = ended.then(sentence => Promise.reject(new Problem(sentence)))
    const login = client.login(token).catch(error => Promise.race([refused, Promise.reject(error)]))
    const late = AbortSignal.timeout(CONNECT_MS)
    const tooLate = new Promise<never>((_, reject) => {
      late.onabort = () => reject(new Problem(silent(apiUrl)))
    })
    try {
      await Promise.race([refused, tooLate, Promise.all([login, ready])])
      open = true
    } catch (error) {
      await close()
      throw error
    } finally {
      late.onabort = null
      settle()
      // Whoever lost the race may fail later; that has been said by then.
      for (const loser of [refused, login]) loser.catch(() => {})
    }
  }

  /** Lets no shard start another try, waits for a try that is under way, then closes. */
  async function close(): Promise<void> {
    open = false
    settle()
    if (shards) {
      // The first thing a try does is to ask for its session. discord.js would drop a socket that is still connecting without listening
      // to its errors any longer, and forget a shard that waits for its next try.
      shards.options.retrieveSessionInfo = () => new Promise<never>(() => {})
      const deadline = performance.now() + HANDSHAKE_MS
      while ((await connecting(shards)) && performance.now() < deadline) await new Promise(wake => setTimeout(wake, 20))
    }
    await client.destroy()
  }

  return {
    client,
    open: connect,
    connected: () =>
      open && client.ws.shards.size > 0 && client.ws.shards.every(shard => shard.status === Status.Ready),
    ended,
    settled,
    close,
  }
}

const silent = (apiUrl: string): string =>
  `Discord at DISCORD_API_URL=${withoutPassword(apiUrl)} answers, but its gateway has not within ${CONNECT_MS / SECOND} s. Check the network, then start again.`

async function connecting(shards: Shards): Promise<boolean> {
  const states = await shards.fetchStatus()
  return states.some(state => state === WebSocketShardStatus.Connecting)
}
