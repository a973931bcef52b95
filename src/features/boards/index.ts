/** Boards: who collected the most points in a window. Staff are left out, and those who hid themselves. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import { toNumber } from '../../db/index.ts'
import { type Day, localDay } from '../../lib/time.ts'
import type { Contribution } from '../contribution.ts'
import { periodOf, periodStart, type Window } from '../points/index.ts'

export interface BoardRow {
  readonly memberId: string
  readonly name: string
  readonly points: number
  readonly rank: number
}

export interface Board {
  readonly window: Window
  /** First day of the window; null for all time. */
  readonly since: Day | null
  readonly top: readonly BoardRow[]
  /** The viewer's own place; their rank is what it would be where they are not shown. Null without points. */
  readonly own: (BoardRow & { readonly shown: boolean /** By their own choice. */; readonly hidden: boolean }) | null
  /** How many the board ranks. */
  readonly size: number
}

const DEFAULT_TOP = 10

/**
 * Standings of a period, without staff and without those who left or hid themselves. Ties: who got there first, then the older member. The
 * few who are left out are found once, by their own indexes; counting the many who stay then reads one index.
 */
function ranked(app: App, communityId: string, period: string) {
  const unlisted = app.db
    .selectFrom('members')
    .select('members.id')
    .where('members.community_id', '=', communityId)
    .where(eb => eb.or([eb('members.hidden_at', 'is not', null), eb('members.left_at', 'is not', null)]))
  const staff = app.db
    .selectFrom('places')
    .innerJoin('presences', 'presences.place_id', 'places.id')
    .innerJoin('accounts', 'accounts.id', 'presences.account_id')
    .innerJoin('members', join =>
      join
        .onRef('members.person_id', '=', 'accounts.person_id')
        .onRef('members.community_id', '=', 'places.community_id'),
    )
    .select('members.id')
    .where('places.community_id', '=', communityId)
    .where('places.left_at', 'is', null)
    // As the partial index says it.
    .where('presences.role', '<>', sql<'member'>`'member'`)
    .where('presences.role', '<>', 'reviewer')
    .where('presences.left_at', 'is', null)
  const named = app.db
    .selectFrom('members')
    .select('members.id')
    .where('members.community_id', '=', communityId)
    // Implies that there is a role at all, as the partial index says.
    .where('members.role', '=', 'manager')
  return app.db
    .selectFrom('standings')
    .where('standings.community_id', '=', communityId)
    .where('standings.period', '=', period)
    .where('standings.points', '>', 0)
    .where('standings.member_id', 'not in', unlisted)
    .where('standings.member_id', 'not in', staff)
    .where('standings.member_id', 'not in', named)
}

/** The board of a community as `viewerId` sees it at `at`: calendar windows in the community's zone. */
export async function readBoard(
  app: App,
  communityId: string,
  window: Window,
  at: number,
  viewerId: string | null,
  limit: number = DEFAULT_TOP,
): Promise<Board> {
  const community = await app.db
    .selectFrom('communities')
    .select(['zone', 'day_start'])
    .where('id', '=', communityId)
    .executeTakeFirstOrThrow()
  const today = localDay(at, community.zone, community.day_start)
  const period = periodOf(window, today)
  const top = await ranked(app, communityId, period)
    .innerJoin('members', 'members.id', 'standings.member_id')
    .select(['members.id as memberId', 'members.name', 'standings.points'])
    .orderBy('standings.points', 'desc')
    .orderBy('standings.reached_at')
    .orderBy('standings.member_id')
    .limit(limit)
    .execute()
  const { size } = await ranked(app, communityId, period)
    .select(({ fn }) => fn.countAll().as('size'))
    .executeTakeFirstOrThrow()
  const rows = top.map((row, i) => ({ ...row, rank: i + 1 }))
  const own = viewerId === null ? null : await ownRow(app, communityId, period, viewerId)
  return { window, since: periodStart(window, today), top: rows, own, size: toNumber(size) }
}

async function ownRow(app: App, communityId: string, period: string, memberId: string): Promise<Board['own']> {
  const mine = await app.db
    .selectFrom('standings')
    .innerJoin('members', 'members.id', 'standings.member_id')
    .select(['members.name', 'members.hidden_at', 'standings.points', 'standings.reached_at'])
    .where('standings.member_id', '=', memberId)
    .where('standings.period', '=', period)
    .executeTakeFirst()
  if (!mine || mine.points <= 0) return null
  const { ahead } = await ranked(app, communityId, period)
    .select(({ fn }) => fn.countAll().as('ahead'))
    .where(
      sql<boolean>`(standings.points > ${mine.points} or (standings.points = ${mine.points} and (standings.reached_at < ${mine.reached_at}
        or (standings.reached_at = ${mine.reached_at} and standings.member_id < ${memberId}))))`,
    )
    .executeTakeFirstOrThrow()
  const listed = await ranked(app, communityId, period)
    .select('standings.member_id')
    .where('standings.member_id', '=', memberId)
    .executeTakeFirst()
  const { name, points } = mine
  return {
    memberId,
    name,
    points,
    rank: toNumber(ahead) + 1,
    shown: listed !== undefined,
    hidden: mine.hidden_at !== null,
  }
}

export const contribution: Contribution = { name: 'boards', tables: [] }
