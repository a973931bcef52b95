/** Pictures of messages, drawn when first needed and kept for a while. */
import type { App } from '../../app.ts'
import type { DrawPicture } from '../../chat/port.ts'
import type { Picture } from '../../chat/reply.ts'
import type { Locale } from '../../lib/locale.ts'
import { KEPT_PICTURES } from './limits.ts'

/** The PNG of a picture, or null where it cannot be drawn: then the words must do. Never throws. */
export type DrawKept = (picture: Picture, locale: Locale) => Promise<Uint8Array | null>

export function createPictures(app: App, draw: DrawPicture): DrawKept {
  const kept = new Map<string, Promise<Uint8Array | null>>()
  return (picture, locale) => {
    const key = `${locale} ${JSON.stringify(picture)}`
    const known = kept.get(key)
    if (known) return known
    const drawing = draw(picture, locale).catch((error: unknown) => {
      app.log.warn({ err: error, picture: picture.kind }, 'a picture could not be drawn; its description is shown')
      kept.delete(key)
      return null
    })
    kept.set(key, drawing)
    if (kept.size > KEPT_PICTURES) kept.delete(kept.keys().next().value ?? '')
    return drawing
  }
}
