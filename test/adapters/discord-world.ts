// The Discord adapter over a fresh database, connected to the fake: a guild called Night Owls and the people in it.

import { Buffer } from 'node:buffer'
import { connectDiscord } from '#src/adapters/discord/index.ts'
import type { App } from '#src/app.ts'
import type { Connection, DrawPicture, WriteDocument } from '#src/chat/port.ts'
import { loadCommands } from '#src/commands.ts'
import { createDispatch, type Dispatch } from '#src/dispatch.ts'
import { startSender } from '#src/jobs/sender.ts'
import { TOKEN } from '#test/fakes/discord/client.ts'
import {
  type FakeDiscord,
  type FakeDiscordOptions,
  type FakeGuild,
  type FakeMessage,
  type FakeUser,
  startFakeDiscord,
} from '#test/fakes/discord/index.ts'
import type { TestApp } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import type { Engine } from '#test/support/engines.ts'

export { TOKEN }

/** The smallest PNG: one transparent pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

const noDocument: WriteDocument = () => Promise.reject(new Error('no document was expected here'))

/** One adapter and, if wished, the job that sends its deliveries. */
export interface Running {
  readonly connection: Connection
  readonly dispatch: Dispatch
  readonly app: App
  stop(): Promise<void>
}

interface RunOptions {
  /** Sends deliveries too. */
  readonly sending?: boolean
  readonly draw?: DrawPicture
  readonly write?: WriteDocument
  readonly app?: App
}

export interface DiscordWorld extends AsyncDisposable {
  readonly test: TestApp
  /** Where its commands are declared; undefined for the real ones. */
  readonly commands: URL | undefined
  readonly dc: FakeDiscord
  readonly guild: FakeGuild
  readonly general: ReturnType<FakeGuild['channel']>
  readonly ada: FakeUser
  readonly lin: FakeUser
  readonly mo: FakeUser
  /** Connects an adapter; it is stopped with the world. */
  run(options?: RunOptions): Promise<Running>
  /** Stops what runs, waiting for what is in hand. */
  stop(): Promise<void>
}

export interface WorldOptions {
  readonly commands?: URL
  /** An App that another world has too; it outlives this one. */
  readonly test?: TestApp
  readonly fake?: Partial<FakeDiscordOptions>
  /** The fake's clock; the app's own by default. */
  readonly realTime?: boolean
}

export async function openDiscord(engine: Engine, options: WorldOptions = {}): Promise<DiscordWorld> {
  const test = options.test ?? (await cleanApp(engine))
  const dc = await startFakeDiscord({
    token: TOKEN,
    ...(!options.realTime && { now: test.clock.now }),
    ...options.fake,
  })
  const ada = dc.user({ username: 'ada', global_name: 'Ada', locale: 'en-GB' })
  const lin = dc.user({ username: 'lin', global_name: '林', locale: 'zh-CN' })
  const mo = dc.user({ username: 'mo' })
  const guild = dc.guild({
    name: 'Night Owls',
    channels: ['general', 'quiet'],
    members: [ada, lin],
    roles: [{ name: 'Member' }, { name: 'Manager', permissions: ['ManageGuild'], members: [mo] }],
  })
  const registry = await loadCommands(options.commands)
  const running = new Set<Running>()

  async function run(options: RunOptions = {}): Promise<Running> {
    const { sending, draw = async () => PIXEL, write = noDocument, app = test.app } = options
    const dispatch = createDispatch(app, registry)
    let wake = () => {}
    const connection = await connectDiscord({
      app,
      dispatch,
      token: TOKEN,
      apiUrl: dc.apiUrl,
      draw,
      write,
      onQueued: () => wake(),
    })
    const job = sending ? startSender(app, connection.bot, connection.sender) : null
    if (job) wake = job.wake
    const started: Running = {
      connection,
      dispatch,
      app,
      stop: async () => {
        running.delete(started)
        await Promise.all([connection.close(), job?.stop()])
      },
    }
    running.add(started)
    return started
  }

  const stop = async () => {
    await Promise.all([...running].map(one => one.stop()))
  }
  return {
    test,
    commands: options.commands,
    dc,
    guild,
    general: guild.channel('general'),
    ada,
    lin,
    mo,
    run,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await dc.close()
      if (!options.test) await test[Symbol.asyncDispose]()
    },
  }
}

// What a client makes of written text, in the order in which it looks: an escape, an address without preview, a mention, emphasis of a whole
// line, small print; then everything that would be markup, a mention or a link where nobody escaped it.
const WRITTEN =
  /\\([^0-9A-Za-z\s])|<(https?:\/\/[^\s<>]+)>|<@!?(\d+)>|^\*\*(.*)\*\*$|^-# |([*_~`|<[]|@(?=everyone|here)|:(?=\w+:|\/\/)|^[ \t]*(?:[#>+-]|\d+[.)]))/gm

/** How a client shows written text; what is left active in it stands between ⟪ and ⟫. */
function shown(people: ReadonlyMap<string, string>, text: string): string {
  return text.replace(WRITTEN, (whole, escaped, address, id, bold, active) => {
    if (active !== undefined) return `⟪${active}⟫`
    if (bold !== undefined) return shown(people, bold)
    if (id !== undefined) return people.get(id) ?? whole
    return escaped ?? address ?? ''
  })
}

/** All the words of a message, as a client shows them. */
export function wordsOf(
  people: ReadonlyMap<string, string>,
  { content, embeds }: Pick<FakeMessage, 'content' | 'embeds'>,
): string {
  const embedded = embeds.flatMap(embed => [
    shown(people, embed.title ?? ''),
    shown(people, embed.description ?? ''),
    embed.footer?.text ?? '',
  ])
  return [shown(people, content), ...embedded].filter(Boolean).join('\n')
}
