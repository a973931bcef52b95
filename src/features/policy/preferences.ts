/** What a member chose about being written to. */
import type { App } from '../../app.ts'
import { INITIAL, QUIET_SETTING } from './defaults.ts'

export interface SendPreferences {
  /** `22:00-08:00` or `off`; null is the community's. */
  readonly quietHours: string | null
  /** At most this many of Muster's own messages a day; null is the community's cap alone. */
  readonly mostADay: number | null
  readonly snoozedUntil: number | null
}
const NONE: SendPreferences = { quietHours: null, mostADay: null, snoozedUntil: null }

/** What a member chose. */
export async function preferencesOf(app: App, memberId: string): Promise<SendPreferences> {
  const row = await app.db
    .selectFrom('send_preferences')
    .select(['quiet_hours as quietHours', 'most_a_day as mostADay', 'snoozed_until as snoozedUntil'])
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  return row ?? NONE
}

/** The quiet hours of a community, as written. */
export async function quietHoursOf(app: App, communityId: string): Promise<string> {
  const row = await app.db
    .selectFrom('settings')
    .select('value')
    .where('community_id', '=', communityId)
    .where('key', '=', QUIET_SETTING)
    .executeTakeFirst()
  return row ? String(JSON.parse(row.value)) : INITIAL[QUIET_SETTING]
}

/** Chooses anew what is named; the rest stays. */
export async function choosePreferences(
  app: App,
  memberId: string,
  chosen: Partial<SendPreferences>,
  at: number,
): Promise<void> {
  const values = {
    ...('quietHours' in chosen && { quiet_hours: chosen.quietHours ?? null }),
    ...('mostADay' in chosen && { most_a_day: chosen.mostADay ?? null }),
    ...('snoozedUntil' in chosen && {
      snoozed_until: chosen.snoozedUntil ?? null,
      snoozed_at: chosen.snoozedUntil == null ? null : at,
    }),
    changed_at: at,
  }
  await app.db
    .insertInto('send_preferences')
    .values({
      member_id: memberId,
      quiet_hours: null,
      most_a_day: null,
      snoozed_at: null,
      snoozed_until: null,
      ...values,
    })
    .onConflict(conflict => conflict.column('member_id').doUpdateSet(values))
    .execute()
}
