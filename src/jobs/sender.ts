/** One sender per bot: takes what is due from the outbox, at the pace the platform allows, and writes what became of it. */
import type { App } from '../app.ts'
import { DeliveryError, type Sender } from '../chat/port.ts'
import { undeliverable } from '../features/communities/index.ts'
import { type Claimed, claim, LEASE_MS, nextDue, recoverLeases, settle } from '../features/outbox/index.ts'
import { SECOND } from '../lib/time.ts'

/** Deliveries in hand at once, each chat with at most one; no more than the pace lets go within a moment, or they were judged long before they go. */
const AT_ONCE = 4096
const IN_HAND_MS = SECOND
/** Claimed by one statement; while these are settled, the next are claimed. */
const BATCH = 2048
/** Not for a handful: a hand is filled up when a quarter of it is free. */
const FREE = 4
/** How often the outbox is looked at when nobody says that there is something new. */
const LOOK_MS = SECOND
/** A message whose turn is further off than this is given back: its lease must outlast the wait and the sending. */
const MAX_PACE_MS = LEASE_MS / 4

export interface SenderJob {
  /** Says that something may have been queued. */
  wake(): void
  /** Takes nothing new, waits for what is under way. */
  stop(): Promise<void>
}

/** Starts sending for a bot that this process owns. */
export function startSender(app: App, bot: string, sender: Sender): SenderJob {
  const underWay = new Map<string, Promise<void>>()
  /** What is waiting now, each to be ended early. */
  const waits = new Set<() => void>()
  let stopping = false
  let heard = false
  let look = () => {}
  const wake = () => {
    heard = true
    look()
  }
  let recovered = false
  let lastRecovery = 0

  async function sendOne(claimed: Claimed): Promise<void> {
    const isGroup = claimed.delivery.to.kind === 'chat' && !claimed.delivery.to.chat.direct
    const wait = await pace(claimed.chatKey, isGroup)
    if (wait > 0) {
      const later = new DeliveryError('rate-limited', 'its turn comes later', { retryAfterMs: wait })
      return settle(app, claimed, { kind: 'problem', error: later }, sender.dedupesByNonce)
    }
    const outcome = await sender.deliver(claimed.delivery).then(
      ({ messageId }) => ({ kind: 'sent', messageId }) as const,
      (error: unknown) => ({ kind: 'problem', error: asDeliveryError(error) }) as const,
    )
    if (outcome.kind === 'problem') {
      app.log.warn({ err: outcome.error, outbox: claimed.delivery.id, bot }, 'a delivery did not go through')
    }
    await settle(app, claimed, outcome, sender.dedupesByNonce)
    if (outcome.kind === 'problem') await undeliverable(app, sender.platform, claimed.delivery, outcome.error)
  }

  /** Waits for this chat's turn, and counts the message the moment it goes; otherwise returns how far off its turn is. */
  async function pace(chat: string, isGroup: boolean): Promise<number> {
    let waited = 0
    for (;;) {
      const wait = sender.limiter.waitFor(chat, isGroup)
      if (wait === 0) break
      if (stopping || waited + wait > MAX_PACE_MS) return wait
      await during(wait)
      waited += wait
    }
    sender.limiter.count(chat, isGroup)
    return 0
  }

  async function round(): Promise<boolean> {
    if (!recovered || app.clock.now() - lastRecovery > LEASE_MS) {
      await recoverLeases(app, bot, sender.dedupesByNonce, !recovered)
      recovered = true
      lastRecovery = app.clock.now()
    }
    const most = Math.min(AT_ONCE, sender.limiter.within(IN_HAND_MS))
    const room = most - underWay.size
    if (room < most / FREE || sender.limiter.pausedFor() > 0) return false
    const claimed = await claim(app, bot, Math.min(room, BATCH), [...underWay.keys()])
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
      // What is said from here on is heard at the end of this round.
      heard = false
      try {
        if (await round()) continue
      } catch (error) {
        app.log.error({ err: error, bot }, 'the outbox could not be read; it is tried again')
      }
      const due = await nextDue(app, bot).catch(() => null)
      // What is due and was not taken waits for something under way, which wakes us.
      const soon = due === null ? LOOK_MS : due - app.clock.now()
      if (!heard) await during(soon > 0 ? Math.min(LOOK_MS, soon) : LOOK_MS, end => (look = end))
    }
  }

  /** Waits this long, or until the sender stops; `early` is given what ends the wait before that. */
  function during(ms: number, early: (end: () => void) => void = () => {}): Promise<void> {
    if (stopping) return Promise.resolve()
    return new Promise(resolve => {
      const end = () => {
        clearTimeout(timer)
        waits.delete(end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      waits.add(end)
      early(end)
    })
  }

  const running = loop()
  return {
    wake,
    stop: async () => {
      stopping = true
      for (const end of waits) end()
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
