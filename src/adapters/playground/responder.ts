/** Answers one request in the chat it came from. Made from the stored request alone, so that a restart can answer too. */
import type { Answer, Responder } from '../../chat/port.ts'
import type { Ask } from '../../chat/request.ts'
import { chatOf, MUSTER } from './cast.ts'
import { asDeliveryError, gone } from './errors.ts'
import type { Feed } from './feed.ts'
import { formatReply } from './formatter.ts'
import type { DrawKept } from './pictures.ts'
import type { Room } from './room.ts'

export interface Parts {
  readonly room: Room
  readonly feed: Feed
  readonly pictures: DrawKept
}

export function createResponder({ room, feed, pictures }: Parts, ask: Ask): Responder {
  const chat = chatOf(ask.chat)
  const aloneIn = (visibility: Answer['visibility']) =>
    visibility === 'private' && !ask.chat.direct ? ask.from.platformId : null

  async function answer(answered: Answer): Promise<{ messageId: string }> {
    const { reply, locale, askerId } = answered
    const seenBy = aloneIn(answered.visibility)
    const canDraw = reply.picture !== undefined && (await pictures(reply.picture, locale)) !== null
    const body = formatReply(reply, locale, askerId, canDraw, ask.eventId)
    if (answered.update && ask.kind === 'press') {
      const pressed = await room.read(Number(ask.chat.messageId))
      if (pressed === null) throw gone('the message with the pressed button is no more')
      // What is for one person never takes the place of what everyone reads.
      if (seenBy === null || pressed.seenBy === seenBy) {
        if (!(await room.edit(pressed.id, body))) throw gone('the message with the pressed button is no more')
        return { messageId: String(pressed.id) }
      }
    }
    const { id } = await room.post({ chat, author: MUSTER, seenBy, body, nonce: `answer ${ask.eventId}` })
    return { messageId: String(id) }
  }

  return {
    acknowledge: async visibility => feed.publish('typing', { chat, seenBy: aloneIn(visibility) }),
    answer: async answered => {
      try {
        return await answer(answered)
      } catch (error) {
        throw asDeliveryError(error)
      }
    },
  }
}
