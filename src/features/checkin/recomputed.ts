/** Streaks as the check-ins themselves have them. */
import type { App } from '../../app.ts'
import { inChunks } from '../../lib/chunks.ts'
import { compare, type Difference } from '../contribution.ts'
import { neverDays } from '../days/index.ts'
import { type Streak, streakOf } from './streak.ts'

type Recomputed = Streak & { readonly memberId: string; readonly camp: string }

/** The streaks of members from their check-ins. */
async function recomputed(app: App, memberIds: readonly string[]): Promise<Recomputed[]> {
  const streaks: Recomputed[] = []
  for (const chunk of inChunks(memberIds)) {
    const rows = await app.db
      .selectFrom('checkins')
      .select(['member_id as memberId', 'camp', 'day'])
      .where('member_id', 'in', chunk)
      .where('superseded_at', 'is', null)
      .execute()
    const never = await neverDays(app, chunk)
    for (const group of Map.groupBy(rows, row => `${row.memberId} ${row.camp}`).values()) {
      const [{ memberId, camp }] = group as [(typeof group)[number]]
      const streak = streakOf(
        group.map(({ day }) => day),
        day => never.get(memberId)?.(day) ?? false,
      )
      if (streak) streaks.push({ ...streak, memberId, camp })
    }
  }
  return streaks
}

async function write(app: App, streaks: readonly Recomputed[]): Promise<void> {
  for (const chunk of inChunks(streaks))
    await app.db
      .insertInto('streaks')
      .values(
        chunk.map(({ memberId, lastDay, ...numbers }) => ({ member_id: memberId, last_day: lastDay, ...numbers })),
      )
      .execute()
}

/** Writes the streaks of members anew. */
export async function restreak(app: App, memberIds: readonly string[]): Promise<void> {
  for (const chunk of inChunks(memberIds)) await app.db.deleteFrom('streaks').where('member_id', 'in', chunk).execute()
  await write(app, await recomputed(app, memberIds))
}

async function everybody(app: App): Promise<string[]> {
  const rows = await app.db.selectFrom('members').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id)
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
    new Map((await recomputed(app, await everybody(app))).map(row => [keyOf(row), numbersOf(row)])),
  )
}

export async function repair(app: App): Promise<void> {
  const streaks = await recomputed(app, await everybody(app))
  await app.db.deleteFrom('streaks').execute()
  await write(app, streaks)
}
