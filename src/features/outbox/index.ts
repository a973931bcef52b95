/** Everything Muster sends by itself: a row committed with the fact that caused it, then claimed, sent and settled. */
import { sql } from 'kysely'
import { type App, grouped, transaction } from '../../app.ts'
import type { Delivery } from '../../chat/port.ts'
import type { Reply } from '../../chat/reply.ts'
import type { Platform } from '../../chat/text.ts'
import { changed, toNumber } from '../../db/index.ts'
import { randomCharacters } from '../../lib/ids.ts'
import type { Locale } from '../../lib/locale.ts'
import { MINUTE } from '../../lib/time.ts'
import type { Contribution } from '../contribution.ts'
import { exportSent, forgetSent, redactSent } from './personal.ts'

export { type Outcome, settle } from './settle.ts'
export { followPlace, skipWaiting, type Waiting } from './waiting.ts'

/** How long a claimed message may be under way before its process counts as gone. */
export const LEASE_MS = 2 * MINUTE
/** Within this time a platform that knows nonces shows a repeated message once. */
const NONCE_MS = 2 * MINUTE
const NONCE_SIZE = 25

/**
 * `transactional`: the answer to something a person did; delivered at least once. `service` and `marketing`: at most once; when it is
 * unknown whether one arrived, staff decide.
 */
export type Class = 'transactional' | 'service' | 'marketing'

export interface Message {
  readonly bot: string
  readonly platform: Platform
  readonly to: Delivery['to']
  readonly reply: Reply
  readonly locale: Locale
  readonly askerId: string
  readonly class: Class
  /** What caused it, such as `inbox:12`: the same cause is never queued twice. */
  readonly source: string
  readonly notBefore?: number
  /** Whom it is for: once they left the community it is not sent any more. */
  readonly memberId?: string
  /** Where it is for: once the bot left the place it is not sent any more. */
  readonly placeId?: string
}

/** Where messages keep their order and their distance. */
const chatKey = (to: Delivery['to']): string =>
  to.kind === 'person' ? `p:${to.platformId}` : `${to.chat.direct ? 'p' : 'c'}:${to.chat.id}`

/** Queues a message; false when its cause has been queued before. Call it in the transaction of what caused it. */
export async function enqueue(app: App, message: Message): Promise<boolean> {
  const now = app.clock.now()
  const { to, reply, locale, askerId } = message
  const inserted = await app.db
    .insertInto('outbox')
    .values({
      bot: message.bot,
      platform: message.platform,
      chat_key: chatKey(to),
      payload: JSON.stringify({ to, reply, locale, askerId }),
      class: message.class,
      state: 'queued',
      reason: null,
      source: message.source,
      nonce: randomCharacters(app.random, NONCE_SIZE),
      attempts: 0,
      not_before: message.notBefore ?? now,
      leased_at: null,
      leased_until: null,
      created_at: now,
      finished_at: null,
      message_id: null,
      member_id: message.memberId ?? null,
      place_id: message.placeId ?? null,
    })
    .onConflict(conflict => conflict.column('source').doNothing())
    .executeTakeFirst()
  return changed(inserted) > 0
}

export interface Claimed {
  readonly delivery: Delivery
  readonly class: Class
  readonly chatKey: string
  /** Including this one. */
  readonly attempts: number
}

/**
 * Leases up to `limit` messages of a bot that are due, the oldest of each chat only, so that a chat keeps its order; where that one
 * waits to be tried again, the chat waits with it. Chats in `busy` are left alone.
 */
export async function claim(app: App, bot: string, limit: number, busy: readonly string[] = []): Promise<Claimed[]> {
  const now = app.clock.now()
  return transaction(app, async inner => {
    let due = inner.db
      .selectFrom('outbox')
      .select(['id', 'chat_key'])
      .where('bot', '=', bot)
      .where('state', 'in', sql<'queued'>`('queued', 'retry_wait')`)
      .where('not_before', '<=', now)
      .where(eb =>
        eb.or([
          sql<boolean>`state = 'retry_wait'`,
          eb(
            'chat_key',
            'not in',
            eb
              .selectFrom('outbox as waiting')
              .select('waiting.chat_key')
              .where('waiting.bot', '=', bot)
              .where(sql<boolean>`waiting.state = 'retry_wait'`),
          ),
        ]),
      )
      .orderBy('not_before')
      .orderBy('id')
      .limit(limit * 4)
    if (busy.length > 0) due = due.where('chat_key', 'not in', [...busy])
    if (inner.can.rowLocks) due = due.forUpdate().skipLocked()
    const firsts = new Map<string, number>()
    for (const row of await due.execute()) if (!firsts.has(row.chat_key)) firsts.set(row.chat_key, row.id)
    const ids = [...firsts.values()].slice(0, limit)
    if (ids.length === 0) return []
    const rows = await inner.db
      .updateTable('outbox')
      .set(eb => ({ state: 'leased', attempts: eb('attempts', '+', 1), leased_at: now, leased_until: now + LEASE_MS }))
      .where('id', 'in', ids)
      .returning(['id', 'chat_key', 'payload', 'class', 'attempts', 'nonce'])
      .execute()
    return rows
      .sort((a, b) => a.id - b.id)
      .map(row => ({
        delivery: { ...JSON.parse(row.payload), id: row.id, nonce: row.nonce },
        class: row.class,
        chatKey: row.chat_key,
        attempts: row.attempts,
      }))
  })
}

/**
 * Messages that a process took and never settled. Where the platform shows a repeated nonce once, young ones go out again; of others
 * nobody knows whether they arrived: transactional ones are sent again, the rest wait for staff as `unknown`.
 */
export async function recoverLeases(app: App, bot: string, dedupesByNonce: boolean, all: boolean): Promise<number> {
  const now = app.clock.now()
  return grouped(app, async inner => {
    const lost = inner.db
      .updateTable('outbox')
      .where('bot', '=', bot)
      .where('state', '=', sql<'leased'>`'leased'`)
      // A new owner knows that nobody is sending; later, only the lease tells.
      .where('leased_until', '<=', all ? Number.MAX_SAFE_INTEGER : now)
    const again = { state: 'queued', leased_at: null, leased_until: null } as const
    let count = 0
    if (dedupesByNonce)
      count += changed(
        await lost
          .set(again)
          .where('leased_at', '>', now - NONCE_MS)
          .executeTakeFirst(),
      )
    count += changed(await lost.set(again).where('class', '=', 'transactional').executeTakeFirst())
    count += changed(
      await lost
        .set({
          state: 'unknown',
          reason: 'the process stopped while sending',
          finished_at: now,
          leased_at: null,
          leased_until: null,
        })
        .executeTakeFirst(),
    )
    return count
  })
}

/** When the next message of a bot is due; null when nothing waits. */
export async function nextDue(app: App, bot: string): Promise<number | null> {
  const row = await app.db
    .selectFrom('outbox')
    .select('not_before')
    .where('bot', '=', bot)
    .where('state', 'in', sql<'queued'>`('queued', 'retry_wait')`)
    .orderBy('not_before')
    .limit(1)
    .executeTakeFirst()
  return row?.not_before ?? null
}

/** How many messages are not settled, by state. */
export async function countUnsettled(app: App): Promise<Array<{ state: string; count: number }>> {
  const rows = await app.db
    .selectFrom('outbox')
    .select(({ fn }) => ['state', fn.countAll().as('count')])
    // As written in the partial index, or the whole outbox would be read.
    .where('state', 'in', sql<'queued'>`('queued', 'leased', 'retry_wait', 'unknown')`)
    .groupBy('state')
    .execute()
  return rows.map(({ state, count }) => ({ state, count: toNumber(count) }))
}

export const contribution: Contribution = {
  name: 'outbox',
  tables: ['outbox'],
  exportPerson: exportSent,
  redact: redactSent,
  forget: forgetSent,
}
