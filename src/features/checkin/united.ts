/** Check-ins when members prove to be one person, and when they are told apart: of a day done twice, the earlier one counts. */
import type { App } from '../../app.ts'
import type { MemberMerge, MemberSplit } from '../contribution.ts'
import { listMove, moveRows, moveRowsBack } from '../people/index.ts'
import { rederive, setCounted } from '../points/index.ts'
import { restreak } from './recomputed.ts'

const CHECKINS = { table: 'checkins', key: 'id', account: 'account_id' } as const

interface Done {
  readonly id: number
  readonly at: number
}
/** The earlier of two check-ins. */
const isEarlier = (a: Done, b: Done): boolean => a.at < b.at || (a.at === b.at && a.id < b.id)

/** Days unite. Where both checked in, both entries stay: the later one is superseded, and its points are taken back by a further entry. */
export async function mergeCheckins(app: App, merge: MemberMerge): Promise<void> {
  const { from, into, cause, at } = merge
  const twice = await app.db
    .selectFrom('checkins as theirs')
    .innerJoin('checkins as ours', join =>
      join.onRef('ours.camp', '=', 'theirs.camp').onRef('ours.day', '=', 'theirs.day').on('ours.member_id', '=', into),
    )
    .select(['theirs.id as theirId', 'theirs.at as theirAt', 'ours.id as ourId', 'ours.at as ourAt'])
    .where('theirs.member_id', '=', from)
    .where('theirs.superseded_at', 'is', null)
    .where('ours.superseded_at', 'is', null)
    .execute()
  const later = twice.map(({ theirId, theirAt, ourId, ourAt }) =>
    isEarlier({ id: ourId, at: ourAt }, { id: theirId, at: theirAt }) ? theirId : ourId,
  )
  for (const id of later) {
    await supersede(app, id, at)
    await listMove(app, cause, 'checkins', String(id), 'superseded_at', null, at)
  }
  await moveRows(app, merge, CHECKINS)
  for (const id of later) await setCounted(app, into, `checkin:${id}`, false, cause, at)
  if (later.length > 0) await rederive(app, into)
  await restreak(app, from)
  await restreak(app, into)
}

const supersede = (app: App, id: number, at: number | null) =>
  app.db.updateTable('checkins').set({ superseded_at: at }).where('id', '=', id).execute()

/** Check-ins go back with the accounts that made them; on each side the earliest of a day counts again. */
export async function splitCheckins(app: App, split: MemberSplit): Promise<void> {
  await moveRowsBack(app, split, CHECKINS)
  for (const memberId of [split.from, split.to]) {
    const restored = await alone(app, memberId)
    for (const id of restored) {
      await supersede(app, id, null)
      await setCounted(app, memberId, `checkin:${id}`, true, split.undoing, split.at)
    }
    if (restored.length > 0) await rederive(app, memberId)
    await restreak(app, memberId)
  }
}

/** Superseded check-ins that no other one of their day stands before any more: the earliest of each day. */
async function alone(app: App, memberId: string): Promise<number[]> {
  const rows = await app.db
    .selectFrom('checkins')
    .select(['id', 'camp', 'day', 'at'])
    .where('member_id', '=', memberId)
    .where('superseded_at', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('checkins as counting')
            .select('counting.id')
            .where('counting.member_id', '=', memberId)
            .whereRef('counting.camp', '=', 'checkins.camp')
            .whereRef('counting.day', '=', 'checkins.day')
            .where('counting.superseded_at', 'is', null),
        ),
      ),
    )
    .orderBy('at')
    .orderBy('id')
    .execute()
  const first = Map.groupBy(rows, row => `${row.camp} ${row.day}`)
  return [...first.values()].flatMap(([earliest]) => (earliest ? [earliest.id] : []))
}
