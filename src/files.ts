/** Files that come with a request: fetched from the platform, told by their bytes, photos drawn anew, written to the folder. */
import { createHash } from 'node:crypto'
import type { App } from './app.ts'
import type { SentFile } from './chat/arguments.ts'
import { type Arg, PHOTOS } from './chat/command.ts'
import { DeliveryError, type Responder } from './chat/port.ts'
import { list, type Text, t } from './chat/text.ts'
import { type Aside, moduleAt } from './db/worker.ts'
import type { WrittenFile } from './features/files/index.ts'
import { fileKind } from './lib/file-kind.ts'

/** A photo as it will be kept; null where it cannot be drawn. */
export type Redraw = (bytes: Uint8Array) => Promise<Uint8Array | null>

const photos = moduleAt<typeof import('./lib/picture/photo.ts')>(new URL('./lib/picture/photo.ts', import.meta.url))

/** Draws photos in the thread beside the main one. */
export const redrawAside =
  (aside: Aside): Redraw =>
  bytes =>
    aside.run(photos, 'redraw', { bytes })

type Attachment = Extract<Arg, { kind: 'attachment' }>
export type TakeFile = (
  name: string,
  arg: Attachment,
  sent: SentFile,
  responder: Pick<Responder, 'fetch'> | null,
) => Promise<{ readonly written: WrittenFile } | { readonly why: Text }>

const MEGABYTE = 1024 * 1024

/** Reads files by what their bytes say. A platform that cannot hand one over is told to the person, who may send it again. */
export function createFileIntake(app: App, redraw: Redraw): TakeFile {
  const isPhoto = (kind: string): boolean => PHOTOS.some(photo => photo === kind)
  return async (name, arg, sent, responder) => {
    let bytes: Uint8Array
    try {
      if (!responder) throw new DeliveryError('gone', 'there is nothing left to fetch through')
      bytes = await responder.fetch(sent, arg.maxBytes)
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      app.log.warn({ err: error, size: sent.size }, 'a file that was sent could not be fetched')
      return { why: t('refusal.arg.attachment.lost', { arg: name }) }
    }
    if (bytes.length > arg.maxBytes) {
      const limit = Math.floor(arg.maxBytes / MEGABYTE)
      return {
        why: t('refusal.arg.attachment.big', { arg: name, limit, size: Math.ceil(bytes.length / MEGABYTE) }),
      }
    }
    const kind = fileKind(bytes)
    const wrong = { why: t('refusal.arg.attachment.kind', { arg: name, kinds: list(arg.accepts) }) }
    if (kind === null || !arg.accepts.includes(kind)) return wrong
    let kept: Uint8Array | null = bytes
    try {
      if (isPhoto(kind)) kept = await redraw(bytes)
    } catch (error) {
      // Drawing died of it, or took too long: whoever sent it is told, or the request would kill again after each restart.
      app.log.warn({ err: error, kind, size: bytes.length }, 'a photo that was sent could not be drawn')
      return { why: t('refusal.arg.attachment.undrawn', { arg: name }) }
    }
    if (!kept) return wrong
    return {
      written: {
        path: await app.files.put(kept),
        name: sent.name,
        kind: isPhoto(kind) ? 'jpeg' : kind,
        bytes: kept.length,
        sha256: createHash('sha256').update(kept).digest('hex'),
      },
    }
  }
}
