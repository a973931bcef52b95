import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { createMetrics } from '#src/http/metrics.ts'
import { createHttp, listen } from '#src/http/server.ts'
import { Problem } from '#src/lib/problem.ts'
import { type TestApp, testApp } from '#test/support/app.ts'
import { engines } from '#test/support/engines.ts'

const [sqlite] = engines
if (!sqlite) throw new Error('there is always SQLite')

interface Serving extends AsyncDisposable {
  readonly test: TestApp
  readonly url: string
  readonly http: Hono<{ Bindings: HttpBindings }>
}

async function serving(options: { metricsToken?: string; ready?: boolean } = {}): Promise<Serving> {
  const opened = await testApp(sqlite as NonNullable<typeof sqlite>)
  const http = createHttp({
    app: opened.app,
    metrics: createMetrics(opened.app, () => [{ bot: 'telegram:1', connected: true }]),
    metricsToken: options.metricsToken,
    parts: () => [{ name: 'telegram:1', ready: options.ready ?? true }],
    routes: () => [
      {
        method: 'POST',
        path: '/hook',
        respond: async request => new Response((await request.text()).length.toString()),
      },
      { method: 'GET', path: '/broken', respond: async () => Promise.reject(new Error('secret detail of the fault')) },
    ],
  })
  const listening = await listen(http, '127.0.0.1', 0)
  return {
    test: opened,
    url: `http://127.0.0.1:${listening.port}`,
    http,
    [Symbol.asyncDispose]: async () => {
      await listening[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
    },
  }
}

describe('the HTTP server', () => {
  test('/healthz answers while the process lives; /readyz tells what is not ready', async () => {
    await using good = await serving()
    expect((await fetch(`${good.url}/healthz`)).status).toBe(200)
    const ready = await fetch(`${good.url}/readyz`)
    expect(ready.status).toBe(200)
    expect(await ready.json()).toEqual({ status: 'ready', parts: { database: 'ready', 'telegram:1': 'ready' } })
    await using bad = await serving({ ready: false })
    const not = await fetch(`${bad.url}/readyz`)
    expect(not.status).toBe(503)
    expect(await not.json()).toMatchObject({ parts: { 'telegram:1': 'not ready' } })
  })

  test('/metrics is for this machine alone: a proxied request needs the token', async () => {
    await using server = await serving({ metricsToken: 'a-long-enough-token' })
    const direct = await fetch(`${server.url}/metrics`)
    expect(direct.status).toBe(200)
    expect(await direct.text()).toContain('muster_bot_connected{bot="telegram:1"} 1')
    const proxied = { 'x-forwarded-for': '203.0.113.9' }
    expect((await fetch(`${server.url}/metrics`, { headers: proxied })).status).toBe(401)
    expect(
      (await fetch(`${server.url}/metrics`, { headers: { ...proxied, authorization: 'Bearer wrong' } })).status,
    ).toBe(401)
    expect(
      (await fetch(`${server.url}/metrics`, { headers: { ...proxied, authorization: 'Bearer a-long-enough-token' } }))
        .status,
    ).toBe(200)
    expect((await fetch(`${server.url}/metrics`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401)
  })

  test('everything else is a problem+json: unknown path, wrong method, too large, our fault without detail', async () => {
    await using server = await serving()
    expect((await fetch(`${server.url}/hook`, { method: 'POST', body: 'abc' })).status).toBe(200)
    const answers = {
      unknown: await fetch(`${server.url}/admin`),
      method: await fetch(`${server.url}/hook`),
      fault: await fetch(`${server.url}/broken`),
      large: await fetch(`${server.url}/hook`, { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) }),
    }
    expect(Object.values(answers).map(answer => answer.status)).toEqual([404, 405, 500, 413])
    for (const answer of Object.values(answers))
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const fault = (await answers.fault.json()) as { incident: string; detail: string }
    expect(JSON.stringify(fault)).not.toContain('secret detail')
    expect(server.test.lines.filter(line => JSON.stringify(line).includes(fault.incident))).toHaveLength(1)
  })

  test('a taken port is one sentence with the variable and its value', async () => {
    await using server = await serving()
    const port = Number(new URL(server.url).port)
    const error = await listen(server.http, '127.0.0.1', port).then(
      () => null,
      reason => reason,
    )
    expect(error).toBeInstanceOf(Problem)
    expect(error.message).toContain(`PORT=${port} is taken`)
  })
})
