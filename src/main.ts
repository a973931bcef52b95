/** Composes everything: adapters into jobs, routes into http. What is started is undone in reverse. */
import { type App, type Clock, createApp, transaction } from './app.ts'
import { type Bot, startBot } from './bots.ts'
import type { DrawPicture, WriteDocument } from './chat/port.ts'
import { loadCommands } from './commands.ts'
import { type Config, loadEnvFile, readConfig } from './config.ts'
import { createFolder } from './db/folder.ts'
import { openEngine } from './db/index.ts'
import { prepareSchema } from './db/migrate.ts'
import { createAside } from './db/worker.ts'
import { createDispatch, type Dispatch } from './dispatch.ts'
import { createDocuments } from './documents.ts'
import { ensureFileSecret, readStored } from './features/files/index.ts'
import { redrawAside } from './files.ts'
import type { Api } from './http/api/index.ts'
import { createMetrics } from './http/metrics.ts'
import { createHttp, listen } from './http/server.ts'
import { startTicker } from './jobs/ticker.ts'
import { createIds, linkSecret, systemRandom } from './lib/ids.ts'
import { Problem, withoutPassword } from './lib/problem.ts'
import { SECOND } from './lib/time.ts'
import { createLog } from './log.ts'
import { createPictures } from './pictures.ts'

const STOP_WITHIN_MS = 9 * SECOND

const say = (sentence: string): void => console.log(sentence)

/** Ends the process with one plain sentence. */
function fail(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

interface Composed {
  readonly app: App
  readonly config: Config
  readonly dispatch: Dispatch
  readonly draw: DrawPicture
  readonly write: WriteDocument
  readonly stop: (reason: string, code: number) => void
}

async function start(config: Config): Promise<void> {
  const stack = new AsyncDisposableStack()
  const { promise: stopped, resolve: stop } = Promise.withResolvers<{ reason: string; code: number }>()
  process.on('SIGINT', () => stop({ reason: 'interrupted', code: 0 }))
  process.on('SIGTERM', () => stop({ reason: 'asked to stop', code: 0 }))
  try {
    await compose(stack, config, (reason, code) => stop({ reason, code }))
  } catch (error) {
    await stack.disposeAsync().catch(() => {})
    throw error
  }
  const { reason, code } = await stopped
  say(`Stopping (${reason}).`)
  // What is in hand is finished; whatever does not end by then is cut, and recovered at the next start.
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref()
  await stack.disposeAsync()
  process.exit(code)
}

async function compose(
  stack: AsyncDisposableStack,
  config: Config,
  stop: (reason: string, code: number) => void,
): Promise<void> {
  const playground = config.playground ? await import('./adapters/playground/index.ts') : null
  const playgroundClock = playground?.createPlaygroundClock()
  const clock: Clock = playgroundClock ?? { now: () => Date.now() }
  const log = createLog(config.LOG_LEVEL, config.secrets)
  const engine = await openEngine(config.DATABASE_URL)
  stack.defer(() => engine.close())
  await prepareSchema(engine)
  const aside = createAside(config.DATABASE_URL)
  stack.defer(() => aside.close())
  const app = createApp({
    engine,
    aside,
    clock,
    ids: createIds(clock.now, systemRandom),
    random: systemRandom,
    log,
    defaults: { zone: config.DEFAULT_TIMEZONE, locale: config.DEFAULT_LOCALE },
    files: createFolder(config.FILES_DIR, systemRandom),
  })
  await transaction(app, ensureFileSecret)
  const bots: Bot[] = []
  const connections = () => bots.map(bot => bot.connection()).filter(connection => connection !== null)
  const metrics = createMetrics(app, () =>
    bots.map(bot => ({ bot: bot.name, connected: bot.connection()?.connected() ?? false })),
  )
  const dispatch = createDispatch(app, await loadCommands(), metrics.observe, redrawAside(aside))
  // Undone in reverse: after the ticker, the bots and the server have stopped, what they left in hand is finished.
  stack.defer(() => dispatch.idle())
  const composed: Composed = {
    app,
    config,
    dispatch,
    draw: createPictures(aside, log, async id => (await readStored(app, id))?.bytes ?? null),
    write: createDocuments(app),
    stop,
  }
  const key = linkSecret(systemRandom)
  let page: ((request: Request) => Promise<Response>) | undefined
  if (playground && playgroundClock) {
    await playground.refuseMixture(app, 'playground')
    await playgroundClock.load(app)
    const alone = `DATABASE_URL=${withoutPassword(config.DATABASE_URL)} is in use by another playground. Stop that one, or name another database.`
    const connect = async () => {
      const connection = await playground.connectPlayground({
        app,
        dispatch,
        clock: playgroundClock,
        draw: composed.draw,
        write: composed.write,
        key,
      })
      page = connection.fetch
      return connection
    }
    await add(bots, stack, composed, { name: playground.BOT, connect, alone })
  } else {
    const { refuseMixture } = await import('./adapters/playground/mixture.ts')
    await refuseMixture(app, 'real')
  }
  let api: Promise<Api> | undefined
  stack.defer(async () => (await api)?.idle())
  const http = createHttp({
    app,
    api: () => (api ??= loadApi(app)),
    metrics,
    metricsToken: config.METRICS_TOKEN,
    parts: () => bots.map(bot => ({ name: bot.name, ready: bot.ready() })),
    routes: () => connections().flatMap(connection => connection.routes),
    playground: page && (request => (page as NonNullable<typeof page>)(request)),
  })
  // Before the bots: a webhook may be called the moment it is set.
  const listening = stack.use(await listen(http, config.HOST, config.PORT))
  await connectPlatforms(bots, stack, composed)
  const ticker = startTicker(app, connections)
  stack.defer(() => ticker.stop())
  announce(config, engine.title, listening.port, page ? key : null, bots)
}

async function loadApi(app: App): Promise<Api> {
  const { createApi, loadRoutes } = await import('./http/api/index.ts')
  return createApi(app, await loadRoutes())
}

async function connectPlatforms(bots: Bot[], stack: AsyncDisposableStack, composed: Composed): Promise<void> {
  const { app, config, dispatch, draw, write } = composed
  if (config.DISCORD_TOKEN !== undefined) {
    const { botOf, connectDiscord } = await import('./adapters/discord/index.ts')
    const token = config.DISCORD_TOKEN
    const connect = (onQueued: () => void) =>
      connectDiscord({ app, dispatch, token, apiUrl: config.DISCORD_API_URL, draw, write, onQueued })
    await add(bots, stack, composed, { name: botOf(token), connect })
  }
  if (config.TELEGRAM_TOKEN !== undefined) {
    const { botOf, connectTelegram } = await import('./adapters/telegram/index.ts')
    const token = config.TELEGRAM_TOKEN
    const secret = config.TELEGRAM_WEBHOOK_SECRET
    const webhook = secret && config.PUBLIC_URL ? { url: `${config.PUBLIC_URL}/telegram/webhook`, secret } : undefined
    const connect = (onQueued: () => void) =>
      connectTelegram({ app, dispatch, token, apiRoot: config.TELEGRAM_API_ROOT, draw, write, webhook, onQueued })
    await add(bots, stack, composed, { name: botOf(token), connect })
  }
}

async function add(
  bots: Bot[],
  stack: AsyncDisposableStack,
  composed: Composed,
  bot: Pick<Parameters<typeof startBot>[0], 'name' | 'connect' | 'alone'>,
): Promise<void> {
  const onEnd = (sentence: string) => {
    console.error(sentence)
    composed.stop(`${bot.name} has ended`, 1)
  }
  bots.push(stack.use(await startBot({ app: composed.app, ...bot, say, onEnd })))
}

function announce(config: Config, database: string, port: number, key: string | null, bots: readonly Bot[]): void {
  // Inside a container the port is published on the host's loopback; the page is opened there.
  const host = config.inContainer || config.HOST === '0.0.0.0' || config.HOST === '::' ? '127.0.0.1' : config.HOST
  say(`Muster is ready: ${database}, ${withoutPassword(config.DATABASE_URL).replace(/^sqlite:/, '')}`)
  if (key !== null) {
    say(`Open the playground: http://${host.includes(':') ? `[${host}]` : host}:${port}/playground?key=${key}`)
    if (config.inContainer) say(`Publish it on this machine alone: docker run -p 127.0.0.1:${port}:${port} …`)
    say(
      'It is for trying things out. To connect Discord or Telegram, put DISCORD_TOKEN or TELEGRAM_TOKEN into .env and start again.',
    )
    return
  }
  for (const bot of bots) say(`${bot.name}: ${stateOf(bot)}`)
  if (bots.length === 0) say('No platform is connected: set DISCORD_TOKEN or TELEGRAM_TOKEN, or remove PLAYGROUND=off.')
  say(`Health: http://${host}:${port}/healthz`)
}

function stateOf(bot: Bot): string {
  const connection = bot.connection()
  if (!connection) return 'standing by'
  return connection.connected() ? 'connected' : 'not reachable yet; it keeps trying'
}

try {
  loadEnvFile()
  await start(readConfig(process.env))
} catch (error) {
  if (error instanceof Problem) fail(error.message)
  console.error(error)
  fail('Muster could not start, and that is our mistake: please report the lines above.')
}
