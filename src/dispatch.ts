/** The one way from what came in to what is answered: who? allowed? too soon? -> run -> answer stored with the effect -> sent. */
import { type Admission, commandOf, createAdmission, mayUse } from './admission.ts'
import { createAnswering, DoneElsewhere, SomebodyElse } from './answering.ts'
import { type App, transaction } from './app.ts'
import type { Registry } from './chat/command.ts'
import { type Answer, DeliveryError, type Responder } from './chat/port.ts'
import type { Reply } from './chat/reply.ts'
import type { Ask, Request } from './chat/request.ts'
import { apply } from './features/communities/index.ts'
import {
  awaitsSending,
  finish,
  markAnswered,
  PRIVATE_LIFE_MS,
  type Received,
  receive,
  type Unfinished,
  unfinished,
} from './features/inbox/index.ts'
import { enqueue } from './features/outbox/index.ts'
import { directOf, recognise } from './features/people/index.ts'
import { createFileIntake, type Redraw } from './files.ts'
import { newcomer } from './newcomer.ts'
import { FORM } from './questions.ts'
import { type Expected, type SignOfLife, signOfLife } from './sign-of-life.ts'
import { lateAnswer } from './wording.ts'

/** `kept`: the stored answer is tried again by the next recovery. */
export type Ending = 'answered' | 'delivered' | 'kept' | 'dropped' | 'applied'

/** What happened to a request, for metrics. */
export interface Observation {
  readonly platform: Request['platform']
  readonly command: string
  readonly outcome: Reply['tone'] | 'fault' | 'happening'
  /** From receiving to the answer's having been stored. */
  readonly ms: number
}

export interface Dispatch {
  readonly registry: Registry
  /** Stores what came in, after COMMIT; null for what was stored before. */
  receive(request: Request, token?: string | null): Promise<Received | null>
  /** Runs a stored request and answers it. One person's requests follow one another. Never throws. */
  process(received: Received, responder: Responder | null): Promise<Ending>
  /** Runs or sends what was left unfinished for a bot and is not in hand here; returns how many rows that were. */
  recover(
    bot: string,
    responderFor: (received: Received, receivedAt: number) => Responder | null,
    olderThanMs?: number,
  ): Promise<number>
  /** Completion of an argument while it is typed. */
  complete(
    ask: Ask,
    path: readonly string[],
    arg: string,
    typed: string,
  ): Promise<ReadonlyArray<{ value: string; label: string }>>
  /** Resolves when nothing is in hand. */
  idle(): Promise<void>
}

export function createDispatch(
  app: App,
  registry: Registry,
  observe: (seen: Observation) => void = () => {},
  redraw: Redraw = redrawHere,
): Dispatch {
  const queues = new Map<string, Promise<unknown>>()
  const inHand = new Set<number>()
  const admit = createAdmission(app, registry)
  const produce = createAnswering(app, registry, createFileIntake(app, redraw))

  /** One after the other by key; different keys at once. */
  function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (queues.get(key) ?? Promise.resolve()).then(work)
    const settled = turn.catch(() => {})
    queues.set(key, settled)
    void settled.then(() => queues.get(key) === settled && queues.delete(key))
    return turn
  }

  /** Takes one request in its turn; what makes a person wait for longer than a moment is acknowledged, waiting for the turn included. */
  function take(received: Received, responder: Responder | null): Promise<Ending> {
    const { request } = received
    const sign = responder && request.kind !== 'happening' ? signOfLife(responder, app.log, expected(request)) : null
    return inTurn(keyOf(request), () => processOne(received, responder, sign)).finally(() => sign?.over())
  }

  async function processOne(received: Received, responder: Responder | null, sign: SignOfLife | null): Promise<Ending> {
    const { request } = received
    try {
      if (request.kind !== 'happening') return await answerAnew(received, request, responder, sign)
      await transaction(app, async inner => {
        await apply(inner, request)
        if (!(await finish(inner, received.id, null))) throw new DoneElsewhere()
      })
      return 'applied'
    } catch (error) {
      if (error instanceof DoneElsewhere) return 'dropped'
      app.log.error(
        { err: error, inbox: received.id, bot: request.bot, kind: request.kind },
        'a request could not be finished; it is kept',
      )
      return 'dropped'
    }
  }

  /** Decides again where the asker became another meanwhile. */
  async function answerAnew(
    received: Received,
    ask: Ask,
    responder: Responder | null,
    sign: SignOfLife | null,
    tries = 5,
  ): Promise<Ending> {
    try {
      return await answerAsk(received, ask, responder, sign)
    } catch (error) {
      if (!(error instanceof SomebodyElse) || tries === 1) throw error
      return answerAnew(received, ask, responder, sign, tries - 1)
    }
  }

  async function answerAsk(
    received: Received,
    ask: Ask,
    responder: Responder | null,
    sign: SignOfLife | null,
  ): Promise<Ending> {
    const started = performance.now()
    const identity = await recognise(app, ask)
    const admission = await admit(ask, identity)
    sign?.declare(declared(ask, admission))
    const command = admission.kind === 'admitted' ? admission.entry.path.join(' ') : admission.command
    const produced = await produce({ received, ask, identity, command }, admission, responder)
    if (!produced) return 'dropped'
    observe({
      platform: ask.platform,
      command: admission.kind === 'admitted' ? command : '',
      outcome: produced.outcome,
      ms: performance.now() - started,
    })
    await sign?.over()
    return send(received, ask, produced.answer, command, responder)
  }

  /** What the answer will be like, as far as the words of an ask tell. */
  function expected(ask: Ask): Expected {
    const command = commandOf(registry, ask)
    const named = registry.find(command.split(' '))?.node
    if (command === FORM) return null
    if (named?.kind !== 'leaf') return 'private'
    return named.opens === 'form' ? null : named.reply
  }

  async function send(
    received: Received,
    ask: Ask,
    answer: Answer,
    command: string,
    responder: Responder | null,
  ): Promise<Ending> {
    try {
      if (!responder) throw new DeliveryError('gone', 'there is nothing left to answer through')
      const { messageId } = await responder.answer(answer)
      await markAnswered(app, received.id, messageId ?? null)
      return 'answered'
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      const hopeless = error.problem === 'blocked' || error.problem === 'forbidden' || error.problem === 'rejected'
      // A private answer to somebody who has to open the chat first: only a responder knows how to offer it.
      const unopened =
        answer.startPayload !== undefined && (await directOf(app, ask.platform, ask.from.platformId))?.openSince == null
      const passing = error.problem === 'unreachable' || error.problem === 'rate-limited'
      const again = passing && unopened && app.clock.now() - ask.at < PRIVATE_LIFE_MS
      app.log.warn(
        { err: error, inbox: received.id, problem: error.problem },
        hopeless
          ? 'an answer cannot be delivered'
          : again
            ? 'an answer is tried again'
            : 'an answer becomes a delivery',
      )
      if (again) return 'kept'
      await transaction(app, async inner => {
        if (!hopeless) await enqueue(inner, lateAnswer(received, ask, answer, command, error, app.clock.now()))
        await markAnswered(inner, received.id)
      })
      return hopeless ? 'dropped' : 'delivered'
    }
  }

  /** Runs what was only received; of what is done, only the stored answer is sent. */
  async function resume(row: Unfinished, responder: Responder | null): Promise<void> {
    const { request, answer } = row
    if (row.state === 'received') await take(row, responder)
    else if (answer && request.kind !== 'happening')
      await inTurn(keyOf(request), async () => {
        // Since it was read, whoever had it in hand may have sent it.
        if (await awaitsSending(app, row.id)) await send(row, request, answer, commandOf(registry, request), responder)
      })
  }

  return {
    registry,
    receive: (request, token = null) => receive(app, request, token),
    process: (received, responder) => {
      inHand.add(received.id)
      return take(received, responder).finally(() => inHand.delete(received.id))
    },
    recover: async (bot, responderFor, olderThanMs = 0) => {
      const before = app.clock.now() - olderThanMs
      const rows = (await unfinished(app, bot)).filter(row => !inHand.has(row.id) && row.receivedAt <= before)
      for (const row of rows) {
        inHand.add(row.id)
        await resume(row, responderFor(row, row.receivedAt))
          .catch(error => app.log.error({ err: error, inbox: row.id }, 'a stored answer could not be sent; it is kept'))
          .finally(() => inHand.delete(row.id))
      }
      return rows.length
    },
    complete: async (ask, path, arg, typed) => {
      const node = registry.find(path)?.node
      const declared = node?.kind === 'leaf' ? node.args[arg] : undefined
      if (node?.kind !== 'leaf' || declared?.kind !== 'item') return []
      const identity = (await recognise(app, ask)) ?? newcomer(app, ask)
      // What somebody may not do does not tell them names either.
      if (!mayUse(ask, identity, node)) return []
      const found = await declared.complete(app, { ...identity, registry }, typed.slice(0, declared.max))
      return found.slice(0, 25)
    },
    idle: async () => {
      while (queues.size > 0) await Promise.allSettled(queues.values())
    },
  }
}

/** A form cannot follow an acknowledgement; what is handed in with one is answered in words. */
function declared(ask: Ask, admission: Admission): Expected {
  if (admission.kind === 'refused') return 'private'
  if (admission.kind === 'admitted') return admission.leaf.opens && !admission.handed ? null : admission.leaf.reply
  return admission.kind === 'again' && ask.chat.forms === 'whole' ? null : admission.leaf.reply
}

/** In this very thread: for processes that have no other. */
const redrawHere: Redraw = async bytes => (await import('./lib/picture/photo.ts')).redraw({ bytes })

/** Requests with one key follow one another: those of one person, and what happens to a bot's places. */
const keyOf = (request: Request): string =>
  request.kind === 'happening' ? request.bot : `${request.bot} ${request.from.platformId}`
