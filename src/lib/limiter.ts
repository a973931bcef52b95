/** How fast one bot may send. Replies are counted and never wait; everything else asks how long to wait. */
import { MINUTE, SECOND } from './time.ts'

export interface Pace {
  /** Messages per second over all chats. */
  readonly perSecond: number
  /** Messages per second to one chat; after a silence `chatBurst` may go at once. */
  readonly perChatSecond: number
  readonly chatBurst: number
  /** Messages per minute to one chat that many people read; Infinity where there is no such limit. */
  readonly perGroupMinute: number
}

export interface Limiter {
  /** Milliseconds until a message to this chat may go; 0 when it may go now. */
  waitFor(chat: string, isGroup: boolean): number
  /** Counts a message that goes now. */
  count(chat: string, isGroup: boolean): void
  /** The platform asked the whole bot to be silent. */
  pause(ms: number): void
  /** Milliseconds of silence that are left. */
  pausedFor(): number
}

// Chats quiet for longer than any window are forgotten once there are this many.
const MAX_CHATS = 20_000

/** Spaces messages evenly (generic cell rate algorithm): a rate of 28 per second is one every 36 ms, not 28 at once. */
export function createLimiter(pace: Pace, now: () => number): Limiter {
  const every = SECOND / pace.perSecond
  const everyInChat = SECOND / pace.perChatSecond
  let nextOverall = 0
  let silentUntil = 0
  const nextInChat = new Map<string, number>()
  const sentToGroup = new Map<string, number[]>()

  const recent = (chat: string): number[] => {
    const kept = (sentToGroup.get(chat) ?? []).filter(at => at > now() - MINUTE)
    sentToGroup.set(chat, kept)
    return kept
  }
  const forget = () => {
    const old = now() - MINUTE
    for (const [chat, next] of nextInChat) if (next < old) nextInChat.delete(chat)
    for (const [chat, sent] of sentToGroup) if ((sent.at(-1) ?? 0) < old) sentToGroup.delete(chat)
  }

  return {
    waitFor(chat, isGroup) {
      const at = now()
      const overall = Math.max(nextOverall, silentUntil) - at
      const inChat = (nextInChat.get(chat) ?? 0) - everyInChat * (pace.chatBurst - 1) - at
      let inGroup = 0
      if (isGroup && Number.isFinite(pace.perGroupMinute)) {
        const sent = recent(chat)
        if (sent.length >= pace.perGroupMinute) inGroup = (sent[sent.length - pace.perGroupMinute] ?? 0) + MINUTE - at
      }
      return Math.max(0, Math.ceil(Math.max(overall, inChat, inGroup)))
    },
    count(chat, isGroup) {
      const at = now()
      // Replies may run ahead of the pace; what they took is owed for a moment, not for as long as the crowd lasted.
      nextOverall = Math.min(Math.max(nextOverall, at) + every, at + SECOND + every)
      const next = Math.max(nextInChat.get(chat) ?? 0, at) + everyInChat
      nextInChat.set(chat, Math.min(next, at + everyInChat * pace.chatBurst * 2))
      if (isGroup && Number.isFinite(pace.perGroupMinute)) recent(chat).push(at)
      if (nextInChat.size > MAX_CHATS) forget()
    },
    pause(ms) {
      silentUntil = Math.max(silentUntil, now() + ms)
    },
    pausedFor: () => Math.max(0, silentUntil - now()),
  }
}
