/** Queueing a message. */
import { sql } from 'kysely'
import type { App } from '../../app.ts'
import type { Delivery } from '../../chat/port.ts'
import type { Reply } from '../../chat/reply.ts'
import type { Platform } from '../../chat/text.ts'
import { changed } from '../../db/index.ts'
import { randomCharacters } from '../../lib/ids.ts'
import type { Locale } from '../../lib/locale.ts'
import type { Topic } from '../consents/index.ts'

const NONCE_SIZE = 25

/**
 * `transactional`: the answer to something a person did; delivered at least once. `service` and `marketing`: at most once; when it is
 * unknown whether one arrived, staff decide.
 */
export type Class = 'transactional' | 'service' | 'marketing'

export interface Message {
  readonly bot: string
  readonly platform: Platform
  readonly to: Delivery['to']
  readonly reply: Reply
  readonly locale: Locale
  readonly askerId: string
  readonly class: Class
  /** Whose private chat it goes to, where it goes to one; found by the platform's id when left out. */
  readonly accountId?: string
  /** What it says, once, whatever the variant: a member is told it once per `period` (`''`: once ever). Omitted: said as often as it is caused. */
  readonly message?: string
  readonly period?: string
  readonly variant?: string
  /** What it is about; by its class when left out. Answers are about nothing that could be turned off. */
  readonly topic?: Topic
  /** What caused it, such as `inbox:12`: the same cause is never queued twice. */
  readonly source: string
  readonly notBefore?: number
  /** Whom it is for: once they left the community it is not sent any more. */
  readonly memberId?: string
  /** Where it is for: once the bot left the place it is not sent any more. */
  readonly placeId?: string
}

/** Where messages keep their order and their distance. */
const chatKey = (to: Delivery['to']): string =>
  to.kind === 'person' ? `p:${to.platformId}` : `${to.chat.direct ? 'p' : 'c'}:${to.chat.id}`

const TOPIC_OF = { transactional: null, service: 'service', marketing: 'news' } as const

/** Whose private chat it goes to. Not every platform gives that chat the person's own id: who asked in it is named beside it. */
function accountBehind({ platform, to, askerId }: Message) {
  const platformId = to.kind === 'person' ? to.platformId : to.chat.direct ? askerId : null
  if (platformId === null) return null
  return sql<string>`(select id from accounts where platform = ${platform} and platform_id = ${platformId})`
}

/** Queues a message; false when its cause has been queued before. Call it in the transaction of what caused it. */
export async function enqueue(app: App, message: Message): Promise<boolean> {
  const now = app.clock.now()
  const { to, reply, locale, askerId } = message
  const inserted = await app.db
    .insertInto('outbox')
    .values({
      bot: message.bot,
      platform: message.platform,
      chat_key: chatKey(to),
      payload: JSON.stringify({ to, reply, locale, askerId }),
      class: message.class,
      state: 'queued',
      reason: null,
      source: message.source,
      nonce: randomCharacters(app.random, NONCE_SIZE),
      attempts: 0,
      not_before: message.notBefore ?? now,
      leased_at: null,
      leased_until: null,
      created_at: now,
      finished_at: null,
      message_id: null,
      member_id: message.memberId ?? null,
      place_id: message.placeId ?? null,
      account_id: message.accountId ?? accountBehind(message),
      message: message.message ?? null,
      period: message.period ?? '',
      variant: message.variant ?? null,
      topic: message.topic ?? TOPIC_OF[message.class],
    })
    .onConflict(conflict => conflict.column('source').doNothing())
    .executeTakeFirst()
  return changed(inserted) > 0
}
