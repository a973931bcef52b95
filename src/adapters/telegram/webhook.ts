/** Receiving by webhook: an update is stored, then acknowledged with 200. Anything else makes the platform send it again. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Update } from 'grammy/types'
import type { Log } from '../../app.ts'
import type { Route } from '../../chat/port.ts'
import { IN_HAND_MAX, WEBHOOK_BODY_MAX } from './limits.ts'
import type { Traffic } from './traffic.ts'

const SECRET_HEADER = 'x-telegram-bot-api-secret-token'
const RETRY_AFTER_SECONDS = '1'

export interface WebhookParts {
  readonly secret: string
  /** What updates go to; null while nothing can be taken. */
  readonly traffic: () => Traffic | null
  readonly log: Log
}

export function webhookRoute({ secret, traffic, log }: WebhookParts): Route {
  const expected = digest(secret)
  return {
    method: 'POST',
    path: '/telegram/webhook',
    respond: async request => {
      // Digests are equally long, so that comparing takes the same time whatever was sent.
      if (!timingSafeEqual(digest(request.headers.get(SECRET_HEADER) ?? ''), expected)) return status(401)
      const open = traffic()
      if (!open || open.inHand >= IN_HAND_MAX) return later()
      const body = await readBody(request)
      if (body === null) return status(413)
      const update = readUpdate(body)
      if (!update) return status(400)
      const failed = await open.take([update])
      if (failed.length > 0) {
        log.warn({ update: update.update_id }, 'an update is left with the platform')
        return later()
      }
      return status(200)
    },
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
const status = (code: number): Response => new Response(null, { status: code })
const later = (): Response => new Response(null, { status: 503, headers: { 'retry-after': RETRY_AFTER_SECONDS } })

/** The body, or null when it is longer than any update. */
async function readBody(request: Request): Promise<string | null> {
  if (Number(request.headers.get('content-length') ?? 0) > WEBHOOK_BODY_MAX) return null
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > WEBHOOK_BODY_MAX) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readUpdate(body: string): Update | null {
  try {
    const value: unknown = JSON.parse(body)
    const isUpdate =
      typeof value === 'object' && value !== null && 'update_id' in value && Number.isSafeInteger(value.update_id)
    return isUpdate ? (value as Update) : null
  } catch {
    return null
  }
}
