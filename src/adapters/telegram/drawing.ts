/** Draws replies with what goes with them: pictures, documents. What cannot be made leaves its words. */
import type { App } from '../../app.ts'
import type { DrawPicture, WriteDocument } from '../../chat/port.ts'
import type { Document, Picture, Reply } from '../../chat/reply.ts'
import { t } from '../../chat/text.ts'
import type { Locale } from '../../lib/locale.ts'
import { deliveryError } from './errors.ts'
import { type Asking, type Media, type Payload, payloads } from './formatter.ts'
import { UPLOAD_MAX } from './limits.ts'

export interface DrawingParts {
  readonly app: App
  readonly draw: DrawPicture
  readonly write: WriteDocument
}

/** What is drawn, and for what kind of chat. */
export interface Drawable {
  readonly reply: Reply
  readonly locale: Locale
  readonly askerId: string
  /** Whether it is sent to a private chat: documents go nowhere else. */
  readonly direct: boolean
  /** How a question is answered in a chat where others talk too. */
  readonly asks?: Asking | undefined
}

/** The messages of a reply, in their order; throws DeliveryError only. */
export type Drawing = (drawable: Drawable) => Promise<Payload[]>

export function createDrawing({ app, draw, write }: DrawingParts): Drawing {
  async function pictureOf(picture: Picture, locale: Locale): Promise<Media | null> {
    try {
      const bytes = await draw(picture, locale)
      return bytes && { kind: 'photo', name: picture.kind === 'photo' ? 'photo.jpg' : 'picture.png', bytes }
    } catch (err) {
      app.log.error({ err, picture: picture.kind }, 'a picture could not be drawn; its words stand in')
      return null
    }
  }

  async function documentOf(document: Document, locale: Locale, direct: boolean): Promise<Media | null> {
    try {
      if (!direct) throw new RangeError('a document is sent to a private chat alone')
      const { bytes } = await write(document, locale)
      if (bytes.length > UPLOAD_MAX) throw new RangeError(`${bytes.length} bytes; Telegram takes ${UPLOAD_MAX}`)
      return { kind: 'document', name: document.name, bytes }
    } catch (err) {
      app.log.error({ err, document: document.kind }, 'a document could not be written; the words are sent without it')
      return null
    }
  }

  return async ({ reply, locale, askerId, direct, asks }) => {
    const picture = reply.picture ? await pictureOf(reply.picture, locale) : null
    const document = reply.document ? await documentOf(reply.document, locale, direct) : null
    try {
      const lost = reply.document && direct && !document
      const said = lost ? { ...reply, lines: [...reply.lines, t('document.failed')] } : reply
      return payloads({ reply: said, locale, askerId, asks }, { picture, document })
    } catch (error) {
      // A reply that cannot be drawn is refused like one that the platform refuses.
      throw deliveryError(error)
    }
  }
}
