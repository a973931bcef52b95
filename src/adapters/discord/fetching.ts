/** Files that came with an interaction: read from where Discord keeps them, never more than asked for. */
import type { SentFile } from '../../chat/arguments.ts'
import { fileRefused, fileTooBig, fileUnreachable } from './errors.ts'
import { FETCH_MS } from './limits.ts'

/** Reads a file of at most `maxBytes`; throws DeliveryError only. */
export type Fetch = (file: SentFile, maxBytes: number) => Promise<Uint8Array>

/** Addresses are https; where the API itself is a stand-in on this machine, its files are there too. */
export function createFetch(apiUrl: string): Fetch {
  const api = new URL(apiUrl)
  const near = api.protocol === 'http:' && isLoopback(api.hostname) ? api.origin : null
  const allowed = (address: string): boolean => {
    if (!URL.canParse(address)) return false
    const { protocol, origin } = new URL(address)
    return protocol === 'https:' || origin === near
  }
  return async ({ reference }, maxBytes) => {
    const patience = AbortSignal.timeout(FETCH_MS)
    try {
      if (!allowed(reference)) throw new Error('the address of a file is not https')
      // A way elsewhere would lead around the rule above.
      const response = await fetch(reference, { redirect: 'error', signal: patience })
      if (!response.ok || !response.body) {
        await response.body?.cancel()
        throw fileRefused(response.status)
      }
      return await atMost(response.body, maxBytes)
    } catch (error) {
      throw fileUnreachable(error)
    }
  }
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\.[\d.]+$/.test(host)

/** All of it, counted as it comes: what a server says about its size proves nothing. */
async function atMost(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  // Leaving the loop early ends the download.
  for await (const part of body) {
    size += part.length
    if (size > maxBytes) throw fileTooBig()
    parts.push(part)
  }
  return Buffer.concat(parts, size)
}
