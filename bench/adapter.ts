/** A command through the Telegram adapter against a bare grammY bot with the same use case inside. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Bot } from 'grammy'
import { connectTelegram } from '#src/adapters/telegram/index.ts'
import type { App } from '#src/app.ts'
import { plainWriter, renderText, t } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { createDispatch } from '#src/dispatch.ts'
import { createDocuments } from '#src/documents.ts'
import { checkIn } from '#src/features/checkin/index.ts'
import { type BenchMember, newDatabase, openCommunity } from './community.ts'
import { type Row, row } from './row.ts'

const ID = 'adapter'
const PER_ROUND = 300
const ROUNDS = 4
const TOKEN = '900000001:bench-token-bench-token-bench-token'

interface Server extends AsyncDisposable {
  readonly root: string
  /** Hands out commands of `count` people and resolves when all are answered. */
  round(count: number, firstPerson: number): Promise<void>
}

async function startServer(): Promise<Server> {
  const child: ChildProcess = fork(new URL('./telegram-server.ts', import.meta.url))
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    root: `http://127.0.0.1:${port}`,
    round: async (count, firstPerson) => {
      const done = once(child, 'message')
      child.send({ fill: count, firstPerson })
      await done
    },
    [Symbol.asyncDispose]: async () => {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

/** The use case and one message: what a bot without inbox, permissions, languages and recovery would do. */
function bareBot(app: App, members: ReadonlyMap<string, BenchMember>, root: string): Bot {
  const bot = new Bot(TOKEN, { client: { apiRoot: root } })
  bot.command('checkin', async ctx => {
    const who = members.get(String(ctx.from?.id))
    if (!who) throw new Error('the bench knows all its people')
    const outcome = await checkIn(app, who, { at: Date.now() })
    await ctx.reply(
      outcome.kind === 'checked-in'
        ? `Day ${outcome.streak.current}, ${renderText(t('checkin.button'), 'en', plainWriter)}`
        : 'again',
    )
  })
  return bot
}

async function measure(title: string, synchronous: 'full' | 'normal'): Promise<Row> {
  await using mine = await newDatabase()
  await using theirs = await newDatabase()
  await using ourServer = await startServer()
  await using theirServer = await startServer()
  const people = PER_ROUND * ROUNDS
  const ours = await openCommunity(mine.url, people, { synchronous })
  const peer = await openCommunity(theirs.url, people, { synchronous })
  const dispatch = createDispatch(ours.app, await loadCommands())
  const connection = await connectTelegram({
    app: ours.app,
    dispatch,
    token: TOKEN,
    apiRoot: ourServer.root,
    draw: async () => null,
    write: createDocuments(ours.app),
  })
  const bot = bareBot(peer.app, new Map(peer.members.map(member => [member.platformId, member])), theirServer.root)
  const running = bot.start({ drop_pending_updates: false })
  const rates: { ours: number[]; peer: number[] } = { ours: [], peer: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [side, server] of [
      ['ours', ourServer],
      ['peer', theirServer],
    ] as const) {
      const started = performance.now()
      await server.round(PER_ROUND, 1000 + round * PER_ROUND)
      if (round > 0) rates[side].push((PER_ROUND / (performance.now() - started)) * 1000)
    }
  }
  await connection.close()
  await bot.stop()
  await running
  await ours.app.engine.close()
  await peer.app.engine.close()
  const median = (values: number[]) => Math.round(values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0)
  return row({
    id: ID,
    what: `${title}, SQLite ${synchronous.toUpperCase()}`,
    unit: '/s',
    peerName: 'grammy',
    ours: median(rates.ours),
    peer: median(rates.peer),
    n: PER_ROUND * (ROUNDS - 1),
  })
}

export async function run(): Promise<Row[]> {
  return [
    await measure('/checkin through the Telegram adapter', 'full'),
    await measure('/checkin through the Telegram adapter', 'normal'),
  ]
}
