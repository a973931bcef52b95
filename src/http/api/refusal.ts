/** A refusal over HTTP: application/problem+json, with the sentence's key as its code, in the asker's language. */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { plainWriter, renderText, type Text } from '../../chat/text.ts'
import { problem } from '../problem.ts'
import type { Env, FieldsRefused } from './route.ts'

// A body of a megabyte can hold more mistakes than anybody reads.
const MAX_ERRORS = 20

export function refusal(
  c: Context<Env>,
  status: ContentfulStatusCode,
  text: Text,
  more: Readonly<Record<string, unknown>> = {},
): Response {
  const locale = c.get('locale')
  c.header('content-language', locale)
  c.header('vary', 'accept-language')
  return problem(c, status, renderText(text, locale, plainWriter), { code: text.key, ...more })
}

/** Every field that was refused, each with a sentence of its own. */
export function refusedFields(c: Context<Env>, { text, fields }: FieldsRefused): Response {
  const errors = fields.slice(0, MAX_ERRORS).map(error => ({
    in: error.in,
    field: error.field,
    code: error.text.key,
    detail: renderText(error.text, c.get('locale'), plainWriter),
  }))
  return refusal(c, 422, text, { errors })
}
