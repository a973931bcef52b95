/** Failures over HTTP: application/problem+json (RFC 9457). */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

const TITLES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** `detail` is one sentence that says what to do; it holds nothing a stranger should not read. */
export function problem(
  c: Context,
  status: ContentfulStatusCode,
  detail: string,
  more: Readonly<Record<string, string>> = {},
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
