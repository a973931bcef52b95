/** Forms that wait for their answers: every step is a row, so that a restart in the middle loses nothing. */
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { App } from '../../app.ts'
import type { Form } from '../../chat/reply.ts'
import type { RawArg } from '../../chat/request.ts'
import type { Platform } from '../../chat/text.ts'
import { changed, type Database } from '../../db/index.ts'
import { inChunks } from '../../lib/chunks.ts'
import { DAY_LENGTH } from '../../lib/time.ts'
import type { Contribution } from '../contribution.ts'
import { deleteFiles } from '../files/index.ts'
import { currentCommunity } from '../people/index.ts'
import { exportForms, forgetForms } from './personal.ts'

/** A form nobody goes on with for this long is over. */
const FORM_LIFE_MS = DAY_LENGTH
/** What people wrote into forms is not kept longer than it is useful. */
const KEPT_MS = 30 * DAY_LENGTH

/** What stands in the fields so far, as it arrived. */
export type Draft = Readonly<Record<string, RawArg>>

export interface WaitingForm {
  readonly id: string
  readonly accountId: string
  /** The community it was opened for, and what it is called. */
  readonly community: { readonly id: string; readonly name: string } | null
  readonly bot: string
  /** Where its questions are asked. */
  readonly chat: string
  readonly form: Form
  readonly draft: Draft
  /** The field that is asked for, from 0. */
  readonly step: number
  readonly revision: number
  /** False once it was handed in, cancelled or left alone for too long. */
  readonly open: boolean
}

/** Opens a form in a chat; another one that waits there is cancelled. Call it in the transaction of the answer that shows it. */
export async function openForm(
  app: App,
  where: { accountId: string; communityId: string | null; bot: string; chat: string; inboxId: number },
  form: Form,
  draft: Draft = {},
): Promise<string> {
  const now = app.clock.now()
  await makeRoom(app, where)
  const id = app.ids('frm')
  await app.db
    .insertInto('forms')
    .values({
      id,
      account_id: where.accountId,
      community_id: where.communityId,
      bot: where.bot,
      chat: where.chat,
      form: JSON.stringify(form),
      draft: JSON.stringify(draft),
      step: 0,
      revision: 0,
      asked_in: where.inboxId,
      state: 'open',
      opened_at: now,
      expires_at: now + FORM_LIFE_MS,
      finished_at: null,
    })
    .execute()
  return id
}

/** One form at a time waits in a chat: what waits there is cancelled. */
async function makeRoom(app: App, where: { accountId: string; bot: string; chat: string }): Promise<void> {
  await cancelAll(app, eb =>
    eb.and([eb('account_id', '=', where.accountId), eb('bot', '=', where.bot), eb('chat', '=', where.chat)]),
  )
}

/** Cancels open forms; what stood in them is not kept, files included. Returns how many that were. */
async function cancelAll(
  app: App,
  which: (eb: ExpressionBuilder<Database, 'forms'>) => Expression<SqlBool>,
): Promise<number> {
  const now = app.clock.now()
  const rows = await app.db
    .updateTable('forms')
    .set({ state: 'cancelled', finished_at: now })
    .where('state', '=', 'open')
    .where(which)
    .returning(['id', 'draft'])
    .execute()
  for (const chunk of inChunks(rows.map(({ id }) => id)))
    await app.db.updateTable('forms').set({ draft: '{}' }).where('id', 'in', chunk).execute()
  await deleteFiles(
    app,
    rows.flatMap(({ draft }) => filesIn(JSON.parse(draft))),
    now,
  )
  return rows.length
}

/** The files that stand in a draft. */
const filesIn = (draft: Draft): string[] =>
  Object.values(draft).flatMap(value => (typeof value === 'object' && value.kind === 'stored' ? value.file.id : []))

/** Files that stood in a form and do no longer are nobody's. */
async function deleteUnused(app: App, before: Draft, after: Draft): Promise<void> {
  const kept = filesIn(after)
  await deleteFiles(
    app,
    filesIn(before).filter(id => !kept.includes(id)),
    app.clock.now(),
  )
}

/** A form by its id; null when there is none. */
export async function formById(app: App, id: string): Promise<WaitingForm | null> {
  const row = await app.db
    .selectFrom('forms')
    .leftJoin('communities', 'communities.id', 'forms.community_id')
    .selectAll('forms')
    .select('communities.name as community')
    .where('forms.id', '=', id)
    .executeTakeFirst()
  if (!row) return null
  const communityId = row.community_id && (await currentCommunity(app, row.community_id))
  return {
    id: row.id,
    accountId: row.account_id,
    community: communityId === null ? null : { id: communityId, name: row.community ?? '' },
    bot: row.bot,
    chat: row.chat,
    form: JSON.parse(row.form),
    draft: JSON.parse(row.draft),
    step: row.step,
    revision: row.revision,
    open: row.state === 'open' && row.expires_at > app.clock.now(),
  }
}

/** The form whose question somebody may be answering in a chat, and the message that asks it. */
export async function waitingIn(
  app: App,
  who: { platform: Platform; platformId: string },
  bot: string,
  chat: string,
): Promise<{ id: string; messageId: string | null } | null> {
  const row = await app.db
    .selectFrom('accounts')
    .innerJoin('forms', 'forms.account_id', 'accounts.id')
    .leftJoin('inbox', 'inbox.id', 'forms.asked_in')
    // A question that came late was sent as a delivery.
    .leftJoin('outbox', join => join.on('outbox.source', '=', sql<string>`'inbox:' || forms.asked_in`))
    .select(eb => ['forms.id', eb.fn.coalesce('inbox.message_id', 'outbox.message_id').as('messageId')])
    .where('accounts.platform', '=', who.platform)
    .where('accounts.platform_id', '=', who.platformId)
    .where('forms.bot', '=', bot)
    .where('forms.chat', '=', chat)
    .where('forms.state', '=', 'open')
    .where('forms.expires_at', '>', app.clock.now())
    .executeTakeFirst()
  return row ?? null
}

/** Writes the next state of a form; false when somebody changed it meanwhile. Shown in another chat, it waits there from now on. */
export async function advanceForm(
  app: App,
  form: Pick<WaitingForm, 'id' | 'revision' | 'accountId' | 'bot' | 'chat' | 'draft'>,
  next: { draft: Draft; step: number; inboxId: number; chat?: string },
): Promise<boolean> {
  const { chat = form.chat } = next
  if (chat !== form.chat) await makeRoom(app, { ...form, chat })
  const result = await app.db
    .updateTable('forms')
    .set({
      chat,
      draft: JSON.stringify(next.draft),
      step: next.step,
      revision: form.revision + 1,
      asked_in: next.inboxId,
      expires_at: app.clock.now() + FORM_LIFE_MS,
    })
    .where('id', '=', form.id)
    .where('revision', '=', form.revision)
    .where('state', '=', 'open')
    .executeTakeFirst()
  if (changed(result) === 0) return false
  await deleteUnused(app, form.draft, next.draft)
  return true
}

/**
 * Ends a form, once; false when it has ended or changed before. What stood in it is not kept, nor are files but those that are `used`.
 */
export async function endForm(
  app: App,
  form: Pick<WaitingForm, 'id' | 'revision' | 'draft'>,
  state: 'done' | 'cancelled',
  used: Draft = {},
): Promise<boolean> {
  const result = await app.db
    .updateTable('forms')
    .set({ state, finished_at: app.clock.now(), revision: form.revision + 1, draft: '{}' })
    .where('id', '=', form.id)
    .where('revision', '=', form.revision)
    .where('state', '=', 'open')
    .executeTakeFirst()
  if (changed(result) === 0) return false
  await deleteUnused(app, form.draft, used)
  return true
}

/** Cancels every form that waits for an account; returns how many did. */
export async function cancelForms(app: App, accountId: string): Promise<number> {
  return cancelAll(app, eb => eb.and([eb('account_id', '=', accountId), eb('expires_at', '>', app.clock.now())]))
}

/** Ends forms that ran out, and deletes those that ended long ago. */
export async function purgeForms(app: App): Promise<void> {
  const now = app.clock.now()
  await cancelAll(app, eb => eb('expires_at', '<=', now))
  await app.db
    .deleteFrom('forms')
    .where('opened_at', '<', now - KEPT_MS)
    .where('state', '<>', 'open')
    .execute()
}

export const contribution: Contribution = {
  name: 'forms',
  tables: ['forms'],
  exportPerson: exportForms,
  forget: forgetForms,
}
