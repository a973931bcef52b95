/** Forms that wait for their answers: every step is a row, so that a restart in the middle loses nothing. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import type { Form } from '../../chat/reply.ts'
import type { RawArg } from '../../chat/request.ts'
import type { Platform } from '../../chat/text.ts'
import { changed } from '../../db/index.ts'
import { DAY_LENGTH } from '../../lib/time.ts'
import type { Contribution } from '../contribution.ts'
import { exportForms, forgetForms } from './personal.ts'

/** A form nobody goes on with for this long is over. */
export const FORM_LIFE_MS = DAY_LENGTH
/** What people wrote into forms is not kept longer than it is useful. */
const KEPT_MS = 30 * DAY_LENGTH

/** What stands in the fields so far, as it arrived. */
export type Draft = Readonly<Record<string, RawArg>>

export interface WaitingForm {
  readonly id: string
  readonly accountId: string
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
  where: { accountId: string; bot: string; chat: string; inboxId: number },
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
  await app.db
    .updateTable('forms')
    .set({ state: 'cancelled', finished_at: app.clock.now(), draft: '{}' })
    .where('account_id', '=', where.accountId)
    .where('bot', '=', where.bot)
    .where('chat', '=', where.chat)
    .where('state', '=', 'open')
    .execute()
}

/** A form by its id; null when there is none. */
export async function formById(app: App, id: string): Promise<WaitingForm | null> {
  const row = await app.db.selectFrom('forms').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) return null
  return {
    id: row.id,
    accountId: row.account_id,
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
  form: Pick<WaitingForm, 'id' | 'revision' | 'accountId' | 'bot' | 'chat'>,
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
  return changed(result) > 0
}

/** Ends a form, once; false when it has ended or changed before. What stood in it is not kept. */
export async function endForm(
  app: App,
  form: Pick<WaitingForm, 'id' | 'revision'>,
  state: 'done' | 'cancelled',
): Promise<boolean> {
  const result = await app.db
    .updateTable('forms')
    .set({ state, finished_at: app.clock.now(), revision: form.revision + 1, draft: '{}' })
    .where('id', '=', form.id)
    .where('revision', '=', form.revision)
    .where('state', '=', 'open')
    .executeTakeFirst()
  return changed(result) > 0
}

/** Cancels every form that waits for an account; returns how many did. */
export async function cancelForms(app: App, accountId: string): Promise<number> {
  const result = await app.db
    .updateTable('forms')
    .set({ state: 'cancelled', finished_at: app.clock.now(), draft: '{}' })
    .where('account_id', '=', accountId)
    .where('state', '=', 'open')
    .where('expires_at', '>', app.clock.now())
    .executeTakeFirst()
  return changed(result)
}

/** Ends forms that ran out, and deletes those that ended long ago. */
export async function purgeForms(app: App): Promise<void> {
  const now = app.clock.now()
  await app.db
    .updateTable('forms')
    .set({ state: 'cancelled', finished_at: now, draft: '{}' })
    .where('state', '=', 'open')
    .where('expires_at', '<=', now)
    .execute()
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
