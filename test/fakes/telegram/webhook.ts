import http from 'node:http'
import https from 'node:https'
import { BotApiError, StrictBreach, type Update } from './model.ts'
import { checkKinds, type PendingUpdate, type UpdateQueue } from './updates.ts'

export interface WebhookOptions {
  /** Accept `http://127.0.0.1:…`; the real platform takes https only. */
  allowLoopback: boolean
  /** Where deliveries for a (real looking) https address go. */
  route: (url: string) => string
  /** First and longest pause before a delivery is tried again, in milliseconds. */
  backoff: { firstMs: number; maxMs: number }
  now: () => number
}

export interface WebhookRequest {
  url: string
  secret_token?: string
  max_connections?: number
  allowed_updates?: string[]
  drop_pending_updates?: boolean
}

interface Delivered {
  status: number
  retryAfterMs: number | undefined
  body: string
}

function checkUrl(address: string, allowLoopback: boolean): void {
  const refuse = (why: string) => new StrictBreach(`Bad Request: bad webhook: ${why}`)
  if (!URL.canParse(address)) throw refuse('invalid URL')
  const url = new URL(address)
  if (allowLoopback && url.protocol === 'http:' && url.hostname === '127.0.0.1') return
  if (url.protocol !== 'https:') throw refuse('An HTTPS URL must be provided for webhook')
  if (!['', '443', '80', '88', '8443'].includes(url.port))
    throw refuse('Webhook can be set up only on ports 80, 88, 443 or 8443')
}

function checkWebhook({ url, secret_token, max_connections, allowed_updates = [] }: WebhookRequest, loopback: boolean) {
  checkUrl(url, loopback)
  if (secret_token !== undefined && !/^[A-Za-z0-9_-]{1,256}$/.test(secret_token))
    throw new StrictBreach('Bad Request: secret token contains unallowed characters')
  if (max_connections !== undefined && (max_connections < 1 || max_connections > 100))
    throw new StrictBreach('Bad Request: max_connections must be 1-100')
  checkKinds(allowed_updates)
}

function post(url: string, update: Update, secret: string | undefined, signal: AbortSignal): Promise<Delivered> {
  const body = JSON.stringify(update)
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(secret && { 'x-telegram-bot-api-secret-token': secret }),
  }
  return new Promise((resolve, reject) => {
    const client = url.startsWith('https:') ? https : http
    const request = client.request(
      url,
      { method: 'POST', headers, agent: false, signal, timeout: 10_000 },
      async answer => {
        const chunks: Buffer[] = []
        try {
          for await (const chunk of answer) chunks.push(chunk)
          const wait = Number(answer.headers['retry-after'])
          resolve({
            status: answer.statusCode ?? 0,
            retryAfterMs: wait > 0 ? wait * 1000 : undefined,
            body: Buffer.concat(chunks).toString('utf8'),
          })
        } catch (error) {
          reject(error)
        }
      },
    )
    request.on('error', reject)
    request.on('timeout', () => request.destroy(new Error('Read timeout expired')))
    request.end(body)
  })
}

/** Updates of one chat wait for each other; those without a chat wait for nobody. */
function chatOf({
  message,
  edited_message,
  channel_post,
  callback_query,
  my_chat_member,
  chat_member,
  message_reaction,
}: Update) {
  const about = message ?? edited_message ?? channel_post ?? callback_query?.message ?? my_chat_member
  return (about ?? chat_member ?? message_reaction)?.chat.id
}

export interface Webhook {
  active(): boolean
  set(request: WebhookRequest): void
  remove(): void
  info(): Record<string, unknown>
  /** Called with a method call that an endpoint put into its answer. */
  onReply: (body: string) => void
  close(): void
}

export function createWebhook(queue: UpdateQueue, options: WebhookOptions): Webhook {
  let current: WebhookRequest | undefined
  let lastError: { date: number; message: string } | undefined
  let stop = new AbortController()
  const busy = new Map<PendingUpdate, number | undefined>()

  async function deliver(entry: PendingUpdate, setup: WebhookRequest, signal: AbortSignal): Promise<void> {
    for (let pause = options.backoff.firstMs; !signal.aborted; pause = Math.min(pause * 2, options.backoff.maxMs)) {
      let failure: string
      let wait = pause
      try {
        const answer = await post(options.route(setup.url), entry.update, setup.secret_token, signal)
        if (answer.status >= 200 && answer.status < 300) {
          queue.remove(entry)
          if (answer.body.startsWith('{')) webhook.onReply(answer.body)
          return
        }
        failure = `Wrong response from the webhook: ${answer.status} ${http.STATUS_CODES[answer.status] ?? ''}`.trim()
        wait = answer.retryAfterMs ?? pause
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error)
      }
      if (signal.aborted) return
      lastError = { date: Math.floor(options.now() / 1000), message: failure }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, wait)
        const stopped = () => {
          clearTimeout(timer)
          resolve()
        }
        signal.addEventListener('abort', stopped, { once: true })
      })
    }
  }

  function pump(): void {
    if (!current) return
    const setup = current
    const { signal } = stop
    const taken = new Set([...busy.values()].filter(chat => chat !== undefined))
    for (const entry of queue.pending) {
      const chat = chatOf(entry.update)
      if (busy.size >= (setup.max_connections ?? 40)) return
      if (busy.has(entry) || (chat !== undefined && taken.has(chat))) continue
      busy.set(entry, chat)
      if (chat !== undefined) taken.add(chat)
      void deliver(entry, setup, signal).finally(() => {
        if (busy.delete(entry) && !signal.aborted) pump()
      })
    }
  }

  function halt(): void {
    current = undefined
    stop.abort()
    stop = new AbortController()
    busy.clear()
  }

  const webhook: Webhook = {
    onReply: () => {},
    active: () => current !== undefined,
    set(request) {
      checkWebhook(request, options.allowLoopback)
      if (request.drop_pending_updates) queue.pending.length = 0
      halt()
      lastError = undefined
      queue.allow(request.allowed_updates)
      queue.stopPolling('terminated by setWebhook request')
      current = request
      pump()
    },
    remove: halt,
    info: () => ({
      url: current?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: queue.pending.length,
      ...(current && { max_connections: current.max_connections ?? 40, ip_address: '127.0.0.1' }),
      ...(lastError && { last_error_date: lastError.date, last_error_message: lastError.message }),
      ...(queue.allowed() && { allowed_updates: queue.allowed() }),
    }),
    close: halt,
  }
  queue.onPush = pump
  return webhook
}

/** getUpdates is refused while a webhook is set. */
export function refuseWhileWebhook(webhook: Webhook): void {
  if (webhook.active())
    throw new BotApiError(
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
}
