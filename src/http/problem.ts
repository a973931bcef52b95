/** Failures over HTTP: application/problem+json (RFC 9457). */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { App } from '../app.ts'
import { randomCharacters } from '../lib/ids.ts'

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** `detail` is one sentence that says what to do; it holds nothing a stranger should not read. */
export function problem(
  c: Context,
  status: ContentfulStatusCode,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
): Response {
  return c.body(
    JSON.stringify({ type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, ...more }),
    status,
    {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    },
  )
}

/** Writes down a fault of ours, and returns the code under which it is found. */
export function logFault(app: App, error: Error, c: Context): string {
  const incident = randomCharacters(app.random, 4).toUpperCase()
  app.log.error({ err: error, incident, path: c.req.path }, 'a request over HTTP failed')
  return incident
}
