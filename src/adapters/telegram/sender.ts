/** Deliveries of the outbox: one try each. */
import type { Delivery, Sender } from '../../chat/port.ts'
import type { Calls } from './calls.ts'
import type { Drawing } from './drawing.ts'
import { isQuestion } from './formatter.ts'
import { postDue, type Target } from './outgoing.ts'

/** Telegram knows no nonces: a message sent twice is seen twice. */
export function createSender(calls: Calls, draw: Drawing): Sender {
  return {
    platform: 'telegram',
    dedupesByNonce: false,
    limiter: calls.limiter,
    deliver: async ({ to, reply, locale, askerId }) => {
      const target = targetOf(to)
      const { direct } = target
      // A late question may answer a press, and so nobody: no field opens by itself.
      const asks = !direct && isQuestion(reply) ? 'unopened' : undefined
      return { messageId: await postDue(calls, target, await draw({ reply, locale, askerId, direct, asks })) }
    },
  }
}

function targetOf(to: Delivery['to']): Target {
  if (to.kind === 'person') return { chatId: to.platformId, direct: true }
  const { id, direct, threadId, messageId } = to.chat
  return { chatId: id, direct, threadId, replyTo: direct ? undefined : messageId }
}
