import { createGate, type Fault } from './faults.ts'
import { type Channel, channelFor, type Group, type GroupOptions, groupFor } from './groups.ts'
import { commandKey, type Scope } from './methods/commands.ts'
import type { Context } from './methods/context.ts'
import type { Update, User } from './model.ts'
import { createWaiting, type SeenMessage, seenIn } from './observe.ts'
import { type ChatRef, type Person, personFor } from './people.ts'
import { type RecordedCall, startApiServer } from './server.ts'
import { createUpdateQueue } from './updates.ts'
import { createWebhook } from './webhook.ts'
import { addChat, chatState, createWorld } from './world.ts'

export type { Fault } from './faults.ts'
export type { Channel, Group, GroupOptions } from './groups.ts'
export type { Message, Update, User } from './model.ts'
export type { SeenMessage } from './observe.ts'
export type { ChatRef, MessageRef, Person, SayOptions } from './people.ts'
export type { ApiAnswer, RecordedCall } from './server.ts'

export interface FakeTelegramOptions {
  token?: string
  /** The bot's username. */
  username?: string
  /** Milliseconds; dates, the age of button presses, rate limits and retry_after follow it. Real time when left out. */
  now?: () => number
  /** Apply the platform's rate limits. */
  limits?: boolean
  /** Accept `http://127.0.0.1:…` as webhook; the real platform takes https only. */
  allowLoopbackWebhook?: boolean
  /** Sends deliveries for an https webhook elsewhere, since nothing here speaks TLS. */
  routeWebhook?: (url: string) => string
  webhookBackoff?: { firstMs: number; maxMs: number }
  /** How long a button press can be answered (default 60 s). */
  callbackLifetimeMs?: number
}

export interface WaitOptions {
  /** Default 5000. */
  withinMs?: number
}

export interface UserProfile {
  first_name: string
  last_name?: string
  username?: string
  language_code?: string
  is_bot?: boolean
}

export interface FakeTelegram extends AsyncDisposable {
  readonly token: string
  readonly bot: User
  /** What grammY takes as `client.apiRoot`. */
  readonly apiRoot: string
  user(profile: UserProfile): Person
  group(options: GroupOptions): Group
  channel(options: { title: string }): Channel
  /** Every call in the order of arrival, getUpdates included. */
  readonly calls: readonly RecordedCall[]
  callsOf(method: string): RecordedCall[]
  /** Everything that breaks a rule; a test ends by expecting this to be empty. */
  readonly violations: readonly string[]
  /** Empties `violations`, for a test that provoked one. */
  takeViolations(): string[]
  messages(chat: ChatRef): SeenMessage[]
  /** The menu a person sees for exactly this scope and language. */
  commands(scope?: Scope, language?: string): readonly { command: string; description: string }[]
  /** Updates not yet confirmed. */
  readonly pending: readonly Update[]
  /** The first answered call that fits, from index `after` of `calls` on. */
  waitForCall(
    method: string,
    fits?: (call: RecordedCall) => boolean,
    options?: WaitOptions & { after?: number },
  ): Promise<RecordedCall>
  waitForMessage(chat: ChatRef, fits: (message: SeenMessage) => boolean, options?: WaitOptions): Promise<SeenMessage>
  /** Resolves when the bot has confirmed every update. */
  waitForQuiet(options?: WaitOptions): Promise<void>
  fault(fault: Fault): void
  /** Delivers an update once more, with the same id. */
  redeliver(update: Update): void
  /** Delivers the updates that `act` causes in reverse order. */
  outOfOrder(act: () => void): void
  close(): Promise<void>
}

/** Starts a strict Bot API server on 127.0.0.1, for one bot and a world of people around it. */
export async function startFakeTelegram(options: FakeTelegramOptions = {}): Promise<FakeTelegram> {
  const token = options.token ?? '7000000001:AAFakeTokenForTests-0123456789abcdefg'
  const now = options.now ?? Date.now
  const world = createWorld(token, options.username ?? 'muster_bot', now)
  const updates = createUpdateQueue()
  const waiting = createWaiting()
  world.changed = waiting.changed
  const violations: string[] = []
  const breach = (text: string) => void violations.push(text)
  const webhook = createWebhook(updates, {
    allowLoopback: options.allowLoopbackWebhook ?? false,
    route: options.routeWebhook ?? (url => url),
    backoff: options.webhookBackoff ?? { firstMs: 20, maxMs: 1000 },
    now,
  })
  const callbackLifetimeMs = options.callbackLifetimeMs ?? 60_000
  const context: Context = { world, updates, webhook, presses: new Map(), commands: new Map(), callbackLifetimeMs }
  const calls: RecordedCall[] = []
  const gate = createGate(now, options.limits ?? false, breach)
  const stage = { context, calls, waiting }
  const server = await startApiServer({ token, context, gate, calls, breach, changed: waiting.changed })
  webhook.onReply = server.runReply
  updates.onChange = waiting.changed

  const recent = () =>
    `last calls ${JSON.stringify(calls.slice(-5).map(({ method, params, response }) => ({ method, params, response })))}, violations ${JSON.stringify(violations)}`

  async function close(): Promise<void> {
    webhook.close()
    waiting.close()
    await server.close()
  }

  return {
    token,
    bot: world.bot,
    apiRoot: `http://127.0.0.1:${server.port}`,
    calls,
    violations,
    user(profile) {
      const user: User = { id: world.nextUserId++, is_bot: profile.is_bot ?? false, ...profile }
      world.users.set(user.id, user)
      const { id, first_name, last_name, username } = user
      const names = { first_name, ...(last_name && { last_name }), ...(username && { username }) }
      addChat(world, { id, ...names, type: 'private' })
      return personFor(stage, user)
    },
    group: group => groupFor(stage, group),
    channel: ({ title }) => channelFor(stage, title),
    callsOf: method => calls.filter(call => call.method === method),
    takeViolations: () => violations.splice(0),
    messages: chat => seenIn(chatState(world, chat.id)),
    commands: (scope, language) => context.commands.get(commandKey(scope, language)) ?? [],
    get pending() {
      return updates.pending.map(({ update }) => update)
    },
    waitForCall: (method, fits = () => true, { withinMs, after = 0 } = {}) =>
      waiting.until(
        () => calls.find((call, index) => index >= after && call.method === method && call.response && fits(call)),
        () => `a call of ${method}; ${recent()}`,
        withinMs,
      ),
    waitForMessage: (chat, fits, { withinMs } = {}) =>
      waiting.until(
        () => seenIn(chatState(world, chat.id)).find(fits),
        () =>
          `a message; the chat shows ${JSON.stringify(seenIn(chatState(world, chat.id)).map(m => m.text))}; ${recent()}`,
        withinMs,
      ),
    waitForQuiet: async ({ withinMs } = {}) => {
      await waiting.until(
        () => updates.pending.length === 0 || undefined,
        () => `${updates.pending.length} updates left; ${recent()}`,
        withinMs,
      )
    },
    fault: gate.add,
    redeliver: updates.repeat,
    outOfOrder: updates.reversed,
    close,
    [Symbol.asyncDispose]: close,
  }
}
