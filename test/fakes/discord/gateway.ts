/** The gateway: identify, heartbeat, dispatch, resume. Plain JSON, no compression. */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Log } from './log.ts'
import { isObject, type Json, type JsonObject } from './schema.ts'

export const INTENT = {
  Guilds: 1 << 0,
  GuildMembers: 1 << 1,
  GuildModeration: 1 << 2,
  GuildPresences: 1 << 8,
  GuildMessages: 1 << 9,
  GuildMessageReactions: 1 << 10,
  DirectMessages: 1 << 12,
  DirectMessageReactions: 1 << 13,
  MessageContent: 1 << 15,
} as const

export type PrivilegedIntent = 'GuildMembers' | 'GuildPresences' | 'MessageContent'
const PRIVILEGED: PrivilegedIntent[] = ['GuildMembers', 'GuildPresences', 'MessageContent']
const KNOWN_INTENTS = 0b11_1111_0111_1111_1111_1111_1111

const OP = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  presence: 3,
  voice: 4,
  resume: 6,
  reconnect: 7,
  members: 8,
  invalid: 9,
  hello: 10,
  ack: 11,
}
const EVENTS_PER_MINUTE = 120

export type Session = {
  id: string
  intents: number
  shard: [number, number]
  sequence: number
  /** Everything dispatched, for a resume. */
  sent: { s: number; text: string }[]
  socket: WebSocket | null
}

/** An event, for the sessions it concerns. `intent` 0 reaches everyone; `payload` may differ per session. */
export type Dispatch = {
  event: string
  payload: Json | ((session: Session) => Json)
  guildId?: string | null
  intent?: number
}

export type GatewayPorts = {
  token: string
  privilegedIntents: readonly PrivilegedIntent[]
  heartbeatMs: number
  log: Log
  ready: (session: Session) => JsonObject
  /** What follows READY at once: a GUILD_CREATE per guild. */
  afterReady: (session: Session) => Dispatch[]
  members: (request: JsonObject) => Dispatch[]
}

export type Gateway = ReturnType<typeof createGateway>

export function createGateway(http: Server, ports: GatewayPorts) {
  const server = new WebSocketServer({ server: http, perMessageDeflate: false })
  const sessions = new Map<string, Session>()
  const identifies = { remaining: 1000 }
  let held: Dispatch[] | null = null
  let silent = false

  const send = (socket: WebSocket, op: number, d: Json) => socket.send(JSON.stringify({ op, d, s: null, t: null }))

  function deliver(session: Session, { event, payload }: Dispatch): void {
    session.sequence += 1
    const d = typeof payload === 'function' ? payload(session) : payload
    const text = JSON.stringify({ op: OP.dispatch, t: event, s: session.sequence, d })
    session.sent.push({ s: session.sequence, text })
    session.socket?.send(text)
  }

  const concerns = (session: Session, { guildId, intent }: Dispatch) =>
    (!intent || (session.intents & intent) !== 0) &&
    (guildId ? Number((BigInt(guildId) >> 22n) % BigInt(session.shard[1])) : 0) === session.shard[0]

  function dispatch(one: Dispatch): void {
    if (held) held.push(one)
    else for (const session of sessions.values()) if (concerns(session, one)) deliver(session, one)
  }

  function identify(socket: WebSocket, d: JsonObject): Session | null {
    const intents = Number(d.intents ?? Number.NaN)
    const missing = PRIVILEGED.find(name => (intents & INTENT[name]) !== 0 && !ports.privilegedIntents.includes(name))
    const shard = (Array.isArray(d.shard) ? d.shard : [0, 1]) as [number, number]
    if (d.token !== ports.token) return refuse(socket, 4004, 'Authentication failed.')
    if (!isObject(d.properties)) return refuse(socket, 4002, 'Error while decoding payload.')
    if (!Number.isInteger(intents) || (intents & ~KNOWN_INTENTS) !== 0)
      return refuse(socket, 4013, 'Invalid intent(s).')
    if (missing) return refuse(socket, 4014, 'Disallowed intent(s).')
    if (!(shard[0] >= 0 && shard[0] < shard[1])) return refuse(socket, 4010, 'Invalid shard.')
    identifies.remaining -= 1
    const id = randomBytes(16).toString('hex')
    const session: Session = { id, intents, shard, sequence: 0, sent: [], socket }
    sessions.set(id, session)
    deliver(session, { event: 'READY', payload: ports.ready(session) })
    for (const one of ports.afterReady(session)) if (concerns(session, one)) deliver(session, one)
    ports.log.changed()
    return session
  }

  function refuse(socket: WebSocket, code: number, reason: string): null {
    ports.log.violate('gateway', `${code} ${reason}`)
    socket.close(code, reason)
    return null
  }

  function resume(socket: WebSocket, d: JsonObject): Session | null {
    if (d.token !== ports.token) return refuse(socket, 4004, 'Authentication failed.')
    const session = sessions.get(String(d.session_id))
    if (!session) {
      send(socket, OP.invalid, false)
      return null
    }
    if (Number(d.seq) > session.sequence) return refuse(socket, 4007, 'Invalid seq.')
    session.socket?.terminate()
    session.socket = socket
    for (const one of session.sent) if (one.s > Number(d.seq)) socket.send(one.text)
    deliver(session, { event: 'RESUMED', payload: { _trace: [] } })
    ports.log.changed()
    return session
  }

  server.on('connection', (socket, request) => {
    const query = new URL(request.url ?? '/', 'ws://fake').searchParams
    let session: Session | null = null
    let windowStart = performance.now()
    let events = 0
    socket.on('error', () => socket.terminate())
    if (query.get('v') !== '10') return void refuse(socket, 4012, 'Invalid API version.')
    if (query.get('encoding') !== 'json' || query.has('compress'))
      return void refuse(socket, 4002, 'This server speaks uncompressed JSON.')
    send(socket, OP.hello, { heartbeat_interval: ports.heartbeatMs, _trace: [] })
    socket.on('message', raw => {
      if (performance.now() - windowStart > 60_000) {
        windowStart = performance.now()
        events = 0
      }
      events += 1
      if (events > EVENTS_PER_MINUTE) return void refuse(socket, 4008, 'Rate limited.')
      const message = parse(String(raw))
      if (!message) return void refuse(socket, 4002, 'Error while decoding payload.')
      const d = isObject(message.d) ? message.d : {}
      if (message.op === OP.heartbeat) return void (silent || send(socket, OP.ack, null))
      if (message.op === OP.identify || message.op === OP.resume) {
        if (session) return void refuse(socket, 4005, 'Already authenticated.')
        session = message.op === OP.identify ? identify(socket, d) : resume(socket, d)
        return
      }
      if (!session) return void refuse(socket, 4003, 'Not authenticated.')
      if (message.op === OP.members) return void requestMembers(socket, session, d)
      if (message.op !== OP.presence && message.op !== OP.voice) refuse(socket, 4001, 'Unknown opcode.')
    })
    socket.on('close', code => {
      if (session?.socket !== socket) return
      session.socket = null
      // A client that closes normally gives its session up; any other end can be resumed.
      if (code === 1000 || code === 1001) sessions.delete(session.id)
      ports.log.changed()
    })
  })

  function requestMembers(socket: WebSocket, session: Session, d: JsonObject): void {
    if (d.query === '' && (session.intents & INTENT.GuildMembers) === 0)
      return void refuse(socket, 4014, 'Disallowed intent(s): all members need the members intent.')
    for (const one of ports.members(d)) deliver(session, one)
  }

  const connected = () => [...sessions.values()].filter(session => session.socket)

  return {
    dispatch,
    privileged: ports.privilegedIntents,
    identifies,
    sessions: () => [...sessions.values()],
    connected,
    /** Delivers what `act` causes in reverse order. */
    outOfOrder(act: () => void): void {
      held = []
      act()
      const late = held.toReversed()
      held = null
      for (const one of late) dispatch(one)
    },
    /** Cuts every socket without a close frame; sessions can be resumed. */
    drop(): void {
      for (const session of connected()) {
        session.socket?.terminate()
        session.socket = null
      }
    },
    /** Asks every client to reconnect and resume (op 7). */
    reconnect(): void {
      for (const { socket } of connected()) if (socket) send(socket, OP.reconnect, null)
    },
    /** Invalidates every session (op 9). Not resumable: events until the next IDENTIFY are lost. */
    invalidate(resumable: boolean): void {
      for (const session of connected()) {
        if (session.socket) send(session.socket, OP.invalid, resumable)
        if (!resumable) sessions.delete(session.id)
      }
    },
    /** Forgets sessions while nobody looks: the next RESUME is refused. */
    forget(): void {
      for (const session of [...sessions.values()]) if (!session.socket) sessions.delete(session.id)
    },
    /** Stops (or restarts) answering heartbeats: the connection is dead but open. */
    muteHeartbeats(mute = true): void {
      silent = mute
    },
    /** Closes every connection with that code, as Discord does for fatal reasons. */
    closeWith(code: number, reason = ''): void {
      for (const { socket } of connected()) socket?.close(code, reason)
    },
    close(): Promise<void> {
      for (const client of server.clients) client.terminate()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

function parse(text: string): JsonObject | null {
  try {
    const value: Json = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
