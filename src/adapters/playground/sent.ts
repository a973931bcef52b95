/** What a page sends: JSON, or the parts of a form where files come along. */
import type { Context } from 'hono'

export interface Sent {
  readonly words: Readonly<Record<string, unknown>>
  readonly files: Readonly<Record<string, File>>
}

/** Reads a body; one that cannot be read has no words. */
export async function readSent(c: Context): Promise<Sent> {
  if (!isMultipart(c)) return { words: await jsonBody(c), files: {} }
  const words: Record<string, unknown> = {}
  const files: Record<string, File> = {}
  const parts = await c.req.formData().catch(() => null)
  for (const [name, value] of parts ?? []) {
    if (typeof value === 'string') words[name] = value
    // A field for files that nobody chose one in.
    else if (value.name !== '' || value.size > 0) files[name] = value
  }
  return { words, files }
}

export const isMultipart = (c: Context): boolean =>
  /^multipart\/form-data\s*;/i.test(c.req.header('content-type') ?? '')

/** A JSON object; anything else reads as one without fields. */
async function jsonBody(c: Context): Promise<Record<string, unknown>> {
  const value: unknown = await c.req.json().catch(() => null)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
