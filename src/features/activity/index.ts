/** Every fact is one append-only row, written in the transaction of what it records. */
import type { App } from '../../app.ts'
import { grouped } from '../../app.ts'
import { MINUTE } from '../../lib/time.ts'
import { type Contribution, compare } from '../contribution.ts'
import { asynchronous, type Effect, synchronous, type Told } from './consumers.ts'
import { recomputedDays, writeDays } from './days.ts'
import type { Fact } from './fact.ts'
import { exportActivity } from './personal.ts'
import { mergeActivity, rehomeActivity, splitActivity } from './united.ts'

export type { Effect } from './consumers.ts'
export { type Fact, KINDS } from './fact.ts'
export { type ActivityRow, readActivity } from './page.ts'

/** Records a fact, tells its consumers, and returns what the synchronous ones did. A fact recorded before does nothing. */
export async function record(app: App, fact: Fact): Promise<Effect[]> {
  const { kind, subject, day, at, communityId, memberId, accountId, ...details } = fact
  const row = await app.db
    .insertInto('activity')
    .values({
      community_id: communityId,
      member_id: memberId,
      account_id: accountId,
      kind,
      subject,
      day,
      at,
      details: JSON.stringify(details),
    })
    .onConflict(conflict => conflict.columns(['kind', 'subject']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!row) return []
  await app.db
    .insertInto('activity_todo')
    .values(Object.keys(asynchronous).map(consumer => ({ activity_id: row.id, consumer, not_before: at })))
    .execute()
  const effects: Effect[] = []
  for (const consume of synchronous) effects.push(...(await consume(app, fact)))
  return effects
}

const BATCH = 200

/** Works through what asynchronous consumers still have to do, a batch at a time; returns how many were done. */
export async function consumeActivity(app: App): Promise<number> {
  const due = await app.db
    .selectFrom('activity_todo')
    .innerJoin('activity', 'activity.id', 'activity_todo.activity_id')
    .select([
      'activity_todo.activity_id as id',
      'activity_todo.consumer',
      'activity_todo.attempts',
      'activity.kind',
      'activity.member_id as memberId',
      'activity.day',
    ])
    .where('activity_todo.not_before', '<=', app.clock.now())
    .orderBy('activity_todo.activity_id')
    .limit(BATCH)
    .execute()
  const outcomes = await Promise.allSettled(due.map(todo => grouped(app, inner => consumeOne(inner, todo))))
  for (const [i, outcome] of outcomes.entries()) {
    const todo = due[i]
    if (outcome.status === 'fulfilled' || !todo) continue
    app.log.error(
      { err: outcome.reason, activity: todo.id, consumer: todo.consumer },
      'an activity consumer failed; it is tried again',
    )
    await grouped(app, async inner => {
      const wait = Math.min(2 ** todo.attempts, 60) * MINUTE
      await inner.db
        .updateTable('activity_todo')
        .set({ attempts: todo.attempts + 1, not_before: app.clock.now() + wait })
        .where('activity_id', '=', todo.id)
        .where('consumer', '=', todo.consumer)
        .execute()
    })
  }
  return outcomes.filter(outcome => outcome.status === 'fulfilled').length
}

async function consumeOne(app: App, todo: Told & { id: number; consumer: string }): Promise<void> {
  // Whoever deletes the row does the work: two processes never count one fact twice.
  const taken = await app.db
    .deleteFrom('activity_todo')
    .where('activity_id', '=', todo.id)
    .where('consumer', '=', todo.consumer)
    .returning('activity_id')
    .executeTakeFirst()
  if (!taken) return
  const consume = asynchronous[todo.consumer]
  if (!consume) throw new Error(`no activity consumer is called "${todo.consumer}"`)
  await consume(app, { ...todo, memberId: await whoseNow(app, todo.id) })
}

/** Whose a fact is, from here to the end of the transaction: two members may have proved to be one person since it was read. */
async function whoseNow(app: App, id: number): Promise<string | null> {
  const read = async () =>
    (await app.db.selectFrom('activity').select('member_id').where('id', '=', id).executeTakeFirstOrThrow()).member_id
  const memberId = await read()
  if (memberId === null || !app.can.rowLocks) return memberId
  // The member first, as uniting does, or each would wait for the other.
  await app.db.selectFrom('members').select('id').where('id', '=', memberId).forKeyShare().execute()
  return (await read()) === memberId ? memberId : whoseNow(app, id)
}

export const contribution: Contribution = {
  name: 'activity',
  tables: ['activity', 'activity_todo', 'activity_days'],
  exportMember: exportActivity,
  async verify(app) {
    const byKey = (rows: Array<{ member_id: string; day: string; count: number }>) =>
      new Map(rows.map(row => [`member=${row.member_id} day=${row.day}`, { count: row.count }]))
    const stored = await app.db.selectFrom('activity_days').selectAll().execute()
    return compare('activity_days', byKey(stored), byKey(await recomputedDays(app)))
  },
  async repair(app) {
    const rows = await recomputedDays(app)
    await app.db.deleteFrom('activity_days').execute()
    await writeDays(app, rows)
  },
  merge: mergeActivity,
  unmerge: splitActivity,
  rehome: rehomeActivity,
}
