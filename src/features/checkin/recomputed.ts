/** Streaks as the check-ins themselves have them. */
import type { App } from '../../app.ts'
import { compare, type Difference } from '../contribution.ts'
import { neverDays } from '../days/index.ts'
import { type Streak, streakOf } from './streak.ts'

type Recomputed = Streak & { readonly memberId: string; readonly camp: string }

/** Every streak from its check-ins; of one member when given. */
export async function recomputed(app: App, memberId?: string): Promise<Recomputed[]> {
  let query = app.db
    .selectFrom('checkins')
    .select(['member_id', 'camp', 'day'])
    .where('superseded_at', 'is', null)
    .orderBy('member_id')
    .orderBy('camp')
    .orderBy('day')
  if (memberId !== undefined) query = query.where('member_id', '=', memberId)
  const groups = Map.groupBy(await query.execute(), row => `${row.member_id} ${row.camp}`)
  const streaks: Recomputed[] = []
  for (const group of groups.values()) {
    const [{ member_id: member, camp }] = group as [(typeof group)[number]]
    const streak = streakOf(
      group.map(row => row.day),
      await neverDays(app, member),
    )
    if (streak) streaks.push({ ...streak, memberId: member, camp })
  }
  return streaks
}

async function write(app: App, streaks: readonly Recomputed[]): Promise<void> {
  for (const { memberId, camp, current, longest, total, lastDay } of streaks)
    await app.db
      .insertInto('streaks')
      .values({ member_id: memberId, camp, current, longest, total, last_day: lastDay })
      .execute()
}

/** Writes a member's streaks anew. */
export async function restreak(app: App, memberId: string): Promise<void> {
  await app.db.deleteFrom('streaks').where('member_id', '=', memberId).execute()
  await write(app, await recomputed(app, memberId))
}

const keyOf = ({ memberId, camp }: { memberId: string; camp: string }): string => `member=${memberId} camp=${camp}`
const numbersOf = ({ current, longest, total, lastDay }: Streak) => ({ current, longest, total, lastDay })

export async function verify(app: App): Promise<Difference[]> {
  const rows = await app.db
    .selectFrom('streaks')
    .select(['member_id as memberId', 'camp', 'current', 'longest', 'total', 'last_day as lastDay'])
    .execute()
  return compare(
    'streaks',
    new Map(rows.map(row => [keyOf(row), numbersOf(row)])),
    new Map((await recomputed(app)).map(row => [keyOf(row), numbersOf(row)])),
  )
}

export async function repair(app: App): Promise<void> {
  const streaks = await recomputed(app)
  await app.db.deleteFrom('streaks').execute()
  await write(app, streaks)
}
