/** What somebody sent to a route: read, checked, and everything that is wrong with it said at once. */
import type { z } from '@hono/zod-openapi'
import { list, type Text, t } from '../../chat/text.ts'
import { catalogues, type Key } from '../../messages/index.ts'
import { type FieldError, FieldsRefused, type Route } from './route.ts'

/** As it came in, by where it came in. */
export interface Sent {
  readonly path: unknown
  readonly query: unknown
  readonly body: unknown
}

interface Read {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

/** Checks all three against what the route declares; throws a FieldsRefused with every field that cannot be so. */
export function readInput(route: Route, sent: Sent): Read {
  const errors: FieldError[] = []
  const check = (where: keyof Sent, schema: z.ZodType | undefined): unknown => {
    if (!schema) return undefined
    const parsed = schema.safeParse(sent[where])
    if (parsed.success) return parsed.data
    for (const issue of parsed.error.issues) errors.push(...fieldErrors(where, issue, sent[where]))
    return undefined
  }
  const read = {
    params: check('path', route.params),
    query: check('query', route.query),
    body: check('body', route.body),
  }
  if (errors.length > 0) throw new FieldsRefused(errors)
  return read
}

const SHOWN = 40
const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
  return [...text].slice(0, SHOWN).join('')
}

function fieldErrors(where: FieldError['in'], issue: z.core.$ZodIssue, sent: unknown): FieldError[] {
  const field = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({
      in: where,
      field: [...issue.path.map(String), key].join('.'),
      text: t('refusal.field.unknown', { arg: key.slice(0, SHOWN) }),
    }))
  return [{ in: where, field, text: sentence(field || where, issue, valueAt(sent, issue.path)) }]
}

function valueAt(sent: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    sent,
  )
}

/** A sentence that a schema chose itself is about its field, whatever was sent. */
const chosen = (message: string, arg: string): Text | null =>
  Object.hasOwn(catalogues.en, message) ? { kind: 'text', key: message as Key, values: { arg } } : null

function sentence(arg: string, issue: z.core.$ZodIssue, value: unknown): Text {
  const typed = shown(value)
  const own = chosen(issue.message, arg)
  if (own) return own
  if (value === undefined) return t('refusal.field.missing', { arg })
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'string') return t('refusal.field.text', { arg, typed })
      if (issue.expected === 'number' || issue.expected === 'int') return t('refusal.arg.whole', { arg, typed })
      if (issue.expected === 'object') return t('refusal.field.object', { arg, typed })
      break
    case 'too_small':
      if (issue.origin === 'string') return t('refusal.field.empty', { arg })
      return t('refusal.arg.least', { arg, limit: Number(issue.minimum), typed })
    case 'too_big':
      if (issue.origin === 'string')
        return t('refusal.arg.long', { arg, limit: Number(issue.maximum), size: [...String(value)].length })
      return t('refusal.arg.most', { arg, limit: Number(issue.maximum), typed })
    case 'invalid_value':
      return t('refusal.arg.choice', { arg, choices: list(issue.values.map(String)), typed })
  }
  return t('refusal.field.other', { arg, typed })
}
