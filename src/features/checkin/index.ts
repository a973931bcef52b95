/** Checking in once a day, and the streak that follows. */
import type { App } from '../../app.ts'
import { transaction } from '../../app.ts'
import { addDays, type Day, dayStart, HOUR } from '../../lib/time.ts'
import { record } from '../activity/index.ts'
import type { Contribution, DemoMember } from '../contribution.ts'
import { lockMember, type Today, todayOf } from '../days/index.ts'
import { exportCheckins, forgetNotes, redactNotes } from './personal.ts'
import { repair, verify } from './recomputed.ts'
import { advance, type Streak, standing, streakOf, strip } from './streak.ts'
import { mergeCheckins, splitCheckins } from './united.ts'

/** The check-in that every community has. */
const DAILY = 'daily'
/** Days shown beside a streak: four weeks. */
export const RATE_DAYS = 28

export interface Who {
  readonly memberId: string
  readonly communityId: string
  readonly accountId: string
}

export type CheckIn =
  | {
      readonly kind: 'checked-in'
      readonly day: Day
      readonly zone: string
      readonly streak: Streak
      readonly points: number
      /** When the member's day ends. */
      readonly endsAt: number
    }
  | { readonly kind: 'already-checked-in'; readonly day: Day; readonly zone: string; readonly nextAt: number }

/** Checks a member in for their day. However often and from wherever it is called, a day counts once: the database holds that. */
export async function checkIn(app: App, who: Who, input: { note?: string; at: number }): Promise<CheckIn> {
  return transaction(app, async inner => {
    // Two days of one member at the same instant (midnight) follow one another, or the streak would count from a stale row.
    await lockMember(inner, who.memberId)
    const today = await todayOf(inner, who.memberId, input.at)
    const { day, zone } = today
    const inserted = await inner.db
      .insertInto('checkins')
      .values({
        member_id: who.memberId,
        account_id: who.accountId,
        camp: DAILY,
        day,
        zone,
        note: input.note ?? null,
        at: input.at,
        superseded_at: null,
      })
      .onConflict(conflict =>
        conflict.columns(['member_id', 'camp', 'day']).where('superseded_at', 'is', null).doNothing(),
      )
      .returning('id')
      .executeTakeFirst()
    if (!inserted) return { kind: 'already-checked-in', day, zone, nextAt: today.endsAt }
    const streak = await extend(inner, who.memberId, day, today.never)
    const effects = await record(inner, {
      kind: 'checkin',
      ...who,
      camp: DAILY,
      checkinId: inserted.id,
      // By the row: after a link is undone, the same member may check in for the same day once more.
      subject: String(inserted.id),
      day,
      at: input.at,
    })
    const points = effects.reduce((sum, effect) => sum + (effect.kind === 'points' ? effect.amount : 0), 0)
    return { kind: 'checked-in', day, zone, streak, points, endsAt: today.endsAt }
  })
}

async function readStreak(app: App, memberId: string): Promise<Streak | null> {
  const row = await app.db
    .selectFrom('streaks')
    .select(['current', 'longest', 'total', 'last_day as lastDay'])
    .where('member_id', '=', memberId)
    .where('camp', '=', DAILY)
    .executeTakeFirst()
  return row ?? null
}

async function extend(app: App, memberId: string, day: Day, never: (day: Day) => boolean): Promise<Streak> {
  const before = await readStreak(app, memberId)
  // A day before the last one (a clock set back) is the rare case: then everything is counted again.
  const streak =
    before && day <= before.lastDay ? streakOf(await checkinDays(app, memberId), never) : advance(before, day, never)
  if (!streak) throw new Error('a member who has just checked in has a streak')
  const numbers = { current: streak.current, longest: streak.longest, total: streak.total, last_day: streak.lastDay }
  await app.db
    .insertInto('streaks')
    .values({ member_id: memberId, camp: DAILY, ...numbers })
    .onConflict(conflict => conflict.columns(['member_id', 'camp']).doUpdateSet(numbers))
    .execute()
  return streak
}

async function checkinDays(app: App, memberId: string, since: Day = ''): Promise<Day[]> {
  const rows = await app.db
    .selectFrom('checkins')
    .select('day')
    .where('member_id', '=', memberId)
    .where('camp', '=', DAILY)
    .where('superseded_at', 'is', null)
    .where('day', '>=', since)
    .execute()
  return rows.map(row => row.day)
}

export interface StreakView {
  /** Days in a row, today or yesterday included; 0 once broken. */
  readonly current: number
  readonly longest: number
  readonly total: number
  /** Days done of the last RATE_DAYS. */
  readonly rate: number
  readonly days: ReturnType<typeof strip>
  readonly today: {
    readonly day: Day
    readonly zone: string
    readonly done: boolean
    readonly endsAt: number
    readonly nextAt: number
  }
}

/** A member's streak as of `at`; null before the first check-in. */
export async function viewStreak(app: App, memberId: string, at: number): Promise<StreakView | null> {
  const streak = await readStreak(app, memberId)
  if (!streak) return null
  const today = await todayOf(app, memberId, at)
  const { never } = today
  const done = new Set(await checkinDays(app, memberId, addDays(today.day, 1 - RATE_DAYS)))
  const first = await app.db
    .selectFrom('checkins')
    .select('day')
    .where('member_id', '=', memberId)
    .where('camp', '=', DAILY)
    .orderBy('day')
    .limit(1)
    .executeTakeFirst()
  return {
    current: standing(streak, today.day, never),
    longest: streak.longest,
    total: streak.total,
    rate: done.size,
    days: strip(done, today.day, RATE_DAYS, first?.day ?? null, never),
    today: { day: today.day, zone: today.zone, done: done.has(today.day), endsAt: today.endsAt, nextAt: today.endsAt },
  }
}

/** Streaks of many members, in one query, as seen on each one's today; nothing for those who never checked in. */
export async function streaksOf(app: App, todays: ReadonlyMap<string, Today>): Promise<Map<string, Streak>> {
  if (todays.size === 0) return new Map()
  const rows = await app.db
    .selectFrom('streaks')
    .select(['member_id as memberId', 'current', 'longest', 'total', 'last_day as lastDay'])
    .where('camp', '=', DAILY)
    .where('member_id', 'in', [...todays.keys()])
    .execute()
  return new Map(
    rows.map(({ memberId, ...streak }) => {
      const today = todays.get(memberId)
      const current = today ? standing(streak, today.day, today.never) : 0
      return [memberId, { ...streak, current }]
    }),
  )
}

export const contribution: Contribution = {
  name: 'checkin',
  tables: ['checkins', 'streaks'],
  exportMember: exportCheckins,
  redact: redactNotes,
  forget: forgetNotes,
  verify,
  repair,
  merge: mergeCheckins,
  unmerge: splitCheckins,
  async seed(app: App, cast: readonly DemoMember[]) {
    for (const { memberId, accountId, activeDays } of cast) {
      const member = await app.db
        .selectFrom('members')
        .select('community_id')
        .where('id', '=', memberId)
        .executeTakeFirstOrThrow()
      const { zone, dayStart: start } = await todayOf(app, memberId, app.clock.now())
      for (const [i, day] of activeDays.entries()) {
        // Some early, some late, always within the day, the same every time, and never later than now.
        const at = Math.min(dayStart(day, zone, start) + (7 + ((i * 5) % 15)) * HOUR, app.clock.now())
        await checkIn(app, { memberId, accountId, communityId: member.community_id }, { at })
      }
    }
  },
}
