/** Files that people sent, to whoever has a signed link: kept by the browser, never shown by it. */
import type { Context } from 'hono'
import type { App } from '../app.ts'
import type { FileKind } from '../chat/command.ts'
import { isSigned, readStored } from '../features/files/index.ts'
import { asAttachment } from '../lib/content-disposition.ts'
import { MEDIA_TYPES } from '../lib/file-kind.ts'
import { problem } from './problem.ts'

/** Endings that say what a file is; under any other, a page or program could look like the document it was sent as. */
const ENDINGS: Readonly<Record<FileKind, readonly string[]>> = {
  png: ['png'],
  jpeg: ['jpg', 'jpeg'],
  webp: ['webp'],
  gif: ['gif'],
  pdf: ['pdf'],
  text: ['txt', 'md', 'csv', 'json', 'log'],
  zip: ['zip', 'docx', 'xlsx', 'pptx', 'odt', 'ods', 'odp', 'epub'],
}

/** The name with an ending that its kind has: a photo that was drawn anew is no longer the PNG it was sent as. */
export function namedByKind(name: string, kind: FileKind): string {
  const ending = /\.([^.]*)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  const endings = ENDINGS[kind]
  if (endings.includes(ending)) return name
  const another = Object.values(ENDINGS).some(theirs => theirs.includes(ending))
  return `${another ? name.slice(0, -ending.length - 1) : name}.${endings[0]}`
}

/** `GET /files/:id?until=…&signature=…`. What is wrong with a link is not told: strangers learn nothing by trying. */
export async function serveFile(c: Context, app: App): Promise<Response> {
  const id = c.req.param('id') ?? ''
  const until = c.req.query('until') ?? ''
  const signed = /^\d{1,16}$/.test(until) && (await isSigned(app, id, Number(until), c.req.query('signature') ?? ''))
  const file = signed ? await readStored(app, id) : null
  if (!file) return problem(c, 404, 'There is no such file, or the link to it has run out.')
  return c.body(new Uint8Array(file.bytes), 200, {
    'content-type': MEDIA_TYPES[file.kind],
    'content-length': String(file.bytes.byteLength),
    'content-disposition': asAttachment(namedByKind(file.name, file.kind)),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
  })
}
