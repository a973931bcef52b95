/** Fields that several traits have in common. */
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import { addDays, type Day, isDay } from '../../../lib/time.ts'
import { KINDS } from '../../activity/index.ts'
import type { About } from '../trait.ts'

const LONGEST_DAYS = 3650
const MOST_LISTED = 50

/** Facts of members; those of places are nobody's. */
const MEMBER_KINDS = Object.keys(KINDS).filter(kind => !kind.startsWith('place.'))

export const what = () => z.enum(MEMBER_KINDS as [string, ...string[]])
export const days = () => z.int().min(1).max(LONGEST_DAYS)
export const daysAgo = () => z.int().min(0).max(LONGEST_DAYS)
export const calendarDay = () => z.string().refine(isDay, { error: 'no-day' })

/** A value, or a list of them: any of these. */
export const oneOrMore = <V>(value: z.ZodType<V>) =>
  z.preprocess(given => (Array.isArray(given) ? given : [given]), z.array(value).min(1).max(MOST_LISTED))

/** `checkin` for `{ what: checkin }`. */
export const short = <V>(name: string, kind: 'string' | 'number', schema: z.ZodType<V>) =>
  z.preprocess(given => (typeof given === kind ? { [name]: given } : given), schema)

/** The first of the last `days` days, today being the last. */
export const since = (about: About, count: number): Day => addDays(about.today, 1 - count)

/** A number within bounds that may be open. */
export function within(
  number: RawBuilder<unknown>,
  { least, most }: { least?: number; most?: number },
): RawBuilder<SqlBool> {
  const parts = [
    ...(least === undefined ? [] : [sql<SqlBool>`${number} >= ${least}`]),
    ...(most === undefined ? [] : [sql<SqlBool>`${number} <= ${most}`]),
  ]
  return sql`(${sql.join(parts, sql` and `)})`
}

/** Asks for at least one of its fields. */
export const notEmpty = (value: object): boolean => Object.values(value).some(each => each !== undefined)

export const anyOf = (values: readonly string[]): RawBuilder<unknown> => sql`(${sql.join(values)})`
