/** Check-ins when members prove to be one person, and when they are told apart: of a day done twice, the earlier one counts. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { inChunks } from '../../lib/chunks.ts'
import type { MemberMerge, MemberSplit } from '../contribution.ts'
import { applyMoves, moveRows, partRows } from '../people/index.ts'
import { rederive, setCounted } from '../points/index.ts'
import { restreak } from './recomputed.ts'

interface CheckIn {
  readonly id: number
  readonly memberId: string
}
const booked = ({ id, memberId }: CheckIn) => ({ memberId, source: `checkin:${id}` })
const membersOf = (checkins: readonly CheckIn[]) => [...new Set(checkins.map(({ memberId }) => memberId))]

/** Days unite. Where both checked in, both entries stay: the later one is superseded, and its points are taken back by a further entry. */
export async function mergeCheckins(app: App, { cause, pairs, at }: MemberMerge): Promise<void> {
  await sql`insert into moves (cause, table_name, row_key, column_name, before, after)
    select ${cause}, 'checkins', cast(case when ours.at < theirs.at or (ours.at = theirs.at and ours.id < theirs.id)
      then theirs.id else ours.id end as text), 'superseded_at', null, ${String(at)}
    from moves as pair join checkins as theirs on theirs.member_id = pair.row_key
    join checkins as ours on ours.member_id = pair.after and ours.camp = theirs.camp and ours.day = theirs.day
    where pair.cause = ${cause} and pair.table_name = 'members' and pair.column_name = 'merged_into' and pair.before is null
    and theirs.superseded_at is null and ours.superseded_at is null`.execute(app.db)
  await applyMoves(app, cause, 'checkins', 'superseded_at')
  await moveRows(app, cause, 'checkins')
  const later = await supersededBy(app, cause)
  await setCounted(app, later.map(booked), false, cause, at)
  await rederive(app, membersOf(later))
  await restreak(
    app,
    pairs.flatMap(({ from, into }) => [from, into]),
  )
}

/** Check-ins that do not count since a cause, and whose they are now. */
const supersededBy = (app: App, cause: string): Promise<CheckIn[]> =>
  app.db
    .selectFrom('moves')
    .innerJoin('checkins', join => join.on(sql<boolean>`checkins.id = cast(moves.row_key as bigint)`))
    .select(['checkins.id', 'checkins.member_id as memberId'])
    .where('moves.cause', '=', cause)
    .where('moves.table_name', '=', 'checkins')
    .where('moves.column_name', '=', 'superseded_at')
    .execute()

/** Check-ins go back with the accounts that made them; on each side the earliest of a day counts again. */
export async function splitCheckins(app: App, split: MemberSplit): Promise<void> {
  await partRows(app, split, 'checkins')
  const memberIds = split.partings.flatMap(({ from, to }) => [from, to])
  const restored: CheckIn[] = []
  for (const chunk of inChunks(memberIds)) restored.push(...(await alone(app, chunk)))
  for (const chunk of inChunks(restored))
    await app.db
      .updateTable('checkins')
      .set({ superseded_at: null })
      .where(
        'id',
        'in',
        chunk.map(({ id }) => id),
      )
      .execute()
  await setCounted(app, restored.map(booked), true, split.undoing, split.at)
  await rederive(app, membersOf(restored))
  await restreak(app, memberIds)
}

/** Superseded check-ins that no other one of their day stands before any more: the earliest of each day. */
async function alone(app: App, memberIds: readonly string[]): Promise<CheckIn[]> {
  const rows = await app.db
    .selectFrom('checkins')
    .select(['id', 'member_id as memberId', 'camp', 'day'])
    .where('member_id', 'in', memberIds)
    .where('superseded_at', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('checkins as counting')
            .select('counting.id')
            .whereRef('counting.member_id', '=', 'checkins.member_id')
            .whereRef('counting.camp', '=', 'checkins.camp')
            .whereRef('counting.day', '=', 'checkins.day')
            .where('counting.superseded_at', 'is', null),
        ),
      ),
    )
    .orderBy('at')
    .orderBy('id')
    .execute()
  const first = Map.groupBy(rows, row => `${row.memberId} ${row.camp} ${row.day}`)
  return [...first.values()].flatMap(([earliest]) => earliest ?? [])
}
