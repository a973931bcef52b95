/** Answers one request in the chat it came from. Made from the stored request alone, so that a restart can answer too. */
import type { App } from '../../app.ts'
import type { Registry } from '../../chat/command.ts'
import type { Answer, Responder } from '../../chat/port.ts'
import type { Ask } from '../../chat/request.ts'
import type { Cards } from './cards.ts'
import { chatOf, MUSTER } from './cast.ts'
import { asDeliveryError, gone } from './errors.ts'
import type { Feed } from './feed.ts'
import { type BodyForm, formatForm } from './form.ts'
import { formatReply, formBody } from './formatter.ts'
import type { DrawKept } from './pictures.ts'
import type { Room } from './room.ts'
import { fetchUpload } from './uploads.ts'

export interface Parts {
  readonly app: App
  readonly registry: Registry
  readonly room: Room
  readonly feed: Feed
  readonly pictures: DrawKept
  readonly cards: Cards
}

export function createResponder({ app, registry, room, feed, pictures, cards }: Parts, ask: Ask): Responder {
  const chat = chatOf(ask.chat)
  const aloneIn = (visibility: Answer['visibility']) =>
    visibility === 'private' && !ask.chat.direct ? ask.from.platformId : null

  async function answer(answered: Answer): Promise<{ messageId: string }> {
    const { reply, locale, askerId, form } = answered
    if (form) return showForm(formatForm(form, registry, answered))
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

  /** Whatever its answer will be, what somebody is still writing is theirs alone. */
  async function showForm(form: BodyForm): Promise<{ messageId: string }> {
    const body = formBody(form, ask.eventId)
    const { id } = await room.post({
      chat,
      author: MUSTER,
      seenBy: aloneIn('private'),
      body,
      nonce: `answer ${ask.eventId}`,
    })
    await cards.shown(id, form)
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
    fetch: (file, maxBytes) => fetchUpload(app, file, maxBytes),
  }
}
