/** Messages that wait follow those they are for: whoever leaves is written to no more, and a chat that moves takes them along. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import type { Delivery } from '../../chat/port.ts'
import type { Platform } from '../../chat/text.ts'
import { changed } from '../../db/index.ts'

type Payload = Omit<Delivery, 'id' | 'nonce'>

/** Whose messages: a member's, a place's, or those to somebody's private chat. */
export type Waiting =
  | { readonly memberId: string }
  | { readonly placeId: string }
  | { readonly platform: Platform; readonly platformId: string }

/** Nothing that waits for them is sent any more; `reason` says why. Returns how many messages that were. */
export async function skipWaiting(app: App, whose: Waiting, reason: string): Promise<number> {
  let waiting = app.db
    .updateTable('outbox')
    .set({ state: 'skipped', reason, finished_at: app.clock.now() })
    // As the partial indexes say it.
    .where('state', 'in', sql<'queued'>`('queued', 'retry_wait')`)
  if ('memberId' in whose) waiting = waiting.where('member_id', '=', whose.memberId)
  else if ('placeId' in whose) waiting = waiting.where('place_id', '=', whose.placeId)
  else waiting = waiting.where('platform', '=', whose.platform).where('chat_key', '=', `p:${whose.platformId}`)
  return changed(await waiting.executeTakeFirst())
}

/** The same message for a chat that lives under another id now, where messages and topics have other numbers; null for one to a person. */
export function movedPayload(payload: Payload, chatId: string): { payload: string; chat_key: string } | null {
  if (payload.to.kind !== 'chat') return null
  const { messageId: _messageId, threadId: _threadId, ...chat } = payload.to.chat
  const to = { ...payload.to, chat: { ...chat, id: chatId } }
  return { payload: JSON.stringify({ ...payload, to }), chat_key: `c:${chatId}` }
}

/** What waits for a place that was one chat goes to where that chat lives now. */
export async function followPlace(app: App, placeId: string, from: string, to: string): Promise<void> {
  const rows = await app.db
    .selectFrom('outbox')
    .select(['id', 'payload'])
    .where('place_id', '=', placeId)
    .where('chat_key', '=', `c:${from}`)
    .where('state', 'in', sql<'queued'>`('queued', 'retry_wait')`)
    .execute()
  for (const { id, payload } of rows) {
    const moved = movedPayload(JSON.parse(payload), to)
    if (moved) await app.db.updateTable('outbox').set(moved).where('id', '=', id).execute()
  }
}
