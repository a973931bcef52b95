/** Deliveries of the outbox: one try each. */
import type { Delivery, DrawPicture, Sender } from '../../chat/port.ts'
import type { Calls } from './calls.ts'
import { deliveryError } from './errors.ts'
import { type Payload, payloads } from './formatter.ts'
import { postDue, type Target } from './outgoing.ts'

/** Telegram knows no nonces: a message sent twice is seen twice. */
export function createSender(calls: Calls, draw: DrawPicture): Sender {
  return {
    platform: 'telegram',
    dedupesByNonce: false,
    limiter: calls.limiter,
    deliver: async delivery => {
      let messages: Payload[]
      try {
        messages = await payloads(delivery, draw)
      } catch (error) {
        throw deliveryError(error)
      }
      return { messageId: await postDue(calls, targetOf(delivery.to), messages) }
    },
  }
}

function targetOf(to: Delivery['to']): Target {
  if (to.kind === 'person') return { chatId: to.platformId, direct: true }
  const { id, direct, threadId, messageId } = to.chat
  return { chatId: id, direct, threadId, replyTo: direct ? undefined : messageId }
}
