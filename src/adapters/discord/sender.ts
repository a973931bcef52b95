/** Deliveries: messages in a channel or in somebody's private channel, shown once however often they are sent. */
import {
  type REST,
  type RESTPostAPIChannelMessageResult,
  type RESTPostAPICurrentUserCreateDMChannelResult,
  Routes,
} from 'discord.js'
import type { Answer, Delivery, Sender } from '../../chat/port.ts'
import type { Limiter } from '../../lib/limiter.ts'
import { deliveryError, isGlobalLimit, notSent } from './errors.ts'
import type { Message } from './formatter.ts'
import { KEPT_CHANNELS } from './limits.ts'

export type DrawMessage = (answer: Pick<Answer, 'reply' | 'locale' | 'askerId'>) => Promise<Message>

export function createSender(rest: REST, limiter: Limiter, draw: DrawMessage): Sender {
  const channels = new Map<string, string>()

  /** The private channel with a person. Opening one sends nothing, whatever goes wrong. */
  async function channelWith(platformId: string): Promise<string> {
    const known = channels.get(platformId)
    if (known !== undefined) return known
    try {
      // The delivery was counted as one request; this is a second one.
      limiter.count(`open ${platformId}`, false)
      const opened = await rest.post(Routes.userChannels(), { body: { recipient_id: platformId } })
      const { id } = opened as RESTPostAPICurrentUserCreateDMChannelResult
      if (channels.size >= KEPT_CHANNELS) channels.clear()
      channels.set(platformId, id)
      return id
    } catch (error) {
      throw notSent(error)
    }
  }

  async function deliver(delivery: Delivery): Promise<{ messageId: string }> {
    const { to, nonce } = delivery
    const channelId = to.kind === 'person' ? await channelWith(to.platformId) : to.chat.id
    const { body, files } = await draw(delivery)
    const sent = await rest.post(Routes.channelMessages(channelId), {
      body: { ...body, nonce, enforce_nonce: true },
      files,
    })
    return { messageId: (sent as RESTPostAPIChannelMessageResult).id }
  }

  return {
    platform: 'discord',
    // "The past few minutes": more than the two that the outbox counts on.
    dedupesByNonce: true,
    limiter,
    deliver: async delivery => {
      try {
        return await deliver(delivery)
      } catch (error) {
        const failure = deliveryError(error)
        // One channel's limit is its own; only a limit of the whole bot silences it.
        if (isGlobalLimit(error)) limiter.pause(failure.retryAfterMs)
        throw failure
      }
    },
  }
}
