/** Muster on Discord: one bot, its interactions, its guilds, its deliveries. */
import { Buffer } from 'node:buffer'
import { type APIApplication, type APIInteraction, GatewayDispatchEvents, REST, RESTEvents, Routes } from 'discord.js'
import type { Connection } from '../../chat/port.ts'
import type { Dispatch } from '../../dispatch.ts'
import { createLimiter } from '../../lib/limiter.ts'
import { Problem } from '../../lib/problem.ts'
import { SECOND } from '../../lib/time.ts'
import { createDrawing, type DrawingParts } from './drawing.ts'
import { deliveryError, REFUSED_TOKEN, startProblem } from './errors.ts'
import { createFetch } from './fetching.ts'
import { createGateway, type Gateway, restOptions } from './gateway.ts'
import { listenToGuilds, watchGuilds } from './guilds.ts'
import type { GuildView } from './intake.ts'
import { createInteractions, type Interactions } from './interactions.ts'
import { PACE } from './limits.ts'
import { registerCommands } from './register.ts'
import { createSender } from './sender.ts'

const RECOVER_AFTER_MS = 30 * SECOND

export interface DiscordParts extends DrawingParts {
  readonly dispatch: Dispatch
  readonly token: string
  /** Without the version: `https://discord.com/api`. */
  readonly apiUrl: string
  /** Told when something may have been queued for sending. */
  readonly onQueued?: () => void
}

/** The name of the bot behind a token. Throws a Problem when it cannot be a bot's token. */
export function botOf(token: string): string {
  const [first = '', ...rest] = token.split('.')
  const id = Buffer.from(first, 'base64').toString('latin1')
  if (rest.length !== 2 || rest.some(part => part === '') || !/^\d{17,20}$/.test(id))
    throw new Problem(
      'DISCORD_TOKEN is not the token of a bot. Copy it from the developer portal, under Bot, Reset Token: three parts with dots between them.',
    )
  return `discord:${id}`
}

/** Connects a bot: registers its commands, finishes what was left unfinished, then lets events in. Throws a Problem that says what to do. */
export async function connectDiscord(parts: DiscordParts): Promise<Connection> {
  const { app, dispatch, token, apiUrl, onQueued = () => {} } = parts
  const bot = botOf(token)
  const rest = createRest(parts)
  const gateway = createGateway(token, apiUrl, app.log)
  const guilds = watchGuilds(app, dispatch, bot, onQueued)
  // Real time: it paces real requests, and the SDK waits in real time too.
  const limiter = createLimiter(PACE, () => performance.now())
  const drawing = createDrawing(parts, dispatch.registry)
  let work: ReturnType<typeof workInHand> | null = null

  async function stop(): Promise<void> {
    work?.refuseNew()
    await gateway.close()
    await work?.finished()
    await guilds.settled()
    rest.clearHashSweeper()
    rest.clearHandlerSweeper()
  }

  try {
    const { id: applicationId } = (await rest.get(Routes.currentApplication())) as APIApplication
    const listing = createListing(parts, bot, rest, applicationId)
    await listing.write()
    const interactions = createInteractions({
      ...{ app, dispatch, bot, applicationId, rest, onQueued },
      drawer: { ...drawing, fetch: createFetch(apiUrl), limited: ms => limiter.pause(ms) },
      guildOf: id => guildOf(gateway, id),
    })
    await dispatch.recover(bot, interactions.responderFor)
    work = workInHand(gateway, interactions)
    listenToGuilds(gateway.client, guilds)
    await gateway.open()
    await guilds.settled()
    return {
      bot,
      sender: createSender(rest, limiter, drawing.draw),
      connected: gateway.connected,
      ended: Promise.race([gateway.ended, refusedLater(rest)]),
      recover: async () => {
        await listing.write()
        return dispatch.recover(bot, interactions.responderFor, RECOVER_AFTER_MS)
      },
      routes: [],
      close: stop,
    }
  } catch (error) {
    await stop()
    throw startProblem(error, apiUrl)
  }
}

/** The list of commands: written once, at start or as soon after as Discord takes it. What is listed already works meanwhile. */
function createListing({ app, dispatch }: DiscordParts, bot: string, rest: REST, applicationId: string) {
  let written = false
  return {
    async write(): Promise<void> {
      if (written) return
      try {
        const changed = await registerCommands(rest, applicationId, dispatch.registry)
        written = true
        if (changed > 0) app.log.info({ bot, changed }, 'commands were registered')
      } catch (error) {
        const failure = deliveryError(error)
        if (failure.problem !== 'rate-limited' && failure.problem !== 'unreachable') throw error
        app.log.warn(
          { err: failure, bot },
          'the list of commands could not be written; it is tried again within a minute',
        )
      }
    },
  }
}

/** Apart from the gateway's own requests, so that what is in hand can still be answered when the gateway is closed. */
function createRest({ app, token, apiUrl }: DiscordParts): REST {
  const rest = new REST(restOptions(apiUrl)).setToken(token)
  rest.on(RESTEvents.InvalidRequestWarning, ({ count }) =>
    app.log.warn({ count }, 'Discord has refused many requests; it bans an address after 10,000 in ten minutes'),
  )
  return rest
}

/** Takes interactions from the gateway, and knows which are not finished yet. */
function workInHand({ client }: Gateway, interactions: Interactions) {
  const inHand = new Set<Promise<void>>()
  let accepting = true
  // The raw payload: answers go by the token that an inbox row keeps, not by objects of this process.
  client.ws.on(GatewayDispatchEvents.InteractionCreate, (interaction: APIInteraction) => {
    if (!accepting) return
    const taken = interactions.take(interaction).finally(() => inHand.delete(taken))
    inHand.add(taken)
  })
  return {
    refuseNew: () => {
      accepting = false
    },
    finished: async () => {
      while (inHand.size > 0) await Promise.allSettled(inHand)
    },
  }
}

/** A guild the bot is in. At the start only ids are known until the guilds themselves have come. */
async function guildOf({ client, settled }: Gateway, id: string): Promise<GuildView | null> {
  const guild = client.guilds.cache.get(id)
  if (guild && !guild.available) await settled
  return guild ? { name: guild.name ?? '', ownerId: guild.ownerId } : null
}

/** Resolves with one sentence when a request of the running bot is refused for its token. Calls by interaction tokens do not count. */
function refusedLater(rest: REST): Promise<string> {
  return new Promise(resolve => {
    rest.on(RESTEvents.Response, ({ data }, { status }) => {
      if (status === 401 && data.auth) resolve(REFUSED_TOKEN)
    })
  })
}
