/** Owning a bot: one process at a time holds its gateway, its replies and its sender; the others stand by. */
import type { App } from './app.ts'
import type { Connection } from './chat/port.ts'
import type { Ownership } from './db/index.ts'
import { type SenderJob, startSender } from './jobs/sender.ts'
import { PassingProblem, Problem } from './lib/problem.ts'
import { SECOND } from './lib/time.ts'

const STANDBY_LOOK_MS = 2 * SECOND

export interface Bot extends AsyncDisposable {
  readonly name: string
  /** The connection, while this process owns the bot. */
  connection(): Connection | null
  /** Whether it does what it should: connected as owner, or standing by for another process. */
  ready(): boolean
}

export interface BotParts {
  readonly app: App
  /** `telegram:123`. */
  readonly name: string
  /** Connects; throws a Problem when a setting is wrong. `onQueued` wakes the sender. */
  readonly connect: (onQueued: () => void) => Promise<Connection>
  /** For what never stands by: the sentence to end with when another process owns it. */
  readonly alone?: string
  /** Says one sentence to whoever started the process. */
  readonly say: (sentence: string) => void
  /** The platform ended it for good. */
  readonly onEnd: (sentence: string) => void
}

/** Starts a bot. Resolves once it is connected, or stands by for another process; a setting that is wrong is thrown. */
export async function startBot(parts: BotParts): Promise<Bot> {
  const { app, name, say } = parts
  let current: { connection: Connection; sender: SenderJob; ownership: Ownership } | null = null
  let stopping = false
  let standby: NodeJS.Timeout | undefined
  let taking: Promise<boolean> = Promise.resolve(false)

  async function take(): Promise<boolean> {
    const ownership = await app.engine.own(name)
    if (!ownership) return false
    if (stopping) {
      await ownership.release()
      return false
    }
    let sender: SenderJob | null = null
    try {
      const connection = await parts.connect(() => sender?.wake())
      sender = startSender(app, connection.bot, connection.sender)
      current = { connection, sender, ownership }
    } catch (error) {
      await ownership.release()
      throw error
    }
    const { connection } = current
    void ownership.lost.then(() => lose())
    void connection.ended.then(sentence => parts.onEnd(sentence))
    return true
  }

  /** Another process may own the bot already: stop before anything else. */
  async function lose(): Promise<void> {
    if (!current || stopping) return
    app.log.error({ bot: name }, 'this process no longer owns the bot: it stops answering and stands by')
    await release()
    wait()
  }

  async function release(): Promise<void> {
    const held = current
    current = null
    if (!held) return
    const results = await Promise.allSettled([held.connection.close(), held.sender.stop()])
    for (const result of results)
      if (result.status === 'rejected') app.log.error({ err: result.reason, bot: name }, 'a bot did not stop cleanly')
    await held.ownership
      .release()
      .catch(error => app.log.warn({ err: error, bot: name }, 'the lock of the bot was gone already'))
  }

  function wait(): void {
    if (stopping) return
    standby = setTimeout(() => {
      taking = take().then(
        taken => {
          if (taken) say(`This process has taken over ${name}.`)
          else wait()
          return taken
        },
        error => {
          if (error instanceof Problem && !(error instanceof PassingProblem)) parts.onEnd(error.message)
          else {
            app.log.error({ err: error, bot: name }, 'taking over the bot failed; it is tried again')
            wait()
          }
          return false
        },
      )
    }, STANDBY_LOOK_MS)
  }

  if (!(await take())) {
    if (parts.alone) throw new Problem(parts.alone)
    say(
      `Another process on the same DATABASE_URL owns ${name}; this one serves HTTP, stands by and takes over when that one ends.`,
    )
    wait()
  }
  return {
    name,
    connection: () => current?.connection ?? null,
    ready: () => current?.connection.connected() ?? standby !== undefined,
    [Symbol.asyncDispose]: async () => {
      stopping = true
      clearTimeout(standby)
      await taking.catch(() => false)
      await release()
    },
  }
}
