import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { checkParameters, checkResult, type Json, type Problem } from './check-shape.ts'
import type { Gate } from './faults.ts'
import type { Call, Context } from './methods/context.ts'
import { simulated } from './methods/index.ts'
import { BotApiError, StrictBreach } from './model.ts'
import { type RequestBody, readBody, UnreadableBody } from './request-body.ts'
import { methodNamed } from './spec.ts'

export type ApiAnswer =
  | { ok: true; result: unknown }
  | { ok: false; error_code: number; description: string; parameters?: Record<string, number> }

/** One call of the bot, kept in the order of arrival. */
export interface RecordedCall {
  readonly method: string
  readonly params: Json
  readonly uploads: RequestBody['uploads']
  /** Milliseconds on the fake's clock. */
  readonly at: number
  /** What was answered, or would have been: undefined while open and after a dropped or hanging connection. */
  response: ApiAnswer | undefined
  fault: string | undefined
}

export interface ServerParts {
  token: string
  context: Context
  gate: Gate
  calls: RecordedCall[]
  breach: (text: string) => void
  changed: () => void
}

export interface ApiServer {
  readonly port: number
  /** Runs a call that came in the answer to a webhook delivery. */
  runReply(body: string): void
  close(): Promise<void>
}

const refusal = (error_code: number, description: string, parameters?: Record<string, number>): ApiAnswer => ({
  ok: false,
  error_code,
  description,
  ...(parameters && { parameters }),
})

function reply(response: ServerResponse, answer: ApiAnswer): void {
  if (response.destroyed) return
  const body = JSON.stringify(answer)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  response.writeHead(answer.ok ? 200 : answer.error_code, headers).end(body)
}

/** The real server's words for the first problem of a request's shape. */
function shapeRefusal([problem]: Problem[]): ApiAnswer {
  const field = problem?.path.split(/[.[]/)[0] ?? ''
  if (problem?.what === 'missing' && problem.path === 'text') return refusal(400, 'Bad Request: message text is empty')
  if (problem?.what === 'missing' && problem.path === 'chat_id') return refusal(400, 'Bad Request: chat_id is empty')
  if (problem?.what === 'missing') return refusal(400, `Bad Request: ${problem.text}`)
  return refusal(400, `Bad Request: can't parse ${field}: ${problem?.text}`)
}

function checkedShape(parts: ServerParts, method: string, body: RequestBody): ApiAnswer | undefined {
  const problems = checkParameters(method, body.params)
  for (const problem of problems) parts.breach(`${method}: ${problem.text}`)
  const named = JSON.stringify(body.params)
  for (const upload of body.uploads.keys())
    if (!named.includes(`attach://${upload}`)) parts.breach(`${method}: upload ${upload} is not used`)
  return problems.length > 0 ? shapeRefusal(problems) : undefined
}

async function act(parts: ServerParts, method: string, body: RequestBody, gone: AbortSignal): Promise<ApiAnswer> {
  const wrong = checkedShape(parts, method, body)
  if (wrong) return wrong
  const call: Call = { context: parts.context, params: body.params, uploads: body.uploads, gone }
  try {
    const run = simulated.get(method)
    if (!run) throw new StrictBreach('a real method that this fake does not simulate', 501)
    const result = structuredClone(await run(call))
    const incomplete = checkResult(method, result)
    if (incomplete.length > 0)
      throw new Error(`the fake built a wrong result: ${incomplete.map(p => p.text).join('; ')}`)
    return { ok: true, result }
  } catch (error) {
    if (error instanceof StrictBreach) parts.breach(`${method}: ${error.message}`)
    if (error instanceof BotApiError) return refusal(error.code, error.message, error.parameters)
    parts.breach(`${method}: ${error instanceof Error ? error.stack : error}`)
    return refusal(500, 'Internal Server Error')
  }
}

async function answerCall(
  parts: ServerParts,
  call: RecordedCall,
  body: RequestBody,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  if (response.destroyed) return
  const verdict = parts.gate.judge(call.method, body.params)
  if (verdict.kind !== 'pass') call.fault = verdict.kind
  switch (verdict.kind) {
    case 'drop-before':
      return void response.destroy()
    case 'hang':
      return
    case '502':
      return void response.writeHead(502, { 'content-type': 'text/html' }).end('<html><h1>502 Bad Gateway</h1></html>')
    case '429': {
      const { retryAfter } = verdict
      call.response = refusal(429, `Too Many Requests: retry after ${retryAfter}`, { retry_after: retryAfter })
      return reply(response, call.response)
    }
    case '500':
      call.response = refusal(500, 'Internal Server Error')
      return reply(response, call.response)
    case 'drop-after':
      call.response = await act(parts, call.method, body, gone.signal)
      return void response.destroy()
    case 'pass':
      call.response = await act(parts, call.method, body, gone.signal)
      return reply(response, call.response)
  }
}

/** A download, recorded as a call of `file`. A path nobody was given, or was given more than an hour ago, leads nowhere. */
function sendFile(parts: ServerParts, path: string, response: ServerResponse): void {
  const { world } = parts.context
  const call = record(parts, 'file', { params: { path }, uploads: new Map() })
  const verdict = parts.gate.judge('file', call.params)
  if (verdict.kind !== 'pass') call.fault = verdict.kind
  if (verdict.kind === 'hang') return
  if (verdict.kind === 'drop-before' || verdict.kind === 'drop-after') return void response.destroy()
  const file = [...world.files.values()].find(known => known.path === path)
  const open = file && (world.downloads.get(path) ?? 0) >= world.now()
  if (verdict.kind !== 'pass') call.response = refusal(Number(verdict.kind), 'Internal Server Error')
  else if (open) call.response = { ok: true, result: file.bytes.length }
  else call.response = refusal(404, 'Not Found')
  if (file && call.response.ok) response.writeHead(200, { 'content-length': file.bytes.length }).end(file.bytes)
  else reply(response, call.response)
  parts.changed()
}

function record(parts: ServerParts, method: string, body: RequestBody): RecordedCall {
  const { params, uploads } = body
  const at = parts.context.world.now()
  const call: RecordedCall = {
    method,
    params: structuredClone(params),
    uploads,
    at,
    response: undefined,
    fault: undefined,
  }
  parts.calls.push(call)
  return call
}

async function serve(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fake')
  const [, file, token, rest] = /^\/(file\/)?bot([^/]*)\/(.*)$/.exec(url.pathname) ?? []
  if (rest === undefined) return reply(response, refusal(404, 'Not Found'))
  if (token !== parts.token) return reply(response, refusal(401, 'Unauthorized'))
  if (file) return sendFile(parts, decodeURIComponent(rest), response)
  const method = methodNamed.get(rest.toLowerCase())
  if (!method) {
    parts.breach(`unknown method ${rest}`)
    return reply(response, refusal(404, 'Not Found'))
  }
  const body = await readBody(request, url.searchParams, method)
  const call = record(parts, method, body)
  try {
    await answerCall(parts, call, body, response)
  } finally {
    parts.changed()
  }
}

/** Starts the HTTP server on a free port of 127.0.0.1. */
export async function startApiServer(parts: ServerParts): Promise<ApiServer> {
  const sockets = new Set<Socket>()
  const server = http.createServer((request, response) => {
    serve(parts, request, response).catch((error: Error) => {
      // A client that goes away in the middle of its request is a fault of the network, not a breach.
      if (request.destroyed && !(error instanceof UnreadableBody)) return
      parts.breach(`unreadable request ${request.url?.split('/').at(-1)}: ${error.message}`)
      reply(response, refusal(400, `Bad Request: ${error.message}`))
    })
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    runReply(body) {
      const { method: name, ...params } = JSON.parse(body) as Json & { method: string }
      const method = methodNamed.get(name.toLowerCase())
      if (!method) return parts.breach(`unknown method ${name} in the answer to a webhook delivery`)
      const content: RequestBody = { params, uploads: new Map() }
      const call = record(parts, method, content)
      void act(parts, method, content, new AbortController().signal).then(answer => {
        call.response = answer
        parts.changed()
      })
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
