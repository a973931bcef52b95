/** Answers one request: in its chat, in the place of its message, as a box over a press, or privately. */
import { type App, transaction } from '../../app.ts'
import { type Answer, DeliveryError, type Responder } from '../../chat/port.ts'
import type { Ask } from '../../chat/request.ts'
import { plainWriter, renderText, type Text, t } from '../../chat/text.ts'
import { directOf, openDirect } from '../../features/people/index.ts'
import { readQuestionToken } from './answers.ts'
import type { Calls } from './calls.ts'
import type { Drawing } from './drawing.ts'
import { deliveryError } from './errors.ts'
import { type Asking, alertOf, linkKeyboard, type Payload } from './formatter.ts'
import { ALERT_MAX, PRESS_PATIENCE_MS } from './limits.ts'
import { post, replace, type Target, withoutButtons } from './outgoing.ts'
import { readPressToken } from './press-token.ts'
import { markingWriter, readMarked, shortened } from './rich.ts'

export interface ResponderParts {
  readonly app: App
  readonly calls: Calls
  readonly draw: Drawing
  readonly fetch: Responder['fetch']
  /** The bot's username, for links that open it. */
  readonly username: string
  /** From then on nothing is called that nobody waits for. */
  readonly closing: AbortSignal
}

/** How one press is answered: once, with words, a link or nothing. */
interface Query {
  readonly open: boolean
  /** False when it has been answered, or the platform no longer waits for it. */
  answer(with_: { text?: string; show_alert?: boolean; url?: string }): Promise<boolean>
  /** Ends the waiting with nothing, if nobody has; failing at that matters to nobody. */
  close(): Promise<void>
}

export function createResponder(parts: ResponderParts, ask: Ask, token: string | null): Responder {
  const { app, calls, draw, username } = parts
  const press = readPressToken(token)
  const answered = readQuestionToken(token)
  const query = createQuery(parts, press?.queryId, ask.from.platformId)
  const here: Target = {
    chatId: ask.chat.id,
    direct: ask.chat.direct,
    threadId: ask.chat.threadId,
    // In a private chat everybody knows what is answered.
    replyTo: ask.chat.direct ? undefined : ask.chat.messageId,
  }

  /** Sends to the chat of the request, or to where the group lives now. */
  async function postHere(messages: readonly Payload[]): Promise<string> {
    try {
      return await post(calls, here, messages)
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      if (error.problem === 'rate-limited') await nod()
      if (error.movedTo === undefined) throw error
      return post(calls, { chatId: error.movedTo, direct: false }, messages)
    }
  }

  /** The group has had its messages of this minute: a reaction is none, and says that the command arrived. */
  async function nod(): Promise<void> {
    const { messageId } = ask.chat
    if (press || here.direct || messageId === undefined || calls.limiter.pausedFor() > 0) return
    const where = { chat_id: Number(here.chatId), message_id: Number(messageId) }
    // A group may allow no reactions; then the answer comes without one before it.
    await calls
      .call(api => api.setMessageReaction({ ...where, reaction: [{ type: 'emoji', emoji: '👌' }] }))
      .catch(() => {})
  }

  async function answerHere(answer: Answer): Promise<string> {
    const { direct } = here
    // A field opens for whoever a message answers; what a press brings answers no message of theirs.
    const asking: Asking = ask.kind === 'press' ? 'unopened' : 'opened'
    const messages = await draw({ ...answer, direct, asks: answer.asks && !direct ? asking : undefined })
    const { messageId } = ask.chat
    if (!answer.update || !press || press.shown === 'nothing' || messageId === undefined) return postHere(messages)
    try {
      return await replace(calls, here, { messageId, photo: press.shown === 'photo' }, messages)
    } catch (error) {
      if (!(error instanceof DeliveryError) || error.movedTo === undefined) throw error
      return postHere(messages)
    }
  }

  /** To the asker alone. In the group stays one line that says where the answer is. */
  async function answerPrivately(answer: Answer): Promise<string | undefined> {
    const direct = await directOf(app, 'telegram', ask.from.platformId)
    if (direct?.openSince != null) {
      const messages = await draw({ ...answer, direct: true, asks: undefined })
      try {
        const messageId = await post(calls, { chatId: ask.from.platformId, direct: true }, messages)
        await pointToPrivate(answer)
        return messageId
      } catch (error) {
        if (!(error instanceof DeliveryError) || !['blocked', 'gone'].includes(error.problem)) throw error
        await transaction(app, inner => openDirect(inner, direct.accountId, false, app.clock.now()))
      }
    }
    const link = `https://t.me/${username}${answer.startPayload ? `?start=${answer.startPayload}` : ''}`
    // A press opens the chat by itself; a typed command gets a button that does.
    if (answer.startPayload && (await query.answer({ url: link }))) return undefined
    await postHere([line(t('private.press-start', { who: whom(ask) }), answer, link)])
    // What was sent is not the answer: nothing that is said to it answers a question.
    return undefined
  }

  async function pointToPrivate(answer: Answer): Promise<void> {
    const text = t('private.answered', { who: whom(ask) })
    try {
      const toast = shortened(renderText(text, answer.locale, plainWriter), ALERT_MAX)
      if (await query.answer({ text: toast })) return
      await postHere([line(text, answer)])
    } catch (error) {
      // The answer itself has arrived.
      app.log.warn({ err: deliveryError(error) }, 'the group could not be told that an answer went to a private chat')
    }
  }

  return {
    acknowledge: async () => {
      if (query.open) return query.close()
      const { chatId, threadId } = here
      const topic = threadId !== undefined && { message_thread_id: Number(threadId) }
      await calls.call(api => api.sendChatAction({ chat_id: Number(chatId), action: 'typing', ...topic }))
    },
    answer: async answer => {
      const hidden = answer.visibility === 'private' && !here.direct && ask.kind !== 'faceless'
      const boxed = hidden || (answer.visibility === 'private' && isRemark(answer))
      const alert = boxed && query.open ? alertOf(answer) : null
      if (alert !== null && (await query.answer({ text: alert, show_alert: true }))) return {}
      // The spinner on the button ends beside the answer, not before it.
      const closed = hidden ? undefined : query.close()
      const tidied = answered === null ? undefined : withoutButtons(calls, here, answered)
      try {
        const messageId = await (hidden ? answerPrivately(answer) : answerHere(answer))
        return messageId === undefined ? {} : { messageId }
      } finally {
        await (closed ?? query.close())
        await tidied
      }
    },
    fetch: parts.fetch,
  }
}

/** Something to be read once and closed, unlike an answer that people want to keep. */
const isRemark = ({ reply }: Answer): boolean => reply.tone === 'notice' || reply.tone === 'refusal'

const whom = ({ from }: Ask) => ({ kind: 'mention' as const, name: from.name, ids: { telegram: from.platformId } })

function line(text: Text, { locale }: Answer, link?: string): Payload {
  const keyboard =
    link === undefined ? undefined : linkKeyboard(renderText(t('private.open'), locale, plainWriter), link)
  return { rich: readMarked(renderText(text, locale, markingWriter)), media: null, markup: keyboard }
}

function createQuery({ app, calls, closing }: ResponderParts, queryId: string | undefined, personId: string): Query {
  let open = queryId !== undefined
  /** Until when it is worth answering, since it first met silence. */
  let patience: number | undefined
  let timed = false
  const answer: Query['answer'] = async content => {
    if (queryId === undefined || !open) return false
    open = false
    calls.limiter.count(`q:${personId}`, false)
    try {
      await calls.call(api => api.answerCallbackQuery({ callback_query_id: queryId, ...content }))
      return true
    } catch (error) {
      if (error instanceof DeliveryError && error.problem === 'gone') return false
      if (error instanceof DeliveryError && error.problem === 'rate-limited') {
        open = true
        closeAfter(error.retryAfterMs)
      }
      throw error
    }
  }
  const close = async () => {
    await answer({}).catch(() => false)
  }

  /** Ends the waiting after a silence: nobody here waits for that, and a stopping process leaves it. */
  function closeAfter(silence: number): void {
    const now = app.clock.now()
    patience ??= now + PRESS_PATIENCE_MS
    if (timed || now + silence > patience) return
    timed = true
    setTimeout(() => {
      timed = false
      if (!closing.aborted) void close()
    }, silence).unref()
  }

  return {
    get open() {
      return open
    },
    answer,
    close,
  }
}
