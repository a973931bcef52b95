/** The one send policy: who is written to about what, when, and how often. Asked when a delivery is claimed, and again after every deferral. */
import type { App } from '../../app.ts'
import type { Contribution } from '../contribution.ts'
import { type Due, readFacts, readSuppressed } from './facts.ts'
import { judge, type Verdict } from './judge.ts'

export { readCap, writeCap } from './caps.ts'
export { CAP_SETTINGS, INITIAL, QUIET_SETTING } from './defaults.ts'
export type { Due } from './facts.ts'
export type { Rule, Verdict } from './judge.ts'
export { choosePreferences, preferencesOf, quietHoursOf, type SendPreferences } from './preferences.ts'
export { readQuiet, writeQuiet } from './quiet.ts'
export { suppress, unsuppress } from './suppressions.ts'

export interface Judged {
  /** In the order of the deliveries. */
  readonly verdicts: ReadonlyArray<{ readonly due: Due; readonly verdict: Verdict }>
  /** Chats that stand on the suppression list and are tried again. */
  readonly again: ReadonlySet<string>
}

/** Judges a batch of due deliveries of one bot, inside the transaction that claims them. */
export async function judgeAll(app: App, bot: string, dues: readonly Due[]): Promise<Judged> {
  const at = app.clock.now()
  const suppressed = await readSuppressed(
    app,
    bot,
    dues.map(({ chatKey }) => chatKey),
  )
  const facts = await readFacts(app, dues, suppressed)
  const verdicts = dues.map(due => {
    const verdict = judge(facts.of(due), at)
    if (verdict.kind === 'send') facts.sent(due)
    return { due, verdict }
  })
  const again = [...suppressed.listed].filter(chat => !suppressed.chats.has(chat))
  return { verdicts, again: new Set(again) }
}

export const contribution: Contribution = {
  name: 'policy',
  tables: ['suppressions', 'send_preferences'],
  async exportMember(app, memberId) {
    const rows = await app.db
      .selectFrom('send_preferences')
      .select(['quiet_hours', 'most_a_day', 'snoozed_at', 'snoozed_until', 'changed_at'])
      .where('member_id', '=', memberId)
      .execute()
    return { send_preferences: rows }
  },
  async exportPerson(app, { accountIds }) {
    const rows = await app.db
      .selectFrom('suppressions')
      .select(['bot', 'reason', 'since'])
      .where('account_id', 'in', [...accountIds])
      .orderBy('bot')
      .orderBy('chat_key')
      .execute()
    return { suppressions: rows }
  },
  async forget(app, { accountIds, memberIds }) {
    await app.db
      .deleteFrom('suppressions')
      .where('account_id', 'in', [...accountIds])
      .execute()
    if (memberIds.length > 0)
      await app.db
        .deleteFrom('send_preferences')
        .where('member_id', 'in', [...memberIds])
        .execute()
  },
}
