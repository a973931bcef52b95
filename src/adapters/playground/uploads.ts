/** Files that a page sends along: they wait in the files folder, without a row, until dispatch has taken what it needs of them. */
import type { App } from '../../app.ts'
import type { SentFile } from '../../chat/arguments.ts'
import type { Ask, RawArg } from '../../chat/request.ts'
import { gone, rejected } from './errors.ts'
import { MAX_FILE_NAME } from './limits.ts'

/** Keeps a file for its request. Only this makes references, so that nobody can name a file that is not theirs. */
export async function keepUpload(app: App, file: File): Promise<SentFile> {
  return {
    kind: 'file',
    name: [...file.name].slice(0, MAX_FILE_NAME).join(''),
    type: file.type.slice(0, MAX_FILE_NAME),
    size: file.size,
    reference: await app.files.put(new Uint8Array(await file.arrayBuffer())),
  }
}

/** The bytes of a file that came with a request; DeliveryError where they are no more, or too many. */
export async function fetchUpload(app: App, file: SentFile, maxBytes: number): Promise<Uint8Array> {
  const bytes = await app.files.get(file.reference)
  if (!bytes) throw gone('the file of a request is no longer in the folder')
  if (bytes.length > maxBytes) throw rejected(`a file of ${bytes.length} bytes came where ${maxBytes} may`)
  return bytes
}

/** Removes what came with a request that is answered: what was needed of it has been written anew. The sweep takes what is left behind. */
export async function dropUploads(app: App, ask: Ask): Promise<void> {
  for (const file of filesOf(ask)) await app.files.drop(file.reference)
}

function filesOf(ask: Ask): SentFile[] {
  const raw: Array<RawArg | undefined> =
    ask.kind === 'form' ? Object.values(ask.values) : ask.kind === 'line' ? [ask.file] : []
  return raw.filter(value => typeof value === 'object' && value.kind === 'file')
}
