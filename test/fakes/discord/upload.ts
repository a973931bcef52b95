/** Request bodies: JSON, or multipart with payload_json and files[n]. */
import type { IncomingMessage } from 'node:http'
import { refuse } from './errors.ts'
import { isObject, type Json } from './schema.ts'
import type { FileState } from './state.ts'

/** All bytes of a request. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts)
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    throw refuse(50109, 'the body is not JSON')
  }
}

/** The JSON part and the files; a file's id is its number until it is stored. */
export async function parseBody(contentType: string, bytes: Buffer): Promise<{ body: Json; files: FileState[] }> {
  if (bytes.byteLength === 0) return { body: null, files: [] }
  if (!contentType.startsWith('multipart/form-data')) return { body: parseJson(bytes.toString('utf8')), files: [] }
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData()
  const payload = form.get('payload_json')
  const body = typeof payload === 'string' ? parseJson(payload) : {}
  const files: FileState[] = []
  for (const [name, part] of form) {
    const number = /^files\[(\d+)\]$/.exec(name)?.[1]
    if (number === undefined || typeof part === 'string') continue
    files.push({
      id: number,
      name: part.name,
      contentType: part.type || 'application/octet-stream',
      bytes: new Uint8Array(await part.arrayBuffer()),
      description: describedAs(body, number),
    })
  }
  return { body, files }
}

function describedAs(body: Json, number: string): string | null {
  const listed = isObject(body) && Array.isArray(body.attachments) ? body.attachments : []
  const entry = listed.filter(isObject).find(one => String(one.id) === number)
  return typeof entry?.description === 'string' ? entry.description : null
}
