/** Muster on Discord: one bot, its interactions, its guilds, its deliveries. */
import { Buffer } from 'node:buffer'
import {
  type APIInteraction,
  type APIUser,
  GatewayDispatchEvents,
  InteractionResponseType,
  MessageFlags,
  REST,
  RESTEvents,
  Routes,
} from 'discord.js'
import type { App } from '../../app.ts'
import type { Answer, Connection, DrawPicture, Responder } from '../../chat/port.ts'
import { plain, type Reply, refusal } from '../../chat/reply.ts'
import { t } from '../../chat/text.ts'
import type { Dispatch } from '../../dispatch.ts'
import { type Received, TOKEN_USABLE_MS } from '../../features/inbox/index.ts'
import { randomCharacters } from '../../lib/ids.ts'
import { createLimiter } from '../../lib/limiter.ts'
import { nearestLocale } from '../../lib/locale.ts'
import { Problem } from '../../lib/problem.ts'
import { SECOND } from '../../lib/time.ts'
import { deliveryError, describe, REFUSED_TOKEN, startProblem } from './errors.ts'
import { formatReply } from './formatter.ts'
import { createGateway, restOptions } from './gateway.ts'
import { listenToGuilds, watchGuilds } from './guilds.ts'
import { type Incoming, pressedBefore, readInteraction } from './intake.ts'
import { COMPLETION_MS, MAX_CHOICE_LABEL, MAX_OPTIONS, MAX_VALUE, PACE } from './limits.ts'
import { cutWords } from './markdown.ts'
import { registerCommands } from './register.ts'
import { createResponder, type Drawer, type Exchange } from './responder.ts'
import { createSender, type DrawMessage } from './sender.ts'

const RECOVER_AFTER_MS = 30 * SECOND
const INCIDENT_SIZE = 4

export interface DiscordParts {
  readonly app: App
  readonly dispatch: Dispatch
  readonly token: string
  /** Without the version: `https://discord.com/api`. */
  readonly apiUrl: string
  readonly draw: DrawPicture
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
  // Apart from the gateway's own, so that what is in hand can still be answered when the gateway is closed.
  const rest = new REST(restOptions(apiUrl)).setToken(token)
  const gateway = createGateway(token, apiUrl, app.log)
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  void gateway.ended.then(end)
  rest.on(RESTEvents.Response, ({ data }, response) => {
    if (response.status === 401 && data.auth) end(REFUSED_TOKEN)
  })
  rest.on(RESTEvents.InvalidRequestWarning, ({ count }) =>
    app.log.warn({ bot, count }, 'Discord has refused many requests; it bans an address after 10,000 in ten minutes'),
  )
  const limiter = createLimiter(PACE, () => performance.now())
  const drawMessage = createDrawing(parts)
  const drawer: Drawer = { draw: drawMessage, limited: ms => limiter.pause(ms) }
  const inHand = new Set<Promise<void>>()
  let accepting = true

  const stop = async () => {
    accepting = false
    await gateway.close()
    while (inHand.size > 0) await Promise.allSettled(inHand)
    rest.clearHashSweeper()
    rest.clearHandlerSweeper()
  }

  let applicationId = ''
  const respondTo = (exchange: Omit<Exchange, 'applicationId'>): Responder =>
    createResponder(rest, { ...exchange, applicationId }, drawer)

  /** For what came in before a restart: only the stored request and the token are left. */
  function responderFor({ request, token: answerToken }: Received, receivedAt: number): Responder | null {
    if (request.kind === 'happening' || answerToken === null) return null
    if (app.clock.now() - receivedAt > TOKEN_USABLE_MS) return null
    return respondTo({
      interactionId: request.eventId,
      token: answerToken,
      direct: request.chat.direct,
      pressed: pressedBefore(request),
      inherited: true,
    })
  }

  const guildOf = async (id: string | undefined) => {
    const guild = id === undefined ? undefined : gateway.client.guilds.cache.get(id)
    // Between READY and the guilds themselves, only ids are known.
    if (guild && !guild.available && !gateway.client.isReady()) await ready
    return guild ? { name: guild.name ?? '', ownerId: guild.ownerId } : null
  }

  async function take(interaction: APIInteraction): Promise<void> {
    const where = { bot, now: app.clock.now(), guild: await guildOf(interaction.guild_id) }
    const incoming = readInteraction(interaction, where)
    switch (incoming.kind) {
      case 'ask':
        return takeAsk(interaction, incoming)
      case 'completion':
        return complete(interaction, incoming)
      case 'elsewhere':
        return sayOnce(interaction, plain(t('start.alone', { who: incoming.from.name })))
      case 'unknown':
        app.log.debug({ bot, type: interaction.type }, 'an interaction of a kind that Muster does not use')
    }
  }

  async function takeAsk(interaction: APIInteraction, { ask, pressed }: Extract<Incoming, { kind: 'ask' }>) {
    let received: Received | null
    try {
      received = await dispatch.receive(ask, interaction.token)
    } catch (error) {
      // Discord does not deliver it again: the person is told that nothing happened.
      const code = randomCharacters(app.random, INCIDENT_SIZE).toUpperCase()
      app.log.error({ err: error, incident: code, bot }, 'an interaction could not be stored')
      return sayOnce(interaction, refusal(t('refusal.fault', { code })))
    }
    if (!received) return
    const responder = respondTo({
      interactionId: interaction.id,
      token: interaction.token,
      direct: ask.chat.direct,
      pressed,
      inherited: false,
    })
    await dispatch.process(received, responder)
    onQueued()
  }

  async function complete(interaction: APIInteraction, asked: Extract<Incoming, { kind: 'completion' }>) {
    const found = await withinTime(dispatch.complete(asked.ask, asked.path, asked.arg, asked.typed)).catch(error => {
      app.log.warn({ err: error, bot, command: asked.path.join(' ') }, 'a completion failed; the list stays empty')
      return []
    })
    const choices = found
      .filter(({ value }) => value !== '' && value.length <= MAX_VALUE)
      .slice(0, MAX_OPTIONS)
      .map(({ value, label }) => ({ name: cutWords(label || value, MAX_CHOICE_LABEL), value }))
    await callback(interaction, {
      type: InteractionResponseType.ApplicationCommandAutocompleteResult,
      data: { choices },
    })
  }

  /** An answer that is no reply: nothing was done, and nothing is stored. */
  async function sayOnce(interaction: APIInteraction, reply: Reply): Promise<void> {
    const locale = nearestLocale('locale' in interaction ? interaction.locale : null) ?? app.defaults.locale
    const { body } = formatReply(reply, locale, '', null)
    await callback(interaction, {
      type: InteractionResponseType.ChannelMessageWithSource,
      data: { ...body, flags: body.flags | MessageFlags.Ephemeral },
    })
  }

  async function callback({ id, token: answerToken }: APIInteraction, body: object): Promise<void> {
    await rest.post(Routes.interactionCallback(id, answerToken), { body, auth: false }).catch(error => {
      app.log.warn({ bot, problem: describe(error) }, 'an interaction got no answer')
    })
  }

  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>()
  const guilds = watchGuilds(app, dispatch, bot, onQueued)
  listenToGuilds(gateway.client, guilds)
  // The raw payload: answers go by the token that an inbox row keeps, not by objects of this process.
  gateway.client.ws.on(GatewayDispatchEvents.InteractionCreate, (interaction: APIInteraction) => {
    if (!accepting) return
    const work = take(interaction)
      .catch(error => app.log.error({ err: describe(error), bot }, 'an interaction could not be read'))
      .finally(() => inHand.delete(work))
    inHand.add(work)
  })

  let registered = false
  /** Commands that are already there go on working: writing their list may wait for a better minute. */
  async function register(): Promise<void> {
    try {
      const changed = await registerCommands(rest, applicationId, dispatch.registry)
      registered = true
      if (changed > 0) app.log.info({ bot, changed }, 'commands were registered')
    } catch (error) {
      const failure = deliveryError(error)
      if (failure.problem !== 'rate-limited' && failure.problem !== 'unreachable') throw error
      app.log.warn(
        { err: failure, bot },
        'the list of commands could not be written; it is tried again within a minute',
      )
    }
  }

  try {
    const application = (await rest.get(Routes.currentApplication())) as { id: string; bot?: APIUser }
    applicationId = application.id
    await register()
    await dispatch.recover(bot, responderFor)
    await gateway.open()
    isReady()
    await guilds.settled()
  } catch (error) {
    await stop()
    throw startProblem(error, apiUrl)
  }

  return {
    bot,
    sender: createSender(rest, limiter, drawMessage),
    connected: gateway.connected,
    ended,
    recover: async () => {
      if (!registered) await register()
      return dispatch.recover(bot, responderFor, RECOVER_AFTER_MS)
    },
    routes: [],
    close: async () => {
      await stop()
      await guilds.settled()
    },
  }
}

/** Draws replies with their pictures; where none can be drawn, its words stand for it. */
function createDrawing({ app, draw }: DiscordParts): DrawMessage {
  return async ({ reply, locale, askerId }: Pick<Answer, 'reply' | 'locale' | 'askerId'>) => {
    const picture = reply.picture
      ? await draw(reply.picture, locale).catch(error => {
          app.log.warn({ err: error }, 'a picture could not be drawn; its words are sent')
          return null
        })
      : null
    return formatReply(reply, locale, askerId, picture)
  }
}

/** What is found in time; nothing otherwise. */
async function withinTime<T>(work: Promise<readonly T[]>): Promise<readonly T[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly T[]>(resolve => {
    timer = setTimeout(() => resolve([]), COMPLETION_MS)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
