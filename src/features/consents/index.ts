/** What somebody may be written to about, and what not: their own word per account and topic. */
import type { App } from '../../app.ts'
import type { Platform } from '../../chat/text.ts'
import type { Contribution } from '../contribution.ts'

/**
 * What Muster writes about by itself. `service`: about something of one's own (a link to confirm, data about to be deleted). `reminders`,
 * `news`: asked for, never assumed.
 */
export const TOPICS = ['service', 'reminders', 'news'] as const
export type Topic = (typeof TOPICS)[number]

/** What lets an account be written to about a topic: its own word, or that nobody minds; `none` and `refused` do not. */
export type Permission = 'asked' | 'assumed' | 'none' | 'refused'
interface Answered {
  readonly allowed_at: number | null
  readonly refused_at: number | null
}

/**
 * Whether an account may be written to privately when it has said nothing: cold messages get Discord bots flagged, so there every topic
 * needs a yes; on Telegram pressing Start is one, for what concerns the person.
 */
const assumed = (platform: Platform, topic: Topic): boolean => platform !== 'discord' && topic === 'service'

/** What an account said about a topic, or what holds while it has said nothing. */
export function permissionOf(platform: Platform, topic: Topic, { allowed_at, refused_at }: Answered): Permission {
  if (refused_at !== null) return 'refused'
  if (allowed_at !== null) return 'asked'
  return assumed(platform, topic) ? 'assumed' : 'none'
}

/** Whether an account may be written to about a topic. */
export async function allows(app: App, accountId: string, topic: Topic): Promise<boolean> {
  const row = await app.db
    .selectFrom('accounts')
    .leftJoin('consents', join =>
      join.onRef('consents.account_id', '=', 'accounts.id').on('consents.topic', '=', topic),
    )
    .select(['accounts.platform', 'accounts.deleted_at', 'consents.allowed_at', 'consents.refused_at'])
    .where('accounts.id', '=', accountId)
    .executeTakeFirst()
  if (!row || row.deleted_at !== null) return false
  const permission = permissionOf(row.platform, topic, row)
  return permission === 'asked' || permission === 'assumed'
}

/** Says yes or no to a topic for one account; the last word counts. */
export async function answerConsent(
  app: App,
  accountId: string,
  topic: Topic,
  allowed: boolean,
  at: number,
): Promise<void> {
  const answer = { allowed_at: allowed ? at : null, refused_at: allowed ? null : at }
  await app.db
    .insertInto('consents')
    .values({ account_id: accountId, topic, ...answer })
    .onConflict(conflict => conflict.columns(['account_id', 'topic']).doUpdateSet(answer))
    .execute()
}

export const contribution: Contribution = {
  name: 'consents',
  tables: ['consents'],
  async exportPerson(app, { accountIds }) {
    const rows = await app.db
      .selectFrom('consents')
      .innerJoin('accounts', 'accounts.id', 'consents.account_id')
      .select(['accounts.platform', 'consents.topic', 'consents.allowed_at', 'consents.refused_at'])
      .where('consents.account_id', 'in', [...accountIds])
      .orderBy('consents.account_id')
      .orderBy('consents.topic')
      .execute()
    return { consents: rows }
  },
  async forget(app, { accountIds }) {
    await app.db
      .deleteFrom('consents')
      .where('account_id', 'in', [...accountIds])
      .execute()
  },
}
