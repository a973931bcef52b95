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
  const drawn: (...what: [...Parameters<DrawKept>, failed?: () => void]) => Promise<Uint8Array | null> = (
    picture,
    locale,
    failed = () => {},
  ) =>
    draw(picture, locale).catch((error: unknown) => {
      app.log.warn({ err: error, picture: picture.kind }, 'a picture could not be drawn; its description is shown')
      failed()
      return null
    })
  return (picture, locale) => {
    // Read anew each time: one that is deleted must not be shown any longer.
    if (picture.kind === 'photo') return drawn(picture, locale)
    const key = `${locale} ${JSON.stringify(picture)}`
    const known = kept.get(key)
    if (known) return known
    const drawing = drawn(picture, locale, () => kept.delete(key))
    kept.set(key, drawing)
    if (kept.size > KEPT_PICTURES) kept.delete(kept.keys().next().value ?? '')
    return drawing
  }
}
