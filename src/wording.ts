/** The answer as it will be sent: for whom, in which language, how visible. */
import type { App } from './app.ts'
import type { Answer, DeliveryError } from './chat/port.ts'
import type { Press } from './chat/press.ts'
import { button, type Reply, type Visibility } from './chat/reply.ts'
import type { Ask, ChatReference } from './chat/request.ts'
import { t } from './chat/text.ts'
import { offerPrivately, type Received } from './features/inbox/index.ts'
import type { Message } from './features/outbox/index.ts'
import { communitiesOf, type Identity } from './features/people/index.ts'
import { FORM } from './questions.ts'

/** The reply as it will be sent: for whom, in which language, how visible, and with the way back to a private answer. */
export async function word(
  app: App,
  received: Received,
  ask: Ask,
  known: Identity,
  reply: Reply,
  declared: Visibility,
  press: Press | null,
): Promise<Answer> {
  const visibility = reply.visibility ?? declared
  const hidden = visibility === 'private' && !ask.chat.direct && !ask.chat.ephemeral
  const startPayload =
    hidden && known.asker.accountId ? await offerPrivately(app, received.id, known.asker.accountId) : undefined
  return {
    reply: ask.chat.direct ? await withCommunity(app, known, reply) : reply,
    visibility,
    locale: reply.locale ?? known.asker.locale,
    askerId: ask.from.platformId,
    update: press?.answer === 'update' && reply.tone !== 'refusal' && reply.tone !== 'notice',
    ...(startPayload && { startPayload }),
  }
}

/** In a private chat with somebody of several communities, the reply says which one it is about and offers the others. */
async function withCommunity(app: App, known: Identity, reply: Reply): Promise<Reply> {
  if (!known.community || reply.tone === 'refusal' || reply.footer) return reply
  const communities = await communitiesOf(app, known.asker.personId)
  if (communities.length < 2) return reply
  return {
    ...reply,
    footer: t('community.footer', { community: known.community.name }),
    buttons: [...reply.buttons, button(t('community.switch'), 'community', {}, { answer: 'new' })],
  }
}

/** The same chat under its new id, where messages and topics have other numbers. */
function moved({ direct, ephemeral }: ChatReference, id: string): ChatReference {
  return { id, direct, ephemeral }
}

/** An answer that comes late says what it answers, and goes where its visibility allows. */
export function lateAnswer(
  received: Received,
  ask: Ask,
  answer: Answer,
  command: string,
  error: DeliveryError,
  now: number,
): Message {
  const toPerson = answer.visibility === 'private' && !ask.chat.direct
  return {
    bot: ask.bot,
    platform: ask.platform,
    to: toPerson
      ? { kind: 'person', platformId: ask.from.platformId }
      : { kind: 'chat', chat: error.movedTo === undefined ? ask.chat : moved(ask.chat, error.movedTo) },
    // First of all that it is late, then what the answer was. What was handed in to a form names no command.
    reply: {
      ...answer.reply,
      title: undefined,
      lines: [
        command === '' || command === FORM ? t('late.unnamed') : t('late', { command }),
        ...(answer.reply.title ? [answer.reply.title] : []),
        ...answer.reply.lines,
      ],
    },
    locale: answer.locale,
    askerId: answer.askerId,
    class: 'transactional',
    source: `inbox:${received.id}`,
    notBefore: now + error.retryAfterMs,
  }
}
