/** Files that people sent: asked for by their id, then read from where the platform keeps them, never more than asked for. */
import type { Responder } from '../../chat/port.ts'
import type { Calls } from './calls.ts'
import { fileRefused, fileTooBig, fileUnreachable } from './errors.ts'
import { DOWNLOAD_MAX, DOWNLOAD_MS } from './limits.ts'

export interface FetchParts {
  readonly token: string
  readonly apiRoot: string
  readonly calls: Calls
  /** How long a download may take. */
  readonly patienceMs?: number
}

/** Reads a file of at most `maxBytes` (and 20 MB, the platform's own limit); throws DeliveryError only. */
export function createFetch({ token, apiRoot, calls, patienceMs = DOWNLOAD_MS }: FetchParts): Responder['fetch'] {
  return async ({ reference, size }, maxBytes) => {
    const most = Math.min(maxBytes, DOWNLOAD_MAX)
    if (size > most) throw fileTooBig(most)
    calls.limiter.count('files', false)
    const { file_path: path, file_size: told = 0 } = await calls.call(api => api.getFile({ file_id: reference }))
    if (told > most) throw fileTooBig(most)
    if (path === undefined) throw fileRefused(404, null)
    try {
      const address = `${apiRoot}/file/bot${token}/${path.split('/').map(encodeURIComponent).join('/')}`
      // The address is as good as the token: nobody else may be asked for it.
      const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(patienceMs) })
      if (!response.ok || !response.body) {
        await response.body?.cancel()
        throw fileRefused(response.status, response.headers.get('retry-after'))
      }
      return await atMost(response.body, most)
    } catch (error) {
      throw fileUnreachable(error)
    }
  }
}

/** All of it, counted as it comes: what was told about its size proves nothing. */
async function atMost(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  // Leaving the loop early ends the download.
  for await (const part of body) {
    size += part.length
    if (size > maxBytes) throw fileTooBig(maxBytes)
    parts.push(part)
  }
  return Buffer.concat(parts, size)
}
