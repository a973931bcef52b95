/** Fields that several routes have in common. */
import { z } from '@hono/zod-openapi'
import type { App } from '../../app.ts'
import { t } from '../../chat/text.ts'
import { memberOf as findMember, type Listed } from '../../features/people/index.ts'
import { type Context, RefusedAs } from './route.ts'

export const id = () =>
  z
    .string()
    .regex(/^[a-z0-9]{1,40}$/, { error: 'refusal.field.id' })
    .openapi({ example: 'mem01jg8z5v3mq2c4x8r0tn' })

/** What an answer holds: exactly this here, while a program must be ready for more to come. */
export const shape = <S extends z.ZodRawShape>(fields: S) =>
  z.strictObject(fields).openapi({ additionalProperties: true })

/** One line that people read. */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine(text => text.isWellFormed() && !/\p{Cc}/u.test(text), { error: 'refusal.field.line' })

/** A name that a program gives to something of its own. */
export const ownName = () => z.string().regex(/^[\x21-\x7e]{1,100}$/, { error: 'refusal.field.name' })

export const instant = () => z.iso.datetime().openapi({ example: '2026-03-04T10:00:00.000Z' })
export const day = () => z.iso.date().openapi({ example: '2026-03-04' })

/** An instant as the API writes it. */
export const written = (at: number): string => new Date(at).toISOString()

/** The path parameter of everything about one member. */
export const memberParams = z.object({ member: id() })

/** The member that a path names, in the key's own community; refused with 404 where there is none. */
export async function memberOf(
  app: App,
  { key, params }: Pick<Context<{ member: string }, unknown, unknown>, 'key' | 'params'>,
): Promise<Listed> {
  const member = await findMember(app, key.communityId, params.member)
  if (!member) throw new RefusedAs(404, t('refusal.member.unknown', { id: params.member }))
  return member
}
