// A playground on a real HTTP server, as `npm start` makes one, and a client that speaks its page's protocol.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { BodyForm } from '#src/adapters/playground/form.ts'
import {
  connectPlayground,
  createPlaygroundClock,
  type Playground,
  type PlaygroundClock,
  refuseMixture,
} from '#src/adapters/playground/index.ts'
import { type App, createApp } from '#src/app.ts'
import type { DrawPicture, WriteDocument } from '#src/chat/port.ts'
import { loadCommands } from '#src/commands.ts'
import { openEngine } from '#src/db/index.ts'
import { createDispatch, type Dispatch } from '#src/dispatch.ts'
import { createIds } from '#src/lib/ids.ts'
import { START, seededRandom, type TestApp } from '#test/support/app.ts'

export const KEY = 'a-key-that-the-terminal-shows'
let processes = 0

/** Pictures cannot be drawn, as on a machine without the canvas: the words must do. */
export const noPictures: DrawPicture = async () => null

/** A document of one line. */
export const oneLine: WriteDocument = async ({ personId }, locale) => ({
  bytes: Buffer.from(`{"person":"${personId}","locale":"${locale}"}`),
  type: 'application/json',
})

/** One process with a playground. */
export interface Running extends AsyncDisposable {
  readonly app: App
  readonly dispatch: Dispatch
  readonly clock: PlaygroundClock
  readonly playground: Playground
  /** `http://127.0.0.1:1234` */
  readonly origin: string
  readonly port: number
}

export interface StartOptions {
  readonly draw?: DrawPicture
  /** The real ones if left out. */
  readonly commands?: URL
  /** That of a former process, where an open page must find its way back. */
  readonly port?: number
  /** The machine's clock. */
  readonly at?: number
}

/** Starts a playground on the database of `test`, with the clock as that database has it. */
export async function startPlayground(test: TestApp, options: StartOptions = {}): Promise<Running> {
  const clock = createPlaygroundClock(() => options.at ?? START)
  const random = seededRandom(5000 + ++processes)
  const app = createApp({
    engine: await openEngine(test.url, { synchronous: 'normal' }),
    clock,
    ids: createIds(clock.now, random),
    random,
    log: test.app.log,
    defaults: test.app.defaults,
    files: test.app.files,
  })
  await refuseMixture(app, 'playground')
  await clock.load(app)
  const dispatch = createDispatch(app, await loadCommands(options.commands))
  const { draw = noPictures } = options
  const playground = await connectPlayground({ app, dispatch, clock, draw, write: oneLine, key: KEY })
  const server = await serve(playground, options.port)
  return {
    app,
    dispatch,
    clock,
    playground,
    port: server.port,
    origin: server.origin,
    [Symbol.asyncDispose]: async () => {
      await playground.close()
      await server.close()
      await app.engine.close()
    },
  }
}

export interface Serving {
  readonly port: number
  readonly origin: string
  /** Cuts every connection, as the end of a process does. */
  close(): Promise<void>
}

export async function serve(playground: Playground, port = 0): Promise<Serving> {
  const server = createServer(getRequestListener(request => playground.fetch(request))).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo
  return {
    port: own,
    origin: `http://127.0.0.1:${own}`,
    close: async () => {
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

type Run = string | { mention: string; name: string }

/** A message as pages get it. */
export interface WireMessage {
  readonly id: number
  readonly chat: string
  readonly author: string
  readonly seenBy: string | null
  readonly at: number
  readonly body: {
    readonly tone: string
    readonly title?: readonly Run[]
    readonly lines: ReadonlyArray<readonly Run[]>
    readonly rows?: ReadonlyArray<{
      rank: string | null
      label: readonly Run[]
      value: readonly Run[] | null
      own: boolean
    }>
    readonly footer?: readonly Run[]
    readonly picture?: { alt: string; src: string; photo: boolean }
    readonly document?: { name: string; href: string }
    readonly file?: { name: string; size: number }
    readonly form?: BodyForm
    readonly buttons?: ReadonlyArray<{ label: string; data: string; style: string }>
    readonly select?: { placeholder: string; options: ReadonlyArray<{ label: string; data: string }> }
    readonly answers?: string
  }
}

/** All the words and names of a message, in reading order. */
export function runsOf({ body }: WireMessage): Run[][] {
  const fields = (body.form?.fields ?? []).map(({ label }) => [label])
  const rows = (body.rows ?? []).map(row => [row.rank ?? '', ' ', ...row.label, ' ', ...(row.value ?? [])])
  return [
    ...(body.title ? [[...body.title]] : []),
    ...body.lines.map(line => [...line]),
    ...rows,
    ...(body.form ? [[body.form.title], ...fields] : []),
    [...(body.footer ?? [])],
  ]
}

export const textOf = (message: WireMessage): string =>
  runsOf(message)
    .map(line => line.map(run => (typeof run === 'string' ? run : run.name)).join(''))
    .join('\n')

export interface Client {
  readonly cookie: string
  get(path: string): Promise<Response>
  post(path: string, body: object): Promise<Response>
  /** Types a line; resolves with Muster's answer. */
  say(person: string, text: string, where?: 'group' | 'direct'): Promise<WireMessage>
  press(person: string, message: WireMessage, label: string): Promise<WireMessage>
  /** Hands in the form that a message shows; choices by their values. */
  handIn(person: string, message: WireMessage, values: Readonly<Record<string, string | File>>): Promise<WireMessage>
  /** Sends the parts of a form. */
  upload(path: string, parts: Readonly<Record<string, string | File>>): Promise<Response>
  /** Answers with a status of 400 or more. */
  readonly refusals: string[]
}

const ANSWER_DEADLINE_MS = 10_000

/** Opens the printed URL and speaks the page's protocol from then on. */
export async function openClient(origin: string): Promise<Client> {
  const opened = await fetch(`${origin}/playground?key=${KEY}`, { redirect: 'manual' })
  const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const refusals: string[] = []
  const seen = async (what: string, answer: Promise<Response>) => {
    const response = await answer
    if (response.status >= 400) refusals.push(`${what}: ${response.status}`)
    return response
  }
  const get = (path: string) => seen(path, fetch(`${origin}/playground/${path}`, { headers: { cookie } }))
  const post = (path: string, body: object) =>
    seen(
      path,
      fetch(`${origin}/playground/${path}`, {
        method: 'POST',
        headers: { cookie, origin, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    )

  const upload = (path: string, parts: Readonly<Record<string, string | File>>) => {
    const body = new FormData()
    for (const [name, value] of Object.entries(parts)) body.append(name, value)
    return seen(path, fetch(`${origin}/playground/${path}`, { method: 'POST', headers: { cookie, origin }, body }))
  }

  /** Listens before asking, so that no answer is missed. */
  async function answerTo(ask: () => Promise<Response>): Promise<WireMessage> {
    const { cursor } = (await (await get('state')).json()) as { cursor: string }
    const { event } = (await (await ask()).json()) as { event: string }
    const stream = await fetch(`${origin}/playground/events?after=${cursor}`, {
      headers: { cookie },
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
    })
    for await (const { type, data } of readEvents(stream)) {
      if (type !== 'message') continue
      const message = JSON.parse(data) as WireMessage
      if (message.body.answers === event) return message
    }
    throw new Error(`the stream ended before ${event} was answered`)
  }

  return {
    cookie,
    refusals,
    get,
    post,
    upload,
    handIn: (person, message, values) => {
      const where = message.chat === 'group' ? 'group' : 'direct'
      const fields = Object.entries(values).map(([name, value]) => [`field.${name}`, value])
      const parts = { id: randomUUID(), person, where, message: String(message.id), ...Object.fromEntries(fields) }
      return answerTo(() => upload('form', parts))
    },
    say: (person, text, where = 'group') => answerTo(() => post('say', { id: randomUUID(), person, where, text })),
    press: (person, message, label) => {
      const choices = [...(message.body.buttons ?? []), ...(message.body.select?.options ?? [])]
      const data = choices.find(choice => choice.label === label)?.data
      if (data === undefined) throw new Error(`there is no "${label}" among ${choices.map(choice => choice.label)}`)
      const where = message.chat === 'group' ? 'group' : 'direct'
      return answerTo(() => post('press', { id: randomUUID(), person, where, message: message.id, data }))
    },
  }
}

/** Server-sent events as they arrive. Leaving the loop closes the connection. */
export async function* readEvents(response: Response): AsyncGenerator<{ id: string; type: string; data: string }> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
      if (field('event')) yield { id: field('id'), type: field('event'), data: field('data') }
    }
  }
}
