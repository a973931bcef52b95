/** Claiming what is due: the send policy is asked, and what it lets through is leased, in one transaction. */
import { type RawBuilder, sql } from 'kysely'
import { type App, transaction } from '../../app.ts'
import type { Delivery } from '../../chat/port.ts'
import { type Button, button, type Reply } from '../../chat/reply.ts'
import { t } from '../../chat/text.ts'
import { among } from '../../db/index.ts'
import { MINUTE } from '../../lib/time.ts'
import { judgeAll, unsuppress, type Verdict } from '../policy/index.ts'
import type { Class } from './enqueue.ts'

/** How long a claimed message may be under way before its process counts as gone. */
export const LEASE_MS = 2 * MINUTE
/** Looked at even when little is wanted, so that one chat's crowd does not hide the others. */
const LEAST_LOOKED_AT = 32

export interface Claimed {
  readonly delivery: Delivery
  readonly bot: string
  readonly class: Class
  readonly chatKey: string
  readonly accountId: string | null
  /** Including this one. */
  readonly attempts: number
}

/**
 * Leases up to `limit` messages of a bot that are due and may be sent, the oldest of each chat only, so that a chat keeps its order; where
 * that one waits to be tried again, the chat waits with it. Chats in `busy` are left alone.
 */
export async function claim(app: App, bot: string, limit: number, busy: readonly string[] = []): Promise<Claimed[]> {
  for (;;) {
    const { claimed, judged } = await transaction(app, inner => claimSome(inner, bot, limit, busy))
    // A batch of which nothing may be sent now is out of the way: what is behind it has its turn.
    if (claimed.length > 0 || judged === 0) return claimed
  }
}

async function claimSome(
  app: App,
  bot: string,
  limit: number,
  busy: readonly string[],
): Promise<{ claimed: Claimed[]; judged: number }> {
  const rows = await oldestOfEachChat(app, bot, limit, busy)
  if (rows.length === 0) return { claimed: [], judged: 0 }
  const { verdicts, again } = await judgeAll(app, bot, rows)
  const groups = new Map<string, { verdict: Verdict; ids: number[] }>()
  for (const { due, verdict } of verdicts) {
    const key = JSON.stringify(verdict)
    const group = groups.get(key)
    if (group) group.ids.push(due.id)
    else groups.set(key, { verdict, ids: [due.id] })
  }
  const allowed = new Set<number>()
  for (const { verdict, ids } of groups.values()) {
    await write(app, ids, verdict)
    if (verdict.kind === 'send') for (const id of ids) allowed.add(id)
  }
  const through = rows.filter(({ id }) => allowed.has(id))
  await unsuppress(
    app.db,
    bot,
    through.flatMap(({ chatKey }) => (again.has(chatKey) ? [chatKey] : [])),
  )
  return { claimed: through.map(row => toClaimed(bot, row)), judged: rows.length }
}

/** Answers before everything else: nobody who asked waits behind a push to thousands. */
async function oldestOfEachChat(app: App, bot: string, limit: number, busy: readonly string[]) {
  const firsts = new Map<string, DueRow>()
  for (const kind of [sql<boolean>`class = 'transactional'`, sql<boolean>`class <> 'transactional'`]) {
    if (firsts.size >= limit) break
    for (const row of await dueOf(app, bot, kind, limit, busy))
      if (!firsts.has(row.chatKey)) firsts.set(row.chatKey, row)
  }
  return [...firsts.values()].slice(0, limit)
}

type DueRow = Awaited<ReturnType<typeof dueOf>>[number]

async function dueOf(app: App, bot: string, kind: RawBuilder<boolean>, limit: number, busy: readonly string[]) {
  let due = app.db
    .selectFrom('outbox')
    .select([
      'id',
      'chat_key as chatKey',
      'payload',
      'class',
      'attempts',
      'nonce',
      'account_id as accountId',
      'member_id as memberId',
      'topic',
      'message',
      'period',
    ])
    .where('bot', '=', bot)
    .where('state', 'in', sql<'queued'>`('queued', 'retry_wait')`)
    .where(kind)
    .where('not_before', '<=', app.clock.now())
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
    .limit(Math.max(limit, LEAST_LOOKED_AT))
  if (busy.length > 0) due = due.where(eb => eb.not(among(app.db, 'chat_key', busy)))
  if (app.can.rowLocks) due = due.forUpdate().skipLocked()
  return due.execute()
}

/** What staff and people read about it later; machines read the verdict. */
const REASONS = {
  suppression: 'the chat is on the suppression list',
  consent: 'they have not asked for it',
  topic: 'they turned the topic off',
  snooze: 'they asked for silence',
  quiet: 'quiet hours',
  cap: 'as many as they may get',
  duplicate: 'they were told before',
} as const

/** Writes one verdict to all it was given for: what may go is leased, the rest waits or is over. */
async function write(app: App, ids: readonly number[], verdict: Verdict): Promise<void> {
  const now = app.clock.now()
  const line = `${JSON.stringify({ at: now, ...verdict })}\n`
  const changes =
    verdict.kind === 'send'
      ? ({
          state: 'leased',
          attempts: sql<number>`attempts + 1`,
          leased_at: now,
          leased_until: now + LEASE_MS,
        } as const)
      : verdict.kind === 'defer'
        ? ({ state: 'queued', not_before: Math.max(verdict.until, now + 1), reason: REASONS[verdict.rule] } as const)
        : ({ state: 'skipped', finished_at: now, reason: REASONS[verdict.rule] } as const)
  await app.db
    .updateTable('outbox')
    .set({ ...changes, verdicts: sql<string>`coalesce(verdicts, '') || ${line}` })
    .where(among(app.db, 'id', ids))
    .execute()
}

function toClaimed(
  bot: string,
  { id, nonce, payload, class: kind, chatKey, accountId, attempts, topic }: DueRow,
): Claimed {
  const content = JSON.parse(payload)
  const delivery: Delivery = { ...content, id, nonce }
  const leave = kind === 'marketing' && delivery.to.kind === 'person' && topic !== null
  return {
    delivery: leave ? { ...delivery, ...leaving(delivery, delivery.to.platformId, topic) } : delivery,
    bot,
    class: kind,
    chatKey,
    accountId,
    attempts: attempts + 1,
  }
}

/** By topic; there are a handful. */
const leaves = new Map<string, Button>()

/** Every push carries the way out of its topic; whoever wrote it cannot leave it away. */
function leaving({ reply, askerId }: Delivery, platformId: string, topic: string): { reply: Reply; askerId: string } {
  let leave = leaves.get(topic)
  if (!leave) {
    leave = button(t('topics.leave'), 'topics', { topic, set: 'off' }, { answer: 'new' })
    leaves.set(topic, leave)
  }
  return { reply: { ...reply, buttons: [...reply.buttons, leave] }, askerId: askerId || platformId }
}
