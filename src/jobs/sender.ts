/** One sender per bot: takes what is due from the outbox, at the pace the platform allows, and writes what became of it. */
import type { App } from '../app.ts'
import { DeliveryError, type Sender } from '../chat/port.ts'
import { type Claimed, claim, LEASE_MS, nextDue, recoverLeases, settle } from '../features/outbox/index.ts'
import { SECOND } from '../lib/time.ts'

/** Deliveries under way at once; each chat has at most one. */
const AT_ONCE = 8
/** How often the outbox is looked at when nobody says that there is something new. */
const LOOK_MS = SECOND

export interface SenderJob {
  /** Says that something may have been queued. */
  wake(): void
  /** Takes nothing new, waits for what is under way. */
  stop(): Promise<void>
}

/** Starts sending for a bot that this process owns. */
export function startSender(app: App, bot: string, sender: Sender): SenderJob {
  const underWay = new Map<string, Promise<void>>()
  let stopping = false
  let wake = () => {}
  let recovered = false
  let lastRecovery = 0

  async function sendOne(claimed: Claimed): Promise<void> {
    const isGroup = claimed.delivery.to.kind === 'chat' && !claimed.delivery.to.chat.direct
    await pace(claimed.chatKey, isGroup)
    const outcome = await sender.deliver(claimed.delivery).then(
      ({ messageId }) => ({ kind: 'sent', messageId }) as const,
      (error: unknown) => ({ kind: 'problem', error: asDeliveryError(error) }) as const,
    )
    if (outcome.kind === 'problem') {
      if (outcome.error.problem === 'rate-limited') sender.limiter.pause(outcome.error.retryAfterMs)
      app.log.warn({ err: outcome.error, outbox: claimed.delivery.id, bot }, 'a delivery did not go through')
    }
    await settle(app, claimed, outcome, sender.dedupesByNonce)
  }

  /** Waits for this chat's turn, and counts the message the moment it goes. */
  async function pace(chat: string, isGroup: boolean): Promise<void> {
    for (;;) {
      const wait = sender.limiter.waitFor(chat, isGroup)
      if (wait === 0) break
      await new Promise(resolve => setTimeout(resolve, Math.min(wait, LEASE_MS / 4)))
    }
    sender.limiter.count(chat, isGroup)
  }

  async function round(): Promise<boolean> {
    if (!recovered || app.clock.now() - lastRecovery > LEASE_MS) {
      await recoverLeases(app, bot, sender.dedupesByNonce, !recovered)
      recovered = true
      lastRecovery = app.clock.now()
    }
    const room = AT_ONCE - underWay.size
    if (room <= 0 || sender.limiter.pausedFor() > 0) return false
    const claimed = await claim(app, bot, room, [...underWay.keys()])
    for (const one of claimed) {
      const sending = sendOne(one)
        .catch(error =>
          app.log.error({ err: error, outbox: one.delivery.id, bot }, 'the outcome of a delivery could not be written'),
        )
        .finally(() => {
          underWay.delete(one.chatKey)
          wake()
        })
      underWay.set(one.chatKey, sending)
    }
    return claimed.length > 0
  }

  async function loop(): Promise<void> {
    while (!stopping) {
      try {
        if (await round()) continue
      } catch (error) {
        app.log.error({ err: error, bot }, 'the outbox could not be read; it is tried again')
      }
      await rest()
    }
  }

  /** Until something is queued, something is due, or a second has passed. */
  async function rest(): Promise<void> {
    const due = await nextDue(app, bot).catch(() => null)
    const wait = due === null ? LOOK_MS : Math.min(LOOK_MS, Math.max(10, due - app.clock.now()))
    if (stopping) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, wait)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  const running = loop()
  return {
    wake: () => wake(),
    stop: async () => {
      stopping = true
      wake()
      await running
      await Promise.allSettled(underWay.values())
    },
  }
}

/** An adapter throws nothing else; if it does, nobody knows whether the message left. */
function asDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  return new DeliveryError('unreachable', error instanceof Error ? error.message : String(error), {
    maybeSent: true,
    cause: error,
  })
}
