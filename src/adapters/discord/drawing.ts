/** Draws answers with what goes with them: pictures, documents, forms. What cannot be made leaves its words. */
import type { APIModalInteractionResponseCallbackData } from 'discord.js'
import type { App } from '../../app.ts'
import type { Registry } from '../../chat/command.ts'
import type { Answer, DrawPicture, WriteDocument } from '../../chat/port.ts'
import type { Document, Picture } from '../../chat/reply.ts'
import { t } from '../../chat/text.ts'
import type { Locale } from '../../lib/locale.ts'
import { undrawable } from './errors.ts'
import { type Enclosed, formatReply } from './formatter.ts'
import { drawForm } from './forms.ts'
import { MAX_UPLOAD } from './limits.ts'
import type { DrawMessage } from './sender.ts'

export interface DrawingParts {
  readonly app: App
  readonly draw: DrawPicture
  readonly write: WriteDocument
}

export interface Drawing {
  readonly draw: DrawMessage
  drawForm(form: NonNullable<Answer['form']>, answer: Pick<Answer, 'locale'>): APIModalInteractionResponseCallbackData
}

/** Both throw DeliveryError only. */
export function createDrawing({ app, draw, write }: DrawingParts, registry: Registry): Drawing {
  const pictureOf = async (picture: Picture, locale: Locale): Promise<Enclosed['picture']> => {
    try {
      return await draw(picture, locale)
    } catch (err) {
      app.log.warn({ err }, 'a picture could not be drawn; its words are sent')
      return null
    }
  }

  const documentOf = async (document: Document, locale: Locale): Promise<Enclosed['document']> => {
    try {
      const { bytes, type } = await write(document, locale)
      if (bytes.length > MAX_UPLOAD) throw new RangeError(`${bytes.length} bytes; Discord takes ${MAX_UPLOAD}`)
      return { name: document.name, type, bytes }
    } catch (err) {
      app.log.error({ err, document: document.kind }, 'a document could not be written; the words are sent without it')
      return null
    }
  }

  return {
    draw: async ({ reply, locale, askerId }) => {
      const picture = reply.picture ? await pictureOf(reply.picture, locale) : null
      const document = reply.document ? await documentOf(reply.document, locale) : null
      try {
        const lost = reply.document && !document
        const said = lost ? { ...reply, lines: [...reply.lines, t('document.failed')] } : reply
        return formatReply(said, locale, askerId, { picture, document })
      } catch (error) {
        throw undrawable(error)
      }
    },
    drawForm: (form, { locale }) => {
      try {
        const node = registry.find(form.command.split(' '))?.node
        if (node?.kind !== 'leaf') throw new RangeError(`there is no /${form.command} to ask for`)
        return drawForm(form, node, locale)
      } catch (error) {
        throw undrawable(error)
      }
    },
  }
}
