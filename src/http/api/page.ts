/** Pages of a list: an opaque cursor says where the next one begins, whatever is added meanwhile. */
import { z } from '@hono/zod-openapi'
import { shape } from './fields.ts'
import type { Context } from './route.ts'

const MAX_LIMIT = 100
const DEFAULT_LIMIT = 50

/** Where a page ends: the number or id of its last item. */
const POSITIONS = {
  number: z.int().min(1),
  id: z.string().regex(/^[a-z0-9]{1,40}$/),
}
interface Positions {
  readonly number: number
  readonly id: string
}

/** The query parameters of a list; `list` keeps a cursor from being used for another one. */
export function pageQuery<K extends keyof Positions>(list: string, position: K) {
  const cursor = z
    .string()
    .transform((text, issues): Positions[K] => {
      const found = readCursor(list, text, position)
      if (found !== null) return found
      issues.addIssue({ code: 'custom', message: 'refusal.field.cursor' })
      return z.NEVER
    })
    .optional()
    .openapi({ type: 'string', description: 'From the `next` of the page before; without it, the first page.' })
  const limit = z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .default(DEFAULT_LIMIT)
    .openapi({ description: 'How many items a page has at most.' })
  return { limit, cursor }
}

/** The schema of a page. */
export const pageOf = <S extends z.ZodType>(item: S) =>
  shape({
    data: z.array(item),
    next: z.string().nullable().openapi({
      description: 'The address of the next page; null on the last.',
      example: '/api/v1/members?limit=50&cursor=WyJtZW1iZXJzIiwibWVtMDEiXQ',
    }),
  })

function readCursor<K extends keyof Positions>(list: string, text: string, position: K): Positions[K] | null {
  try {
    const [of, at] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
    const read = POSITIONS[position].safeParse(at)
    return of === list && read.success ? (read.data as Positions[K]) : null
  } catch {
    return null
  }
}

/** One page from a read of `limit + 1` rows, so that the last page is known to be the last. */
export function onePage<R>(
  context: Pick<Context<unknown, unknown, unknown>, 'nextPage'>,
  list: string,
  limit: number,
  rows: readonly R[],
  positionOf: (row: R) => string | number,
): { data: R[]; next: string | null } {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  const cursor = last && Buffer.from(JSON.stringify([list, positionOf(last)])).toString('base64url')
  return { data: shown, next: cursor === undefined ? null : context.nextPage(cursor) }
}
