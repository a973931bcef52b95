/** Who hears of a fact. Synchronous consumers run in its transaction, in this order; asynchronous ones get a row of their own. */
import type { App } from '../../app.ts'
import { book, CHECKIN_POINTS } from '../points/index.ts'
import { DONE_TO_MEMBERS, type Fact } from './fact.ts'

/** What a synchronous consumer made of a fact, for the answer to the person. */
export interface Effect {
  readonly kind: 'points'
  readonly amount: number
}

type Consumer = (app: App, fact: Fact) => Promise<Effect[]>

const pointsForCheckin: Consumer = async (app, fact) => {
  if (fact.kind !== 'checkin') return []
  const booked = await book(app, {
    memberId: fact.memberId,
    communityId: fact.communityId,
    accountId: fact.accountId,
    unit: 'points',
    amount: CHECKIN_POINTS,
    // By the row, not by the day: when two accounts prove to be one person, both entries of a day stay.
    source: `checkin:${fact.checkinId}`,
    day: fact.day,
    at: fact.at,
  })
  return booked ? [{ kind: 'points', amount: CHECKIN_POINTS }] : []
}

const pointsForAward: Consumer = async (app, fact) => {
  if (fact.kind !== 'points.awarded') return []
  const { memberId, communityId, accountId, amount, subject, day, at } = fact
  const source = `award:${subject}`
  const booked = await book(app, { memberId, communityId, accountId, unit: 'points', amount, source, day, at })
  return booked ? [{ kind: 'points', amount }] : []
}

export const synchronous: readonly Consumer[] = [pointsForCheckin, pointsForAward]

/** What asynchronous consumers are told of a fact. */
export interface Told {
  readonly kind: string
  readonly memberId: string | null
  readonly day: string
}

const isDoneToMembers = (kind: string): boolean => DONE_TO_MEMBERS.some(done => done === kind)

/** The days on which each member was active: what retention and stickiness are computed from. */
async function countDay(app: App, activity: Told): Promise<void> {
  if (activity.memberId === null || isDoneToMembers(activity.kind)) return
  await app.db
    .insertInto('activity_days')
    .values({ member_id: activity.memberId, day: activity.day, count: 1 })
    .onConflict(conflict =>
      conflict
        .columns(['member_id', 'day'])
        .doUpdateSet(({ ref, eb }) => ({ count: eb(ref('activity_days.count'), '+', 1) })),
    )
    .execute()
}

/** By name: the name is what `activity_todo` rows hold, so it never changes. */
export const asynchronous: Readonly<Record<string, (app: App, activity: Told) => Promise<void>>> = {
  'activity-days': countDay,
}
