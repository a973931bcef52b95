/** The forms that stand in conversations: each is folded once nothing can be handed in with it any more. */
import type { App } from '../../app.ts'
import { formById } from '../../features/forms/index.ts'
import type { BodyForm } from './form.ts'
import type { Room } from './room.ts'

export interface Cards {
  /** Remembers the card of a form; one that shows the same form further up is folded. */
  shown(messageId: number, form: Pick<BodyForm, 'id'>): Promise<void>
  /** The card of a message is being handed in; the function that is returned says that this is over. */
  handing(messageId: number): () => void
  /** Folds the cards whose forms no longer wait. */
  look(): Promise<void>
}

/** Finds the cards that a former process left open. */
export async function openCards(app: App, room: Room): Promise<Cards> {
  /** Form ids by message. At most one form waits for each person and chat, so these stay few. */
  const open = new Map<number, string>()
  for (const { id, body } of await room.forms()) if (body.form && !body.form.over) open.set(id, body.form.id)

  const inHand = new Set<number>()

  async function fold(messageId: number, over: NonNullable<BodyForm['over']>): Promise<void> {
    open.delete(messageId)
    const message = await room.read(messageId)
    // A cancelled one says so already.
    if (!message?.body.form || message.body.form.over) return
    await room.edit(messageId, { ...message.body, form: { ...message.body.form, over } })
  }

  return {
    shown: async (messageId, { id }) => {
      for (const [other, form] of [...open]) if (form === id && other !== messageId) await fold(other, 'continued')
      open.set(messageId, id)
    },
    handing: messageId => {
      inHand.add(messageId)
      return () => inHand.delete(messageId)
    },
    look: async () => {
      for (const [messageId, id] of [...open]) {
        if ((await formById(app, id))?.open) continue
        await fold(messageId, inHand.has(messageId) ? 'handed' : 'closed')
      }
    },
  }
}
