/** Telegram: one bot, by long polling or webhook, over the Bot API. */
import { Api } from 'grammy'
import type { UserFromGetMe } from 'grammy/types'
import { type App, grouped } from '../../app.ts'
import {
  type Connection,
  DeliveryError,
  type DrawPicture,
  type Responder,
  type WriteDocument,
} from '../../chat/port.ts'
import type { PlaceSighting } from '../../chat/request.ts'
import type { Dispatch } from '../../dispatch.ts'
import type { Received } from '../../features/inbox/index.ts'
import { rememberChatLink } from '../../features/people/index.ts'
import { createLimiter } from '../../lib/limiter.ts'
import { Problem } from '../../lib/problem.ts'
import { SECOND } from '../../lib/time.ts'
import { createAnswers } from './answers.ts'
import { type Calls, createCalls } from './calls.ts'
import { createDrawing } from './drawing.ts'
import { deliveryError, isRevoked } from './errors.ts'
import { createFetch } from './fetching.ts'
import { createIntake } from './intake.ts'
import { ALLOWED_UPDATES, CALL_SECONDS, PACE, WEBHOOK_CONNECTIONS } from './limits.ts'
import { backoff, poll, rest } from './polling.ts'
import { registerCommands } from './register.ts'
import { createResponder } from './responder.ts'
import { createSender } from './sender.ts'
import { createStaff } from './staff.ts'
import { createTraffic, type Traffic } from './traffic.ts'
import { webhookRoute } from './webhook.ts'

export interface TelegramParts {
  readonly app: App
  readonly dispatch: Dispatch
  readonly token: string
  /** `https://api.telegram.org`, or a server that speaks the same API. */
  readonly apiRoot: string
  readonly draw: DrawPicture
  readonly write: WriteDocument
  /** Given: the platform calls `url`, proving itself by `secret`. Left out: long polling. */
  readonly webhook?: { readonly url: string; readonly secret: string } | undefined
  /** Something may wait in the outbox. */
  readonly onQueued?: () => void
}

const REFUSED =
  'Telegram does not know the bot of TELEGRAM_TOKEN: it was mistyped or revoked. Copy the current token from @BotFather into TELEGRAM_TOKEN and start again.'
const CONFLICT =
  'Another program receives the updates of the bot of TELEGRAM_TOKEN (or has set a webhook for it). Stop that one, or give this one a TELEGRAM_TOKEN of its own, and start again.'

/** `telegram:<id>`, from the token alone. Throws a Problem that does not repeat the token. */
export function botOf(token: string): string {
  const id = /^(\d{3,20}):[A-Za-z0-9_-]{20,}$/.exec(token)?.[1]
  if (id === undefined) {
    throw new Problem(
      'TELEGRAM_TOKEN does not look like the token of a bot: digits, a colon, then letters and digits. Copy it again from @BotFather.',
    )
  }
  return `telegram:${id}`
}

/**
 * Connects. Resolves when updates arrive, or when the platform could not be reached at the first try: then it goes on trying, and
 * `connected` tells. Throws a Problem for a token that the platform refuses.
 */
export async function connectTelegram(parts: TelegramParts): Promise<Connection> {
  const { app, dispatch, token, apiRoot, webhook } = parts
  const bot = botOf(token)
  const closing = new AbortController()
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  let receiving = false
  const onRevoked = () => {
    receiving = false
    end(REFUSED)
  }
  const limiter = createLimiter(PACE, () => app.clock.now())
  const calls = createCalls({ token, apiRoot, limiter, onRevoked })
  const draw = createDrawing({ app, draw: parts.draw, write: parts.write })
  const fetch = createFetch({ token, apiRoot, calls })
  const staff = createStaff({ app, dispatch, calls, bot })
  let traffic: Traffic | null = null
  let responderFor: (received: Received) => Responder | null = () => null

  /** Everything that stands between a known bot and its updates; each step may be repeated. */
  async function open(): Promise<void> {
    const me = await whoAmI(token, apiRoot)
    await grouped(app, inner => rememberChatLink(inner, 'telegram', `https://t.me/${me.username}`))
    const answering = { app, calls, draw, fetch, username: me.username, closing: closing.signal }
    responderFor = ({ request, token: held }) =>
      request.kind === 'happening' ? null : createResponder(answering, request, held)
    await dispatch.recover(bot, responderFor)
    const moved = new Map<string, PlaceSighting>()
    const intake = createIntake({ bot, me, registry: dispatch.registry, clock: app.clock, moved })
    const onQueued = parts.onQueued ?? (() => {})
    const answers = createAnswers(app, bot, moved)
    const ready = createTraffic({ app, dispatch, intake, answers, responderFor, staff, moved, onQueued })
    await chooseMode(calls, webhook)
    traffic = ready
    receiving = true
  }

  async function run(opened: (error?: unknown) => void): Promise<void> {
    for (let failures = 1; !traffic && !closing.signal.aborted; failures++) {
      try {
        await open()
      } catch (error) {
        const sentence = isRevoked(error) ? REFUSED : error instanceof Problem ? error.message : null
        if (sentence !== null) {
          end(sentence)
          return opened(new Problem(sentence))
        }
        const failure = deliveryError(error)
        const wait = Math.max(failure.retryAfterMs, backoff(failures))
        app.log.warn({ err: failure, bot, wait }, 'Telegram could not be reached; it is tried again')
        opened()
        await rest(wait, closing.signal)
      }
    }
    opened()
    if (!traffic || closing.signal.aborted) return
    registering = register()
    if (webhook) return
    await poll({
      token,
      apiRoot,
      traffic,
      log: app.log,
      closing: closing.signal,
      onState: state => {
        receiving = state
      },
      onRevoked,
      onConflict: () => end(CONFLICT),
    })
    receiving = false
  }

  let registered = false
  let registering: Promise<void> = Promise.resolve()
  async function register(): Promise<void> {
    try {
      await registerCommands(calls, dispatch.registry, closing.signal)
      registered = true
    } catch (error) {
      app.log.warn({ err: deliveryError(error), bot }, 'the command menus could not be written; they are tried again')
    }
  }

  const started = Promise.withResolvers<void>()
  const running = run(error => (error === undefined ? started.resolve() : started.reject(error)))
  await started.promise
  const isOpen = () => (closing.signal.aborted ? null : traffic)
  return {
    bot,
    sender: createSender(calls, draw),
    ended,
    connected: () => receiving && !closing.signal.aborted,
    recover: async () => {
      if (!traffic || closing.signal.aborted) return 0
      if (!registered) registering = registering.then(register)
      return dispatch.recover(bot, responderFor, 30 * SECOND)
    },
    routes: webhook ? [webhookRoute({ secret: webhook.secret, traffic: isOpen, log: app.log })] : [],
    close: async () => {
      closing.abort()
      await running
      await traffic?.idle()
      await staff.close()
      await registering
    },
  }
}

/** The bot's own account; the first call, and so the one that finds out about a wrong token. */
async function whoAmI(token: string, apiRoot: string): Promise<UserFromGetMe> {
  return new Api(token, { apiRoot, timeoutSeconds: CALL_SECONDS }).raw.getMe()
}

/** The platform delivers one way at a time. What waits there is never dropped. */
async function chooseMode(calls: Calls, webhook: TelegramParts['webhook']): Promise<void> {
  if (!webhook) return calls.settle(api => api.deleteWebhook({}))
  try {
    await calls.call(api =>
      api.setWebhook({
        url: webhook.url,
        secret_token: webhook.secret,
        allowed_updates: ALLOWED_UPDATES,
        max_connections: WEBHOOK_CONNECTIONS,
      }),
    )
  } catch (error) {
    if (!(error instanceof DeliveryError && error.problem === 'rejected')) throw error
    throw new Problem(
      `Telegram does not accept ${webhook.url} (PUBLIC_URL) as webhook: ${error.message}. It must be reachable by https on port 443, 80, 88 or 8443. Correct PUBLIC_URL, or remove TELEGRAM_WEBHOOK_SECRET to use long polling.`,
    )
  }
}
