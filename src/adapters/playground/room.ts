/** The playground's messages: rows first, then news for the open pages. */
import { type App, grouped } from '../../app.ts'
import { fingerprint } from '../../lib/ids.ts'
import type { Chat } from './cast.ts'
import type { Feed } from './feed.ts'
import type { Body } from './formatter.ts'
import { HISTORY } from './limits.ts'

export interface Message {
  readonly id: number
  readonly chat: Chat
  readonly author: string
  /** The one person who sees it; null for everyone in the chat. */
  readonly seenBy: string | null
  readonly at: number
  readonly body: Body
}

export interface Room {
  /** Stores and shows a message; one sent before under this nonce is found again and not shown twice. Resolves after COMMIT. */
  post(message: Omit<Message, 'id' | 'at'> & { nonce: string }): Promise<{ id: number; fresh: boolean }>
  /** Replaces what a message shows; false when there is no such message. */
  edit(id: number, body: Body): Promise<boolean>
  read(id: number): Promise<Message | null>
  /** The latest messages of a chat, oldest first. */
  latest(chat: Chat): Promise<Message[]>
  /** The latest messages that show a form, or have shown one, oldest first. */
  forms(): Promise<Message[]>
}

const columns = ['id', 'chat', 'author', 'seen_by', 'at', 'body'] as const
interface StoredMessage {
  id: number
  chat: string
  author: string
  seen_by: string | null
  at: number
  body: string
}
const messageOf = ({ seen_by, chat, body, ...row }: StoredMessage): Message => ({
  ...row,
  chat: chat as Chat,
  seenBy: seen_by,
  body: JSON.parse(body),
})

export function createRoom(app: App, feed: Feed): Room {
  return {
    post: async ({ chat, author, seenBy, body, nonce }) => {
      const at = app.clock.now()
      const { id, fresh } = await grouped(app, async inner => {
        const row = await inner.db
          .insertInto('playground_messages')
          .values({ chat, author, seen_by: seenBy, body: JSON.stringify(body), at, nonce })
          .onConflict(conflict => conflict.column('nonce').doNothing())
          .returning('id')
          .executeTakeFirst()
        if (row) return { id: row.id, fresh: true }
        const before = inner.db.selectFrom('playground_messages').select('id').where('nonce', '=', nonce)
        return { id: (await before.executeTakeFirstOrThrow()).id, fresh: false }
      })
      if (fresh) feed.publish('message', toWire({ id, chat, author, seenBy, at, body }))
      return { id, fresh }
    },
    edit: async (id, body) => {
      const row = await grouped(app, inner =>
        inner.db
          .updateTable('playground_messages')
          .set({ body: JSON.stringify(body) })
          .where('id', '=', id)
          .returning(columns)
          .executeTakeFirst(),
      )
      if (row) feed.publish('message', toWire(messageOf(row)))
      return row !== undefined
    },
    read: async id => {
      const row = await app.db.selectFrom('playground_messages').select(columns).where('id', '=', id).executeTakeFirst()
      return row ? messageOf(row) : null
    },
    latest: async chat => {
      const rows = await app.db
        .selectFrom('playground_messages')
        .select(columns)
        .where('chat', '=', chat)
        .orderBy('id', 'desc')
        .limit(HISTORY)
        .execute()
      return rows.reverse().map(messageOf)
    },
    forms: async () => {
      const rows = await app.db
        .selectFrom('playground_messages')
        .select(columns)
        .where('body', 'like', '%"form":{%')
        .orderBy('id', 'desc')
        .limit(HISTORY)
        .execute()
      return rows.reverse().map(messageOf)
    },
  }
}

/** A message as pages get it: a picture by its address, which changes with what it shows, and a document by its own. */
export function toWire({ body: { picture, document, ...body }, ...message }: Message): object {
  const version = picture && fingerprint(JSON.stringify(picture), 12)
  return {
    ...message,
    body: {
      ...body,
      ...(document && { document: { name: document.spec.name, href: `/playground/document/${message.id}` } }),
      ...(picture && {
        picture: {
          alt: picture.alt,
          src: `/playground/picture/${message.id}?v=${version}`,
          photo: picture.spec.kind === 'photo',
        },
      }),
    },
  }
}
