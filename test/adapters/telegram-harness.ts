// Telegram for the contract suite: grammY against the strict fake, in a group where the bot is an administrator.
import { connectTelegram, type TelegramParts } from '#src/adapters/telegram/index.ts'
import type { Connection, DrawPicture, WriteDocument } from '#src/chat/port.ts'
import { loadCommands } from '#src/commands.ts'
import { createDispatch, type Dispatch } from '#src/dispatch.ts'
import { createDocuments } from '#src/documents.ts'
import { png } from '#test/fakes/telegram/calling.ts'
import type {
  FakeTelegramOptions,
  Group,
  GroupOptions,
  Message,
  Person as TelegramPerson,
} from '#test/fakes/telegram/index.ts'
import { type FakeTelegram, type SeenMessage, startFakeTelegram } from '#test/fakes/telegram/index.ts'
import type { TestApp } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import type { Engine } from '#test/support/engines.ts'
import { until } from '#test/support/until.ts'
import type { Field, Harness, Person, PersonOptions, Seen, World } from './harness.ts'

export interface TelegramWorldOptions {
  readonly commands?: URL
  /** An App that another world has too; it outlives this one. */
  readonly test?: TestApp
  readonly group?: Partial<GroupOptions> & { readonly botIsAdmin?: boolean }
  readonly fake?: FakeTelegramOptions
  readonly webhook?: TelegramParts['webhook']
  readonly draw?: DrawPicture
  readonly write?: WriteDocument
  /** Something between the adapter and dispatch: a delay, a death. */
  readonly around?: (dispatch: Dispatch) => Dispatch
}

/** The contract's world, and what only Telegram has. */
export interface TelegramWorld extends World {
  readonly tg: FakeTelegram
  readonly group: Group
  readonly owner: TelegramPerson
  connection(): Connection
  dispatch(): Dispatch
  /** Ends the adapter and starts another; from then on without `around`, or with another one. */
  restartWith(changes: Pick<TelegramWorldOptions, 'around' | 'webhook'>): Promise<void>
  /** Closes the adapter alone. */
  stop(): Promise<void>
  /** Waits until what a message or press told is finished; the stored answer with where it went. */
  finished(event: string): Promise<Finished>
  /** The id of the newest update that waits for the bot. */
  newestEvent(): string
  /** What a person is left looking at after a message of theirs. */
  seenAfter(message: Message): Promise<Seen>
}

export interface Finished {
  readonly visibility: 'public' | 'private' | null
  readonly messageId: number | null
}

const drawDot: DrawPicture = async () => png

/** Opens a world; the bot is in the group and has been told so. */
export async function openTelegram(engine: Engine, options: TelegramWorldOptions = {}): Promise<TelegramWorld> {
  const test = options.test ?? (await cleanApp(engine))
  const tg = await startFakeTelegram({ now: test.clock.now, ...options.fake })
  const registry = await loadCommands(options.commands)
  let { around, webhook } = options
  const newDispatch = () => {
    const made = createDispatch(test.app, registry)
    return around?.(made) ?? made
  }
  let dispatch = newDispatch()
  const connect = () =>
    connectTelegram({
      app: test.app,
      dispatch,
      token: tg.token,
      apiRoot: tg.apiRoot,
      draw: options.draw ?? drawDot,
      write: options.write ?? createDocuments(test.app),
      webhook,
    })
  let connection = await connect()
  const owner = tg.user({ first_name: 'Olga' })
  const { botIsAdmin = true, ...groupOptions } = options.group ?? {}
  const group = tg.group({ title: 'Night Owls', admins: [owner], ...groupOptions })
  group.addBot({ admin: botIsAdmin })
  await until('the bot knows the group', () => tg.pending.length === 0)
  await until('the staff is listed', () => tg.callsOf('getChatAdministrators').length > 0)

  const base = {
    tg,
    test,
    group,
    owner,
    connection: () => connection,
    dispatch: () => dispatch,
    newestEvent: () => String(tg.pending.at(-1)?.update_id ?? ''),
    finished: (event: string) => finished(test, event),
  }
  return {
    ...base,
    seenAfter: message => seenAfter(base, message, base.newestEvent()),
    person: person => enter(base, person),
    violations: () => tg.violations,
    restart: async () => {
      await connection.close()
      dispatch = newDispatch()
      connection = await connect()
    },
    restartWith: async changes => {
      await connection.close()
      around = changes.around
      webhook = changes.webhook
      dispatch = newDispatch()
      connection = await connect()
    },
    stop: () => connection.close(),
    [Symbol.asyncDispose]: async () => {
      await connection.close()
      await dispatch.idle()
      await tg.close()
      if (!options.test) await test[Symbol.asyncDispose]()
    },
  }
}

type Base = Pick<TelegramWorld, 'tg' | 'test' | 'group' | 'finished' | 'newestEvent'>

async function finished(test: TestApp, event: string): Promise<Finished> {
  const read = () =>
    test.app.db
      .selectFrom('inbox')
      .select(['answer', 'message_id as messageId'])
      .where('event_id', '=', event)
      .where('state', '=', 'answered')
      .executeTakeFirst()
  await until(`update ${event} is answered`, async () => (await read()) !== undefined)
  const row = await read()
  const answer = row?.answer ? JSON.parse(row.answer) : null
  return { visibility: answer?.visibility ?? null, messageId: row?.messageId ? Number(row.messageId) : null }
}

/** A message as its reader sees it: the invisible character that keeps a name from being a mention is undone. */
function shown(message: SeenMessage, visibility: Seen['visibility']): Seen {
  return {
    text: message.text.replaceAll('\u2060', ''),
    visibility,
    buttons: message.keyboard.flat().map(({ text }) => text),
    pictures: message.photo ? 1 : 0,
    pings: message.entities.flatMap(({ type, text, user }) =>
      type === 'text_mention' ? [String(user?.id)] : type === 'mention' ? [text] : [],
    ),
    message,
  }
}

async function seenAfter({ tg, finished: wait }: Base, said: Message, event: string): Promise<Seen> {
  const { visibility, messageId } = await wait(event)
  const asker = said.from?.id ?? 0
  const inGroup = said.chat.type !== 'private'
  const where = visibility === 'private' && inGroup ? { id: asker } : said.chat
  const message = tg.messages(where).find(({ message_id }) => message_id === messageId)
  if (!message) throw new Error(`the answer to "${said.text}" is nowhere`)
  if (inGroup && visibility === 'private') {
    // The group hears where the answer went, not what it is.
    const line = tg.messages(said.chat).find(({ replyTo }) => replyTo === said.message_id)
    if (!line?.text.includes('answered you privately') && !line?.text.includes('私下回复'))
      throw new Error('the group was not told that the answer is private')
  }
  return shown(message, visibility ?? 'public')
}

async function enter(base: Base, options: PersonOptions): Promise<Person> {
  const { tg, test, group } = base
  const user = tg.user({
    first_name: options.name,
    ...(options.locale && { language_code: languageOf(options.locale) }),
  })
  group.join(user)
  if (options.role === 'manager') group.promote(user)
  user.start()
  const started = base.newestEvent()
  await base.finished(started)
  await until('all is applied', async () => {
    const left = await test.app.db.selectFrom('inbox').select('id').where('state', '<>', 'answered').execute()
    return tg.pending.length === 0 && left.length === 0
  })

  const say = (line: string, where: 'group' | 'direct'): { said: Message; event: string } => {
    const chat = where === 'group' ? group : user.chat
    // What a client sends when the command is chosen from its menu.
    const addressed = where === 'group' ? line.replace(/^\/\w+/, `$&@${tg.bot.username}`) : line
    const said = user.say(chat, addressed)
    return { said, event: base.newestEvent() }
  }
  return {
    id: String(user.id),
    name: options.name,
    type: async (line, where = 'group') => {
      const { said, event } = say(line, where)
      return seenAfter(base, said, event)
    },
    typeTwice: async line => {
      const [one, two] = [say(line, 'group'), say(line, 'group')]
      return Promise.all([seenAfter(base, one.said, one.event), seenAfter(base, two.said, two.event)])
    },
    press: async (seen, label) => pressed(base, user, seen.message as SeenMessage, label),
    fill: async (seen, fields, halfway) => {
      let shown = seen
      for (const [i, [, value]] of fields.entries()) {
        if (i === Math.ceil(fields.length / 2)) await halfway?.()
        shown = await answered(base, user, shown, value)
      }
      return shown
    },
  }
}

/** Answers the question that somebody sees: by its button where it has one, else by a reply to it. */
async function answered(base: Base, user: TelegramPerson, seen: Seen, value: Field[1]): Promise<Seen> {
  const question = seen.message as SeenMessage
  if (value === null) return pressed(base, user, question, seen.buttons.includes('Skip') ? 'Skip' : 'Leave empty')
  if (typeof value === 'string' && seen.buttons.includes(value)) return pressed(base, user, question, value)
  const where = { replyTo: question }
  const said =
    typeof value === 'string'
      ? user.reply(question, value)
      : value.type.startsWith('image/')
        ? user.sendPhoto(question.chat, Buffer.from(value.bytes), where)
        : user.sendDocument(question.chat, Buffer.from(value.bytes), { ...where, name: value.name })
  return seenAfter(base, said, base.newestEvent())
}

const languageOf = (locale: string): string => locale.toLowerCase().split('-')[0] ?? locale

async function pressed(base: Base, user: TelegramPerson, message: SeenMessage, label: string): Promise<Seen> {
  const { tg } = base
  const pressing = user.press(message, label)
  const event = base.newestEvent()
  const { text, show_alert: alert, url } = await pressing
  const { visibility, messageId } = await base.finished(event)
  if (alert && typeof text === 'string')
    return { text, visibility: 'private', buttons: [], pictures: 0, pings: [], message: null }
  if (typeof url === 'string') {
    const said = user.start(new URL(url).searchParams.get('start') ?? undefined)
    return seenAfter(base, said, base.newestEvent())
  }
  const where = visibility === 'private' ? user.chat : message.chat
  const answer = tg.messages(where).find(({ message_id }) => message_id === messageId)
  if (!answer) throw new Error(`the answer to the press on "${label}" is nowhere`)
  return shown(answer, visibility ?? 'public')
}

export const harness: Harness = { platform: 'telegram', open: openTelegram }
