import type { IncomingMessage } from 'node:http'
import type { Json } from './check-shape.ts'
import { type Field, methods } from './spec.ts'

/** An uploaded file of a multipart request. */
export interface Upload {
  readonly filename: string
  readonly contentType: string
  readonly bytes: Buffer
}

export interface RequestBody {
  readonly params: Json
  readonly uploads: ReadonlyMap<string, Upload>
}

export class UnreadableBody extends Error {}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

interface Part {
  name: string
  filename: string | undefined
  contentType: string
  bytes: Buffer
}

function readPart(part: Buffer): Part {
  const split = part.indexOf('\r\n\r\n')
  if (split < 0) throw new UnreadableBody('a multipart part has no header end')
  const header = part.subarray(0, split).toString('utf8')
  const name = /name="?([^";\r\n]*)"?/i.exec(header.replace(/filename=/gi, 'f='))?.[1]
  if (!name) throw new UnreadableBody('a multipart part has no name')
  return {
    name,
    filename: /filename="?([^";\r\n]*)"?/i.exec(header)?.[1],
    contentType: /content-type:\s*([^\r\n;]*)/i.exec(header)?.[1] ?? 'text/plain',
    bytes: part.subarray(split + 4),
  }
}

function splitMultipart(body: Buffer, boundary: string): Part[] {
  const mark = Buffer.from(`--${boundary}`)
  const parts: Part[] = []
  let from = body.indexOf(mark)
  if (from < 0) throw new UnreadableBody('the multipart boundary never appears')
  for (;;) {
    from += mark.length
    if (body.subarray(from, from + 2).toString() === '--') return parts
    const next = body.indexOf(mark, from)
    if (next < 0) throw new UnreadableBody('the multipart body has no closing boundary')
    parts.push(readPart(body.subarray(from + 2, next - 2)))
    from = next
  }
}

// Form fields carry text only: each is read as the type the description gives it, and left as text when it is not that.
function fromText(text: string, field: Field | undefined): unknown {
  const types = field?.types ?? ['String']
  if (types.includes('Integer') && /^-?\d+$/.test(text)) return Number(text)
  if (types.includes('Float') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (types.includes('Boolean') && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  if (types.includes('String') || types.includes('InputFile')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function fromForm(entries: Iterable<[string, string]>, method: string): Json {
  const fields = methods.get(method)?.fields
  return Object.fromEntries([...entries].map(([name, text]) => [name, fromText(text, fields?.get(name))]))
}

function fromMultipart(body: Buffer, boundary: string, method: string): RequestBody {
  const uploads = new Map<string, Upload>()
  const texts: [string, string][] = []
  for (const { name, filename, contentType, bytes } of splitMultipart(body, boundary)) {
    if (filename === undefined) texts.push([name, bytes.toString('utf8')])
    else uploads.set(name, { filename, contentType, bytes: Buffer.from(bytes) })
  }
  const params = fromForm(texts, method)
  // A file may also be posted directly under the parameter's own name.
  for (const name of uploads.keys()) {
    if (methods.get(method)?.fields.has(name)) params[name] ??= `attach://${name}`
  }
  return { params, uploads }
}

/** Reads the parameters of a request: query string, JSON, urlencoded or multipart. */
export async function readBody(request: IncomingMessage, query: URLSearchParams, method: string): Promise<RequestBody> {
  const body = await readAll(request)
  const type = request.headers['content-type'] ?? ''
  const fromQuery = fromForm(query, method)
  if (body.length === 0) return { params: fromQuery, uploads: new Map() }
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(type)?.[1]
  if (boundary) return fromMultipart(body, boundary, method)
  if (/^application\/x-www-form-urlencoded/i.test(type))
    return { params: fromForm(new URLSearchParams(body.toString('utf8')), method), uploads: new Map() }
  if (!/^application\/json/i.test(type)) throw new UnreadableBody(`unsupported content type ${type}`)
  try {
    return { params: { ...fromQuery, ...(JSON.parse(body.toString('utf8')) as Json) }, uploads: new Map() }
  } catch (cause) {
    throw new UnreadableBody("can't parse JSON object", { cause })
  }
}
