/** The REST server: routing, faults, authentication, limits, schema, endpoint, in the order of the real one. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiRefusal, invalidForm, refuse } from './errors.ts'
import type { createFaults, Fault } from './faults.ts'
import { type createLimits, limitedHeaders } from './limits.ts'
import type { Call } from './log.ts'
import type { Endpoint, Platform, Request } from './platform.ts'
import { check, isObject, type Json, type JsonObject, ROUTES, type Route } from './schema.ts'
import { parseBody, readBody } from './upload.ts'

export type RestPorts = {
  platform: Platform
  faults: ReturnType<typeof createFaults>
  limits: ReturnType<typeof createLimits>
  endpoints: Record<string, Endpoint>
}

type Match = { route: Route; params: Record<string, string> }

/** The most literal route that fits: @me and @original before a parameter. */
function match(method: string, path: string): Match | null {
  const given = path.split('/').map(decodeURIComponent)
  let best: (Match & { literal: number }) | null = null
  for (const route of ROUTES) {
    const wanted = route.path.split('/')
    if (route.method !== method || wanted.length !== given.length) continue
    const params: Record<string, string> = {}
    const fit = wanted.every((part, index) => {
      if (!part.startsWith('{')) return part === given[index]
      params[part.slice(1, -1)] = given[index] ?? ''
      return given[index] !== ''
    })
    const literal = wanted.filter(part => !part.startsWith('{')).length
    if (fit && (!best || literal > best.literal)) best = { route, params, literal }
  }
  return best
}

/** Routes whose token is in the path. */
const ownToken = (route: string) => route.startsWith('/interactions/') || route.startsWith('/webhooks/')

/** What a bot may attach, the boosts of a server aside. */
const UPLOAD_LIMIT = 10 * 1024 * 1024
const ATTACHMENT = '/attachments/{channel_id}/{attachment_id}/{filename}'

export function createRest({ platform, faults, limits, endpoints }: RestPorts) {
  const { log } = platform

  /** The file server beside the API. It wants no token, and whoever sends one gives it away. */
  function serveAttachment(incoming: IncomingMessage, url: URL, response: ServerResponse): void {
    const [, , channelId = '', fileId = '', filename = ''] = url.pathname.split('/')
    const call = callOf(incoming, url.pathname, ATTACHMENT, url)
    const fault = faults.take(call)
    log.calls.push(call)
    if (incoming.headers.authorization) log.violate('token', 'the token was sent to the file server', call)
    const file = [...platform.state.messages.values()]
      .filter(message => message.channelId === channelId && !message.deleted)
      .flatMap(message => message.files)
      .find(one => one.id === fileId)
    const uploaded = file ?? platform.state.uploads.get(fileId)
    if (!fault || !attachmentTrouble(call, fault, incoming, response)) {
      const found = uploaded?.name === decodeURIComponent(filename) ? uploaded : null
      call.status = found ? 200 : 404
      response.writeHead(call.status, found ? { 'content-type': found.contentType } : {}).end(found?.bytes)
    }
    log.changed()
  }

  const callOf = (incoming: IncomingMessage, path: string, route: string | null, url: URL): Call => ({
    method: incoming.method ?? 'GET',
    path,
    route,
    query: Object.fromEntries(url.searchParams),
    body: null,
    files: [],
    at: platform.state.now(),
    status: null,
    answer: null,
    cut: false,
    auditReason: incoming.headers['x-audit-log-reason']
      ? decodeURIComponent(String(incoming.headers['x-audit-log-reason']))
      : null,
  })

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', platform.baseUrl)
    const bytes = await readBody(incoming)
    if (url.pathname.startsWith('/attachments/')) return serveAttachment(incoming, url, response)
    const version = /^\/api\/v(\d+)(\/.*)$/.exec(url.pathname)
    const method = incoming.method ?? 'GET'
    const path = (version?.[2] ?? url.pathname).replace('%40', '@')
    const found = version?.[1] === '10' ? match(method, path) : null
    const call = callOf(incoming, path, found?.route.path ?? null, url)
    const fault = faults.take(call)
    log.calls.push(call)
    try {
      if (fault?.kind === 'drop-before') {
        call.cut = true
        return void incoming.socket.destroy()
      }
      const headers = await answer({ incoming, call, found, bytes, fault })
      if (fault?.kind === 'hang') return
      if (fault?.kind === 'drop-after') {
        const interaction = platform.interactions.get(found?.params.interaction_token ?? '')
        if (interaction) interaction.answerLost = true
        call.status = null
        call.cut = true
        return void incoming.socket.destroy()
      }
      if (call.status === 204) return void response.writeHead(204, headers).end()
      response.writeHead(call.status ?? 500, { ...headers, 'content-type': 'application/json' })
      response.end(JSON.stringify(call.answer))
    } finally {
      log.changed()
    }
  }

  type Incoming = {
    incoming: IncomingMessage
    call: Call
    found: Match | null
    bytes: Buffer
    fault: Fault | undefined
  }

  /** Fills in the call's status and answer; returns the rate limit headers. */
  async function answer({ incoming, call, found, bytes, fault }: Incoming): Promise<Record<string, string>> {
    let headers: Record<string, string> = {}
    try {
      Object.assign(call, await parseBody(String(incoming.headers['content-type'] ?? ''), bytes))
      if (fault && fault.kind !== 'drop-after') {
        if (fault.kind !== 'hang') headers = orderedTrouble(call, fault)
        return headers
      }
      if (!found) throw refuse(0, `no such route: ${call.method} ${incoming.url}`)
      if (!ownToken(found.route.path) && incoming.headers.authorization !== `Bot ${platform.token}`)
        throw new ApiRefusal(401, 0, '401: Unauthorized')
      const allowance = limits.take(call.method, found.route.path, found.params)
      headers = allowance.headers
      if (!allowance.allowed) {
        limited(call, allowance.retryAfter, allowance.global)
        return headers
      }
      const result = endpointOf(found.route)(platform, checked(call, found))
      call.status = result === undefined ? 204 : 200
      call.answer = (result ?? null) as Json
      if (found.route.answer !== undefined && result !== undefined)
        for (const { path, message } of check(found.route.answer, call.answer).problems)
          log.violate('fake', `own answer to ${found.route.path}: ${path.join('.')}: ${message}`, call)
    } catch (error) {
      if (!(error instanceof ApiRefusal)) {
        // A fault of the fake itself: loud, never a quiet 500.
        log.violate('fake', String(error instanceof Error ? error.stack : error), call)
        call.status = 500
        call.answer = { message: String(error), code: 0 }
        return headers
      }
      call.status = error.status
      call.answer = { message: error.message, code: error.code, ...(error.errors && { errors: error.errors }) }
      if (error.brokenRule)
        log.violate(error.code === 50035 ? 'invalid-form' : `code ${error.code}`, error.brokenRule, call)
    }
    return headers
  }

  function endpointOf(route: Route): Endpoint {
    const endpoint = endpoints[`${route.method} ${route.path}`]
    if (!endpoint) throw new Error(`the fake has no endpoint for ${route.method} ${route.path}`)
    return endpoint
  }

  function checked(call: Call, { route, params }: Match): Request {
    for (const [name, value] of Object.entries(params))
      if (name.endsWith('_id') && name !== 'interaction_id' && !/^\d+$/.test(value))
        throw invalidForm([{ path: [name], code: 'NUMBER_TYPE_COERCE', message: `Value "${value}" is not snowflake.` }])
    if (call.files.reduce((sum, file) => sum + file.bytes.byteLength, 0) > UPLOAD_LIMIT)
      throw refuse(40005, 'more than 10 MiB of files')
    if (call.files.length > 0 && !route.files)
      log.violate('unexpected-files', `${route.method} ${route.path} takes no files`, call)
    if (route.body !== undefined) {
      const { problems, unknown } = check(route.body, call.body ?? {})
      if (problems.length > 0) throw invalidForm(problems)
      for (const field of unknown) log.violate('unknown-field', `${route.method} ${route.path}: ${field}`, call)
    }
    return {
      params,
      query: call.query,
      body: isObject(call.body) ? call.body : {},
      rows: Array.isArray(call.body) ? call.body.filter(isObject) : [],
      files: call.files,
      call,
    }
  }

  return (incoming: IncomingMessage, response: ServerResponse): void => {
    handle(incoming, response).catch(error => {
      log.violate('fake', String(error instanceof Error ? error.stack : error))
      response.destroy()
    })
  }
}

/** Ordered trouble at the file server; false where it changes nothing there. */
function attachmentTrouble(call: Call, fault: Fault, incoming: IncomingMessage, response: ServerResponse): boolean {
  switch (fault.kind) {
    case 'hang':
      return true
    case 'drop-before':
      call.cut = true
      incoming.socket.destroy()
      return true
    case 'flood': {
      call.status = 200
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': String(2 ** 40) })
      const part = Buffer.alloc(64 * 1024)
      const pour = () => {
        while (!response.destroyed && response.write(part));
      }
      response.on('drain', pour)
      response.on('error', () => {})
      pour()
      return true
    }
    case 'elsewhere':
      call.status = 302
      response.writeHead(302, { location: incoming.url ?? '/' }).end()
      return true
    case '500':
    case '502':
    case '403':
      call.status = Number(fault.kind)
      response.writeHead(call.status).end()
      return true
    default:
      return false
  }
}

function limited(call: Call, retryAfter: number, global: boolean): void {
  call.status = 429
  call.answer = { message: 'You are being rate limited.', retry_after: Number(retryAfter.toFixed(3)), global }
}

function orderedTrouble(call: Call, fault: Fault): Record<string, string> {
  const say = (status: number, answer: JsonObject) => {
    call.status = status
    call.answer = answer
    return {}
  }
  switch (fault.kind) {
    case '429':
    case '429-global': {
      const global = fault.kind === '429-global'
      limited(call, fault.retryAfter ?? 1, global)
      return limitedHeaders(fault.retryAfter ?? 1, global)
    }
    case '500':
      return say(500, { message: '500: Internal Server Error', code: 0 })
    case '502':
      return say(502, { message: '502: Bad Gateway', code: 0 })
    case '401':
      return say(401, { message: '401: Unauthorized', code: 0 })
    case '403':
      return say(403, { message: 'Missing Permissions', code: fault.code ?? 50013 })
    default:
      return {}
  }
}
