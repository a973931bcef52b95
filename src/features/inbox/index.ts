/** Everything that comes in is a row first: received -> done (the answer stored with the effect) -> answered. */
import { sql } from 'kysely'
import { type App, batched, grouped } from '../../app.ts'
import type { Answer } from '../../chat/port.ts'
import type { Request } from '../../chat/request.ts'
import { type BatchWork, changed } from '../../db/index.ts'
import { HOUR, MINUTE } from '../../lib/time.ts'
import type { Contribution } from '../contribution.ts'
import { exportAsked, forgetAsked, redactAsked } from './personal.ts'

export { offerPrivately, PRIVATE_LIFE_MS, redeemPrivately } from './private.ts'

/** How long what answers an interaction may be kept. */
export const TOKEN_LIFE_MS = 15 * MINUTE
/** An interaction older than this is answered by a delivery: the token might end while we use it. */
export const TOKEN_USABLE_MS = 14 * MINUTE

export interface Received {
  readonly id: number
  readonly request: Request
  readonly token: string | null
}

interface Arrived {
  readonly bot: string
  readonly event_id: string
  readonly request: string
  readonly token: string | null
  readonly received_at: number
}

/** Ids of the new rows; undefined for what was stored before, or stands earlier in the same batch. */
const storeAll: BatchWork<Arrived, number | undefined> = async (db, arrived) => {
  const rows = await db
    .insertInto('inbox')
    .values(arrived.map(one => ({ ...one, state: 'received' as const })))
    .onConflict(conflict => conflict.columns(['bot', 'event_id']).doNothing())
    .returning(['id', 'bot', 'event_id'])
    .execute()
  const keyOf = (one: { bot: string; event_id: string }) => `${one.bot} ${one.event_id}`
  const ids = new Map(rows.map(row => [keyOf(row), row.id]))
  return arrived.map(one => {
    const id = ids.get(keyOf(one))
    ids.delete(keyOf(one))
    return id
  })
}

/** Stores what came in; null when the same event was stored before. Resolves after COMMIT: only then may the platform hear of it. */
export async function receive(app: App, request: Request, token: string | null = null): Promise<Received | null> {
  const { bot, eventId } = request
  const arrived = { bot, event_id: eventId, request: JSON.stringify(request), token, received_at: app.clock.now() }
  const id = await batched(app, storeAll, arrived)
  return id === undefined ? null : { id, request, token }
}

/**
 * Stores the answer with its effect: call it inside the transaction of the effect. False when the row was done already, by whoever else;
 * the caller then undoes its own effect.
 */
export async function finish(app: App, id: number, answer: Answer | null): Promise<boolean> {
  const now = app.clock.now()
  const row = await app.db
    .updateTable('inbox')
    .set(
      answer
        ? { state: 'done', answer: JSON.stringify(answer), done_at: now }
        : { state: 'answered', done_at: now, answered_at: now, token: null },
    )
    .where('id', '=', id)
    .where('state', '=', 'received')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

interface Answered {
  readonly id: number
  readonly at: number
  readonly messageId: string | null
}

const markAll: BatchWork<Answered, void> = async (db, answered) => {
  const ids = answered.map(({ id }) => id)
  const messageId = answered.some(one => one.messageId !== null)
    ? sql<string | null>`case id ${sql.join(
        answered.map(one => sql`when ${one.id} then ${one.messageId}`),
        sql` `,
      )} else message_id end`
    : null
  await db
    .updateTable('inbox')
    .set({
      state: 'answered',
      answered_at: Math.max(...answered.map(({ at }) => at)),
      token: null,
      message_id: messageId,
    })
    .where('id', 'in', ids)
    .where('state', '=', 'done')
    .execute()
  return answered.map(() => undefined)
}

/** The answer has reached the platform, or has become a delivery. The token is wiped. */
export async function markAnswered(app: App, id: number, messageId: string | null = null): Promise<void> {
  await batched(app, markAll, { id, at: app.clock.now(), messageId })
}

export interface Unfinished extends Received {
  readonly state: 'received' | 'done'
  readonly answer: Answer | null
  readonly receivedAt: number
}

/** What a process that is gone left behind for a bot, oldest first. Only the owner of the bot asks. */
export async function unfinished(app: App, bot: string): Promise<Unfinished[]> {
  const rows = await app.db
    .selectFrom('inbox')
    .select(['id', 'state', 'request', 'token', 'answer', 'received_at'])
    .where('bot', '=', bot)
    .where('state', '<>', 'answered')
    .orderBy('id')
    .execute()
  return rows.map(row => ({
    id: row.id,
    state: row.state as 'received' | 'done',
    request: JSON.parse(row.request),
    token: row.token,
    answer: row.answer === null ? null : JSON.parse(row.answer),
    receivedAt: row.received_at,
  }))
}

/** Whether an answer is stored that nobody has sent yet. */
export async function awaitsSending(app: App, id: number): Promise<boolean> {
  const row = await app.db
    .selectFrom('inbox')
    .select('id')
    .where('id', '=', id)
    .where('state', '=', 'done')
    .executeTakeFirst()
  return row !== undefined
}

/** Wipes what could still answer old interactions. */
export async function wipeTokens(app: App): Promise<void> {
  await grouped(app, inner =>
    inner.db
      .updateTable('inbox')
      .set({ token: null })
      .where('token', 'is not', null)
      .where('received_at', '<=', inner.clock.now() - TOKEN_LIFE_MS)
      .execute(),
  )
}

/** Platforms repeat an event for a day at most; what people wrote is not kept longer than it is useful. */
const KEPT_MS = 30 * 24 * HOUR
const PURGE_BATCH = 1000

/** Deletes answered rows older than 30 days, and private answers nobody came for; a batch at a time. */
export async function purgeInbox(app: App): Promise<number> {
  const now = app.clock.now()
  return grouped(app, async inner => {
    await inner.db.deleteFrom('private_answers').where('expires_at', '<=', now).execute()
    const old = inner.db
      .selectFrom('inbox')
      .select('id')
      .where('state', '=', sql<'answered'>`'answered'`)
      .where('received_at', '<', now - KEPT_MS)
      .orderBy('received_at')
      .limit(PURGE_BATCH)
    return changed(await inner.db.deleteFrom('inbox').where('id', 'in', old).executeTakeFirst())
  })
}

export const contribution: Contribution = {
  name: 'inbox',
  tables: ['inbox', 'private_answers', 'playground_messages'],
  exportPerson: exportAsked,
  redact: redactAsked,
  forget: forgetAsked,
}
