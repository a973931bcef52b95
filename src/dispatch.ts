/** The one way from what came in to what is answered: who? allowed? too soon? -> run -> answer stored with the effect -> sent. */
import { type Admission, commandOf, createAdmission, mayUse } from './admission.ts'
import { type App, transaction } from './app.ts'
import type { Asker, Registry } from './chat/command.ts'
import { type Answer, DeliveryError, type Responder } from './chat/port.ts'
import { Refusal } from './chat/refusal.ts'
import { type Reply, refusal, type Visibility } from './chat/reply.ts'
import type { Ask, Request } from './chat/request.ts'
import { t } from './chat/text.ts'
import { admit as admitPerson, apply } from './features/communities/index.ts'
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
import { directOf, type Identity, recognise } from './features/people/index.ts'
import { randomCharacters } from './lib/ids.ts'
import { nearestLocale } from './lib/locale.ts'
import { lateAnswer, word } from './wording.ts'

/** A platform waits 3 s for the first sign; after this long the person is told that the answer is on its way. */
const RACE_MS = 1500
const INCIDENT_SIZE = 4

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
): Dispatch {
  const queues = new Map<string, Promise<unknown>>()
  const inHand = new Set<number>()
  const admit = createAdmission(app, registry)

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
    const sign = responder && request.kind !== 'happening' ? signOfLife(responder, request) : null
    return inTurn(keyOf(request), () => processOne(received, responder, sign)).finally(() => sign?.over())
  }

  async function processOne(received: Received, responder: Responder | null, sign: SignOfLife | null): Promise<Ending> {
    const { request } = received
    try {
      if (request.kind !== 'happening') return await answerAsk(received, request, responder, sign)
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

  async function answerAsk(
    received: Received,
    ask: Ask,
    responder: Responder | null,
    sign: SignOfLife | null,
  ): Promise<Ending> {
    const started = performance.now()
    const identity = await recognise(app, ask)
    const admission = await admit(ask, identity)
    sign?.declare(admission.kind === 'admitted' ? admission.leaf.reply : 'private')
    const command = admission.kind === 'admitted' ? admission.entry.path.join(' ') : admission.command
    const produced = await produce(received, ask, identity, admission, command)
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

  /** Acknowledges once a moment has passed without an answer, as visible as the command declares. */
  function signOfLife(responder: Responder, ask: Ask): SignOfLife {
    const named = registry.find(commandOf(registry, ask).split(' '))?.node
    let visibility: Visibility = named?.kind === 'leaf' ? named.reply : 'private'
    let telling: Promise<void> | undefined
    const tell = async () => {
      try {
        await responder.acknowledge(visibility)
      } catch (error) {
        app.log.warn({ err: error }, 'an acknowledgement did not arrive; the answer will be tried all the same')
      }
    }
    const timer = setTimeout(() => {
      telling = tell()
    }, RACE_MS)
    return {
      declare: declared => {
        visibility = declared
      },
      over: async () => {
        clearTimeout(timer)
        await telling
      },
    }
  }

  /** Runs what was admitted, or words the refusal; the answer is stored in the transaction of the effect. Null when somebody else did. */
  async function produce(
    received: Received,
    ask: Ask,
    identity: Identity | null,
    admission: Admission,
    command: string,
  ): Promise<{ answer: Answer; outcome: Observation['outcome'] } | null> {
    const refused = async (reply: Reply, outcome: Observation['outcome']) => {
      const answer = await transaction(app, async inner => {
        // Even a refused newcomer is known from now on, so that a private answer has an account to belong to; and who was refused
        // because they are staff no longer is so in the next request too.
        const known = !identity || identity.stale ? await meet(inner, ask) : identity
        const worded = await word(inner, received, ask, known, reply, 'private', null)
        return (await finish(inner, received.id, worded)) ? worded : null
      })
      return answer && { answer, outcome }
    }
    if (admission.kind === 'refused') return refused(admission.reply, admission.reply.tone)
    try {
      const answer = await transaction(app, async inner => {
        const known = !identity || identity.stale ? await meet(inner, ask) : identity
        const reply = await admission.leaf.run(inner, {
          asker: known.asker,
          member: known.member,
          community: known.community,
          args: admission.values,
          payload: admission.payload,
          registry,
        })
        const worded = await word(inner, received, ask, known, reply, admission.leaf.reply, admission.press)
        if (!(await finish(inner, received.id, worded))) throw new DoneElsewhere()
        return { worded, tone: reply.tone }
      })
      return { answer: answer.worded, outcome: answer.tone }
    } catch (error) {
      if (error instanceof DoneElsewhere) return null
      if (error instanceof Refusal) return refused(refusal(error.text), 'refusal')
      const code = randomCharacters(app.random, INCIDENT_SIZE).toUpperCase()
      app.log.error({ err: error, incident: code, command, inbox: received.id }, 'a command failed')
      return refused(refusal(t('refusal.fault', { code })), 'fault')
    }
  }

  async function meet(inner: App, ask: Ask): Promise<Identity> {
    if (ask.kind !== 'faceless') await admitPerson(inner, ask)
    const known = await recognise(inner, ask)
    return known ?? newcomer(app, ask)
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

/** Requests with one key follow one another: those of one person, and what happens to a bot's places. */
const keyOf = (request: Request): string =>
  request.kind === 'happening' ? request.bot : `${request.bot} ${request.from.platformId}`

interface SignOfLife {
  /** How visible the answer will be, once that is known. */
  declare(visibility: Visibility): void
  /** From here on nothing is acknowledged; resolves when what was begun has arrived. */
  over(): Promise<void>
}

/** Another process finished the same row: undo what we did. */
class DoneElsewhere extends Error {}

const newcomer = (app: App, ask: Ask): Identity => ({
  asker: stranger(app, ask),
  member: null,
  community: null,
  stale: false,
})

function stranger(app: App, ask: Ask): Asker {
  return {
    platform: ask.platform,
    accountId: '',
    personId: '',
    platformId: ask.from.platformId,
    name: ask.from.name,
    mention: { kind: 'mention', name: ask.from.name, ids: { [ask.platform]: ask.from.platformId } },
    role: ask.from.role ?? 'member',
    locale: nearestLocale(ask.from.locale) ?? app.defaults.locale,
    appLocale: nearestLocale(ask.from.locale) ?? app.defaults.locale,
    direct: ask.place === null,
    at: ask.at,
  }
}
