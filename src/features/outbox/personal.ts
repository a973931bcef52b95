/** What was sent to people by itself: handed out to them, and blanked when somebody is forgotten. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import type { Delivery } from '../../chat/port.ts'
import { wordsOf } from '../../chat/render.ts'
import type { Platform } from '../../chat/text.ts'
import { DAY_LENGTH } from '../../lib/time.ts'
import type { Exported, Leaver, Whole } from '../contribution.ts'
import { type Traces, tracesOf } from '../traces.ts'

const BATCH = 500
/** What is left of a message that nobody shall read again. */
const BLANK = '{}'

type Payload = Omit<Delivery, 'id' | 'nonce'>

/** Messages for somebody: to their private chats, or about them as a member. */
const theirs = (app: App, { identities, memberIds }: Pick<Whole, 'identities' | 'memberIds'>) =>
  app.db
    .selectFrom('outbox')
    .select('outbox.id')
    .where(eb =>
      eb.or([
        ...identities.map(({ platform, platformId }) =>
          eb.and([eb('outbox.platform', '=', platform), eb('outbox.chat_key', '=', `p:${platformId}`)]),
        ),
        ...(memberIds.length > 0 ? [eb('outbox.member_id', 'in', [...memberIds])] : []),
        // Nobody without an account has messages.
        sql<boolean>`1 = 0`,
      ]),
    )

/** What somebody was sent, oldest first; what was blanked by now is gone. */
export async function exportSent(app: App, who: Whole): Promise<Record<string, Exported>> {
  const rows = await app.db
    .selectFrom('outbox')
    .select(['created_at', 'platform', 'class', 'state', 'finished_at', 'payload'])
    .where('id', 'in', theirs(app, who))
    .where('payload', '<>', BLANK)
    .orderBy('id')
    .execute()
  return {
    sent: rows.map(({ payload, ...row }) => {
      const { reply, locale }: Payload = JSON.parse(payload)
      return { ...row, said: wordsOf(reply, locale) }
    }),
  }
}

interface Stored {
  readonly id: number
  readonly platform: Platform
  readonly payload: string
}
const columns = ['id', 'platform', 'payload', 'created_at'] as const

/** Takes somebody out of what is said to others; where it goes stays. What answers them in a group is theirs. */
async function clear(app: App, who: Leaver, traces: Traces, rows: readonly Stored[]): Promise<void> {
  const own: number[] = []
  for (const { id, platform, payload } of rows) {
    if (payload === BLANK || !traces.isIn(payload)) continue
    const message: Payload = JSON.parse(payload)
    if (who.identities.some(one => one.platform === platform && one.platformId === message.askerId)) own.push(id)
    const cleared = { ...message, reply: JSON.parse(traces.without(JSON.stringify(message.reply))) }
    await app.db
      .updateTable('outbox')
      .set({ payload: JSON.stringify(cleared) })
      .where('id', '=', id)
      // Another process may have blanked it since it was read.
      .where('payload', '=', payload)
      .execute()
  }
  await blank(app, own, who.at)
}

/** What waits is not sent any more, and of what was sent nothing is left. */
async function blank(app: App, ids: readonly number[], at: number): Promise<void> {
  if (ids.length === 0) return
  await app.db
    .updateTable('outbox')
    .set({ state: 'skipped', finished_at: at, leased_at: null, leased_until: null })
    .where('id', 'in', [...ids])
    .where('state', 'in', sql<'queued'>`('queued', 'retry_wait', 'leased')`)
    .execute()
  await app.db
    .updateTable('outbox')
    .set({ payload: BLANK, chat_key: 'p:', reason: 'the member was forgotten', message_id: null })
    .where('id', 'in', [...ids])
    .execute()
}

/** A batch of what others were sent. */
export async function redactSent(app: App, who: Leaver, after: number): Promise<number | null> {
  const rows = await app.db
    .selectFrom('outbox')
    .select(columns)
    .where('id', '>', after)
    .orderBy('id')
    .limit(BATCH)
    .execute()
  await clear(app, who, tracesOf(who), rows)
  return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
}

/** What is for them, and whatever was queued for others since. */
export async function forgetSent(app: App, who: Leaver): Promise<void> {
  const own = await theirs(app, who).where('payload', '<>', BLANK).execute()
  for (let i = 0; i < own.length; i += BATCH)
    await blank(
      app,
      own.slice(i, i + BATCH).map(({ id }) => id),
      who.at,
    )
  const traces = tracesOf(who)
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const rows = await app.db
      .selectFrom('outbox')
      .select(columns)
      .where('id', '<', before)
      .orderBy('id', 'desc')
      .limit(BATCH)
      .execute()
    await clear(app, who, traces, rows)
    const oldest = rows.at(-1)
    if (!oldest || oldest.created_at < who.at - DAY_LENGTH) break
    before = oldest.id
  }
}
