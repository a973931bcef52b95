/** The OpenAPI 3.1 document: what the routes declare, and what holds for all of them. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { BASE } from './base.ts'
import type { Route } from './route.ts'

/** Where the API begins. */

const DESCRIPTION = `What a community's programs may read and do. Keys are made on the command line (npm run apikey) and belong to one community;
nothing of any other can be reached with them.

- **Keys**: \`Authorization: Bearer mst_…\`. Each operation names the scope that its key must have.
- **Problems**: application/problem+json (RFC 9457). \`code\` is for programs, \`detail\` for people: one sentence, in English or Chinese as \`Accept-Language\` asks.
- **Instants** are ISO 8601 in UTC; days (\`2026-03-04\`) are the member's own.
- **Pages**: lists answer \`{ data, next }\`; \`next\` is the address of the following page, or null.
- **Repeating safely**: send an \`Idempotency-Key\` with whatever changes something. The same request under the same name has one effect, and for 24 hours gets the same answer again (\`Idempotency-Replayed: true\`).
- **Rates**: 600 requests a minute and key; \`RateLimit\` tells what is left, \`Retry-After\` when to go on after a 429.`

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ description: 'For programs; never changes.' }),
    detail: z.string().openapi({ description: 'For people.' }),
    errors: z
      .array(
        z.object({
          in: z.enum(['body', 'query', 'path', 'header']),
          field: z.string(),
          code: z.string(),
          detail: z.string(),
        }),
      )
      .optional()
      .openapi({ description: 'Every field that cannot be as it is.' }),
    incident: z.string().optional().openapi({ description: 'With a 500: the code under which it was logged.' }),
  })
  .openapi('Problem')

const idempotencyKey = z.object({
  'idempotency-key': z.string().min(1).max(100).optional().openapi({
    description: 'Your own name for this request, new for each: then it can be sent again safely.',
  }),
})

const STATUS_WORDS: Readonly<Record<number, string>> = { 200: 'As asked for.', 201: 'Made.', 204: 'Done.' }

/** The document, as JSON that is the same every time. */
export function describe(routes: readonly Route[]): string {
  const { openAPIRegistry: registry, getOpenAPI31Document } = new OpenAPIHono()
  registry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, such as mst_….',
  })
  for (const route of routes) {
    const { method, path, tag, summary, description, scope, params, query, body, answers } = route
    registry.registerPath({
      method,
      path,
      tags: [tag],
      summary,
      description,
      security: [{ key: [scope] }],
      request: {
        params,
        query,
        headers: method === 'get' ? undefined : idempotencyKey,
        body: body && { required: true, content: { 'application/json': { schema: body } } },
      },
      responses: {
        ...Object.fromEntries(
          Object.entries(answers).map(([status, schema]) => [
            status,
            { description: STATUS_WORDS[Number(status)] ?? '', content: { 'application/json': { schema } } },
          ]),
        ),
        default: { description: 'A problem.', content: { 'application/problem+json': { schema: Problem } } },
      },
    })
  }
  const document = getOpenAPI31Document(
    {
      openapi: '3.1.0',
      info: { title: 'Muster', version: '1.0.0', description: DESCRIPTION, license: { name: 'MIT' } },
      servers: [{ url: BASE }],
    },
    { sortComponents: 'alphabetically' },
  )
  return `${JSON.stringify(document, null, 2)}\n`
}
