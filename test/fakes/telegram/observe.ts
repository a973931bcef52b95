import { isService } from './deliver.ts'
import type { Chat, Entity, Message, User } from './model.ts'
import type { ChatState, StoredMessage } from './world.ts'

/** A message as a person in the chat sees it. */
export interface SeenMessage {
  readonly message_id: number
  readonly chat: Chat
  readonly from: User | Chat | undefined
  readonly date: number
  /** Text or caption, without markup. */
  readonly text: string
  readonly entities: readonly { type: string; text: string; url?: string; user?: User }[]
  readonly keyboard: readonly (readonly { text: string; data?: string; url?: string }[])[]
  readonly forceReply: { selective: boolean; placeholder: string | undefined } | undefined
  readonly replyTo: number | undefined
  readonly topic: number | undefined
  readonly photo: Buffer | undefined
  readonly document: { name: string; bytes: Buffer } | undefined
  readonly reactions: readonly { by: number; emoji: unknown }[]
  readonly service: boolean
  readonly edited: boolean
  readonly deleted: boolean
}

function seenEntities(text: string, entities: readonly Entity[]): SeenMessage['entities'] {
  return entities.map(({ type, offset, length, url, user }) => ({
    type,
    text: text.slice(offset, offset + length),
    ...(url !== undefined && { url }),
    ...(user && { user }),
  }))
}

function seenKeyboard(message: Message): SeenMessage['keyboard'] {
  return (message.reply_markup?.inline_keyboard ?? []).map(row =>
    row.map(({ text, callback_data, url }) => ({
      text,
      ...(callback_data !== undefined && { data: callback_data }),
      ...(url !== undefined && { url }),
    })),
  )
}

function seen({ message, markup, file, edited, deleted, reactions }: StoredMessage): SeenMessage {
  const text = message.text ?? message.caption ?? ''
  return {
    message_id: message.message_id,
    chat: message.chat,
    from: message.sender_chat ?? message.from,
    date: message.date,
    text,
    entities: seenEntities(text, message.entities ?? message.caption_entities ?? []),
    keyboard: seenKeyboard(message),
    forceReply: markup?.force_reply
      ? { selective: markup.selective ?? false, placeholder: markup.input_field_placeholder }
      : undefined,
    replyTo: message.reply_to_message?.message_id,
    topic: message.message_thread_id,
    photo: message.photo ? file?.bytes : undefined,
    document: message.document && file ? { name: file.name, bytes: file.bytes } : undefined,
    reactions: [...reactions].flatMap(([by, list]) => list.map(({ emoji }) => ({ by, emoji }))),
    service: isService(message),
    edited,
    deleted,
  }
}

export const seenIn = (state: ChatState): SeenMessage[] => [...state.messages.values()].map(seen)

export interface Waiting {
  /** Resolves as soon as `look` returns something; rejects with `describe()` after `withinMs` (default 5000). */
  until<T>(look: () => T | undefined, describe: () => string, withinMs?: number): Promise<T>
  /** Something may have changed: look again. */
  changed(): void
  close(): void
}

export function createWaiting(): Waiting {
  const waiters = new Set<{ check: () => void; fail: (error: Error) => void }>()
  return {
    until<T>(look: () => T | undefined, describe: () => string, withinMs = 5000) {
      const found = look()
      if (found !== undefined) return Promise.resolve(found)
      return new Promise<T>((resolve, reject) => {
        const end = (finish: () => void) => {
          clearTimeout(timer)
          waiters.delete(waiter)
          finish()
        }
        const waiter = {
          check: () => {
            const value = look()
            if (value !== undefined) end(() => resolve(value))
          },
          fail: (error: Error) => end(() => reject(error)),
        }
        const timer = setTimeout(() => waiter.fail(new Error(`not within ${withinMs} ms: ${describe()}`)), withinMs)
        waiters.add(waiter)
      })
    },
    changed: () => {
      for (const waiter of [...waiters]) waiter.check()
    },
    close: () => {
      for (const waiter of [...waiters]) waiter.fail(new Error('the fake Telegram was closed while a test waited'))
    },
  }
}
