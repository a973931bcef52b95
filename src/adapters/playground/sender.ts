/** Deliveries of the outbox: messages of their own, each shown once however often it is sent. */
import type { Delivery, Sender } from '../../chat/port.ts'
import { createLimiter } from '../../lib/limiter.ts'
import { chatOf, MUSTER, type World } from './cast.ts'
import { asDeliveryError, gone } from './errors.ts'
import { formatReply } from './formatter.ts'
import { PACE } from './limits.ts'
import type { Parts } from './responder.ts'

export function createSender({ room, pictures }: Pick<Parts, 'room' | 'pictures'>, world: World): Sender {
  async function deliver({ to, reply, locale, askerId, nonce }: Delivery): Promise<{ messageId: string }> {
    const chat = to.kind === 'person' ? chatOf({ direct: true, id: to.platformId }) : chatOf(to.chat)
    const reader = to.kind === 'person' ? to.platformId : to.chat.direct ? to.chat.id : null
    if (reader !== null && !world.people.has(reader)) throw gone(`nobody called "${reader}" lives in this playground`)
    if (reader === null && to.kind === 'chat' && to.chat.id !== world.group.platformId)
      throw gone(`there is no group "${to.chat.id}" in this playground`)
    const canDraw = reply.picture !== undefined && (await pictures(reply.picture, locale)) !== null
    const body = formatReply(reply, locale, askerId, canDraw)
    const { id } = await room.post({ chat, author: MUSTER, seenBy: null, body, nonce: `delivery ${nonce}` })
    return { messageId: String(id) }
  }

  return {
    platform: 'playground',
    // The nonce is a unique column: not within two minutes only, but for good.
    dedupesByNonce: true,
    // Real time: the playground's own clock jumps.
    limiter: createLimiter(PACE, Date.now),
    deliver: async delivery => {
      try {
        return await deliver(delivery)
      } catch (error) {
        throw asDeliveryError(error)
      }
    },
  }
}
