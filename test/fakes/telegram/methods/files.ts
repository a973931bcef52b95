import { createHash } from 'node:crypto'
import { BotApiError, type Document, type PhotoSize, StrictBreach } from '../model.ts'
import type { Upload } from '../request-body.ts'
import { type FileContent, keepFile, type World } from '../world.ts'
import { type Method, method } from './context.ts'

const maxPhotoBytes = 10 * 1024 * 1024
const maxFileBytes = 50 * 1024 * 1024
const maxDownloadBytes = 20 * 1024 * 1024
const downloadableMs = 3600_000

/** Width and height of a PNG or JPEG; anything else is no photo. */
function imageSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (bytes.length > 24 && bytes.subarray(1, 4).toString('latin1') === 'PNG')
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined
  // Walk the JPEG segments to the frame header, which holds the size.
  for (let at = 2; at + 9 < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at)
    if (marker >= 0xffc0 && marker <= 0xffc3)
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    if (marker < 0xff01) return undefined
  }
  return undefined
}

function checkPhoto(bytes: Buffer): void {
  if (bytes.length > maxPhotoBytes) throw new StrictBreach('Bad Request: file is too big')
  const size = imageSize(bytes)
  if (!size) throw new StrictBreach('Bad Request: IMAGE_PROCESS_FAILED')
  const { width, height } = size
  if (width + height > 10_000 || Math.max(width, height) > 20 * Math.min(width, height))
    throw new StrictBreach('Bad Request: PHOTO_INVALID_DIMENSIONS')
}

/** The file a parameter names: an upload of this request, or one the platform has already. */
export function incomingFile(
  world: World,
  kind: 'photo' | 'document',
  value: string,
  uploads: ReadonlyMap<string, Upload>,
): FileContent {
  const attached = /^attach:\/\/(.+)$/.exec(value)?.[1]
  if (attached !== undefined) {
    const upload = uploads.get(attached)
    if (!upload) throw new StrictBreach(`Bad Request: there is no ${kind} in the request`)
    if (upload.bytes.length === 0) throw new StrictBreach('Bad Request: file must be non-empty')
    if (upload.bytes.length > maxFileBytes) throw new BotApiError(413, 'Request Entity Too Large')
    if (kind === 'photo') checkPhoto(upload.bytes)
    return keepFile(world, kind, upload.filename, upload.bytes)
  }
  if (/^https?:/.test(value)) throw new StrictBreach('sending a file by URL is not simulated', 501)
  const known = world.files.get(value)
  if (!known) throw new BotApiError(400, 'Bad Request: wrong file identifier/HTTP URL specified')
  return known
}

export function identity(file: FileContent) {
  return {
    file_id: file.fileId,
    file_unique_id: `AQAD${createHash('sha1').update(file.bytes).digest('base64url').slice(0, 11)}`,
    file_size: file.bytes.length,
  }
}

/** A photo in two sizes, the smaller first, each with an id of its own. What a phone sends is a photo whatever its bytes are. */
export function photoOf(world: World, file: FileContent): PhotoSize[] {
  const { width, height } = imageSize(file.bytes) ?? { width: 2, height: 2 }
  const small = keepFile(world, 'photo', file.name, file.bytes.subarray(0, Math.ceil(file.bytes.length / 2)))
  const half = (side: number) => Math.max(1, Math.floor(side / 2))
  return [
    { ...identity(small), width: half(width), height: half(height) },
    { ...identity(file), width, height },
  ]
}

const mimeTypes: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  pdf: 'application/pdf',
  csv: 'text/csv',
  json: 'application/json',
  txt: 'text/plain',
}

export const documentOf = (file: FileContent): Document => ({
  ...identity(file),
  file_name: file.name,
  mime_type: mimeTypes[file.name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
})

export const files: Record<string, Method> = {
  getFile: method<{ file_id: string }>(({ context, params }) => {
    const file = context.world.files.get(params.file_id)
    if (!file) throw new BotApiError(400, 'Bad Request: invalid file_id')
    if (file.bytes.length > maxDownloadBytes) throw new BotApiError(400, 'Bad Request: file is too big')
    context.world.downloads.set(file.path, context.world.now() + downloadableMs)
    return { ...identity(file), file_path: file.path }
  }),
}
