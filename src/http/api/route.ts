/** A route of the API is data plus one verb: what it takes, what it answers, which scope it asks for, and `run`. One file in routes/ adds some. */
import type { HttpBindings } from '@hono/node-server'
import type { z } from '@hono/zod-openapi'
import type { App } from '../../app.ts'
import { Refusal } from '../../chat/refusal.ts'
import { type Text, t } from '../../chat/text.ts'
import type { ApiKey } from '../../features/apikeys/index.ts'
import type { Locale } from '../../lib/locale.ts'

/** What every request to the API carries once it is let in. */
export type Env = { Bindings: HttpBindings; Variables: { key: ApiKey; locale: Locale } }

/** What a key must be allowed to do, such as `members:read`. */
export type Scope = `${string}:${'read' | 'write'}`

type Fields = z.ZodObject
export type Answers = Readonly<Record<number, z.ZodType>>
type Answered<A extends Answers> = {
  [S in keyof A & number]: { readonly status: S; readonly body: z.input<A[S]> }
}[keyof A & number]

/** What `run` is given: who asks, and what they sent, checked. */
export interface Context<P, Q, B> {
  readonly key: ApiKey
  readonly params: P
  readonly query: Q
  readonly body: B
  /** This request's own address with another cursor. */
  nextPage(cursor: string): string
}

interface RouteBase {
  readonly method: 'get' | 'post' | 'patch' | 'put' | 'delete'
  /** Below /api/v1, such as `/members/{member}`. */
  readonly path: string
  readonly scope: Scope
  readonly tag: string
  readonly summary: string
  readonly description?: string
}

export interface Route extends RouteBase {
  readonly kind: 'route'
  readonly params?: Fields
  readonly query?: Fields
  /** JSON; with an example, which documentation and tests use. */
  readonly body?: z.ZodType
  /** By status; everything else is a problem. */
  readonly answers: Answers
  // Method syntax: a route is run only with what its own declaration asked for.
  run(
    app: App,
    context: Context<unknown, unknown, unknown>,
  ): Promise<{ readonly status: number; readonly body: unknown }>
}

type Out<S> = S extends z.ZodType ? z.output<S> : undefined

/**
 * Declares a route. Everything but a `get` runs inside one transaction: it awaits nothing but the database, and a Refusal undoes it. The
 * key's community is the only one that `run` may look at.
 */
export function defineRoute<
  const A extends Answers,
  P extends Fields | undefined = undefined,
  Q extends Fields | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  route: RouteBase & {
    readonly params?: P
    readonly query?: Q
    readonly body?: B
    readonly answers: A
    run(app: App, context: Context<Out<P>, Out<Q>, Out<B>>): Promise<Answered<NoInfer<A>>>
  },
): Route {
  return { kind: 'route', ...route } as Route
}

/** A refusal with a status of its own; every other Refusal is 422. */
export class RefusedAs extends Refusal {
  readonly status: 400 | 403 | 404 | 409 | 415

  constructor(status: RefusedAs['status'], text: Text) {
    super(text)
    this.name = 'RefusedAs'
    this.status = status
  }
}

/** What is wrong with one field. */
export interface FieldError {
  readonly in: 'body' | 'query' | 'path' | 'header'
  /** Its name, with dots on the way down; empty for all of it. */
  readonly field: string
  readonly text: Text
}

/** Fields that cannot be as they are: all of them at once. */
export class FieldsRefused extends Refusal {
  readonly fields: readonly FieldError[]

  constructor(fields: readonly FieldError[]) {
    super(t('refusal.request.fields', { count: fields.length }))
    this.name = 'FieldsRefused'
    this.fields = fields
  }
}
