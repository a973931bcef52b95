/** Being forgotten: asked for, waited for, called off, carried out (see src/contributions.ts). */
import type { App } from '../../app.ts'
import { plain } from '../../chat/reply.ts'
import { t } from '../../chat/text.ts'
import { changed } from '../../db/index.ts'
import { DAY_LENGTH, HOUR } from '../../lib/time.ts'
import { allows } from '../consents/index.ts'
import type { Contribution, Whole } from '../contribution.ts'
import { enqueue } from '../outbox/index.ts'
import { privateAddresses, wholePerson } from '../people/index.ts'

/** How long somebody can change their mind. */
export const GRACE_MS = 7 * DAY_LENGTH
/** How long the last message may take before it is done without. */
const LAST_WORDS_MS = HOUR

export interface ForgetRequest {
  readonly id: number
  readonly personId: string
  readonly requestedAt: number
  readonly dueAt: number
}

const columns = ['id', 'person_id as personId', 'requested_at as requestedAt', 'due_at as dueAt'] as const

export interface ForgetState {
  /** What waits for its day; null when nothing does. */
  readonly open: ForgetRequest | null
  /** The latest request of all, 0 when there was none: a button that names an earlier one is old. */
  readonly latest: number
}

/** What somebody has asked for, under whatever account of theirs. */
export async function forgetState(app: App, personId: string): Promise<ForgetState> {
  const { personIds } = await wholePerson(app, personId)
  const rows = await app.db
    .selectFrom('forget_requests')
    .select([...columns, 'cancelled_at as cancelledAt', 'done_at as doneAt'])
    .where('person_id', 'in', [...personIds])
    .orderBy('id', 'desc')
    .execute()
  const open = rows.find(({ cancelledAt, doneAt }) => cancelledAt === null && doneAt === null)
  return {
    open: open ? { id: open.id, personId: open.personId, requestedAt: open.requestedAt, dueAt: open.dueAt } : null,
    latest: rows[0]?.id ?? 0,
  }
}

export type Asked =
  | { readonly kind: 'asked'; readonly request: ForgetRequest }
  /** It waits already. */
  | { readonly kind: 'waiting'; readonly request: ForgetRequest }
  /** What was confirmed is not what is so by now. */
  | { readonly kind: 'outdated' }

/** Asks to be forgotten after the grace; `after` is the latest request that the person saw when they confirmed, so that a confirmation counts once. */
export async function askToForget(
  app: App,
  who: { personId: string; accountId: string },
  after: number,
  at: number,
): Promise<Asked> {
  const { personId } = await wholePerson(app, who.personId)
  const state = await forgetState(app, personId)
  if (state.open) return { kind: 'waiting', request: state.open }
  if (state.latest !== after) return { kind: 'outdated' }
  const dueAt = at + GRACE_MS
  const inserted = await app.db
    .insertInto('forget_requests')
    .values({
      person_id: personId,
      account_id: who.accountId,
      requested_at: at,
      due_at: dueAt,
      cancelled_at: null,
      done_at: null,
    })
    // Two presses at once: one row.
    .onConflict(conflict =>
      conflict.column('person_id').where('cancelled_at', 'is', null).where('done_at', 'is', null).doNothing(),
    )
    .returning(columns)
    .executeTakeFirst()
  if (inserted) return { kind: 'asked', request: inserted }
  const { open } = await forgetState(app, personId)
  return open ? { kind: 'waiting', request: open } : { kind: 'outdated' }
}

/** Calls off whatever waits; false when nothing did. */
export async function keepAfterAll(app: App, personId: string, at: number): Promise<boolean> {
  const { personIds } = await wholePerson(app, personId)
  const result = await app.db
    .updateTable('forget_requests')
    .set({ cancelled_at: at })
    .where('person_id', 'in', [...personIds])
    .where('cancelled_at', 'is', null)
    .where('done_at', 'is', null)
    .executeTakeFirst()
  return changed(result) > 0
}

/** Requests whose grace is over, oldest first. */
export async function dueForgetting(app: App): Promise<ForgetRequest[]> {
  return app.db
    .selectFrom('forget_requests')
    .select(columns)
    .where('cancelled_at', 'is', null)
    .where('done_at', 'is', null)
    .where('due_at', '<=', app.clock.now())
    .orderBy('id')
    .execute()
}

/** Takes a request on, inside the transaction that carries it out; false when somebody else did, or it was called off. */
export async function claimForgetting(app: App, id: number, at: number): Promise<boolean> {
  const result = await app.db
    .updateTable('forget_requests')
    .set({ done_at: at })
    .where('id', '=', id)
    .where('cancelled_at', 'is', null)
    .where('done_at', 'is', null)
    .executeTakeFirst()
  return changed(result) > 0
}

/**
 * Queues the last words where somebody may be written to. They go out before it is done, because afterwards nobody knows to whom. False while
 * they are still on their way, at most for an hour.
 */
export async function saidGoodbye(app: App, request: ForgetRequest, { accountIds }: Whole): Promise<boolean> {
  const sources: string[] = []
  for (const address of await privateAddresses(app, accountIds)) {
    if (!(await allows(app, address.accountId, 'service'))) continue
    const { bot, platform, platformId, locale } = address
    const source = `forget:${request.id}:${address.accountId}`
    sources.push(source)
    await enqueue(app, {
      bot,
      platform,
      to: { kind: 'person', platformId },
      reply: plain(t('forget.goodbye')),
      locale,
      askerId: platformId,
      class: 'service',
      source,
    })
  }
  if (sources.length === 0 || app.clock.now() >= request.dueAt + LAST_WORDS_MS) return true
  const waiting = await app.db
    .selectFrom('outbox')
    .select('id')
    .where('source', 'in', sources)
    .where('finished_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return waiting === undefined
}

export const contribution: Contribution = {
  name: 'privacy',
  tables: ['forget_requests'],
  async exportPerson(app, { personIds }) {
    const rows = await app.db
      .selectFrom('forget_requests')
      .select(['requested_at', 'due_at', 'cancelled_at', 'done_at'])
      .where('person_id', 'in', [...personIds])
      .orderBy('id')
      .execute()
    return { forget_requests: rows }
  },
}
