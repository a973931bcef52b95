/**
 * How fast one bot may send. Replies are counted and do not wait, but for one thing: a group that has had its messages of a minute, where one
 * more would silence the whole bot. Everything else asks how long to wait.
 */
import { MINUTE, SECOND } from './time.ts'

export interface Pace {
  /** Messages per second over all chats. */
  readonly perSecond: number
  /** Turns that are caught up with when they were missed; a second never has more messages than `perSecond` and these. One if left out. */
  readonly catchUp?: number
  /** Messages per second to one chat; after a silence `chatBurst` may go at once. */
  readonly perChatSecond: number
  readonly chatBurst: number
  /** Messages per minute to one chat that many people read; Infinity where there is no such limit. */
  readonly perGroupMinute: number
}

export interface Limiter {
  /** Milliseconds until a message to this chat may go; 0 when it may go now. */
  waitFor(chat: string, isGroup: boolean): number
  /** Milliseconds until this many messages still fit in the minute of a group; 0 when they do now, and where there is no such limit. */
  groupWait(chat: string, messages?: number): number
  /** How many messages fit into this many milliseconds, all chats together; at least one. */
  within(ms: number): number
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
export function createLimiter(pace: Pace, clock: () => number): Limiter {
  const now = neverBackwards(clock)
  const every = SECOND / pace.perSecond
  const catchUp = every * (pace.catchUp ?? 1)
  const everyInChat = SECOND / pace.perChatSecond
  let nextOverall = 0
  let silentUntil = 0
  const nextInChat = new Map<string, number>()
  const sentToGroup = new Map<string, number[]>()

  /** When this minute's messages went; never more of them than a minute allows, whatever the crowd. */
  const recent = (chat: string): number[] => {
    const sent = sentToGroup.get(chat) ?? []
    const over = now() - MINUTE
    while (sent[0] !== undefined && (sent[0] <= over || sent.length > pace.perGroupMinute)) sent.shift()
    return sent
  }
  const groupWait = (chat: string, messages = 1): number => {
    if (!Number.isFinite(pace.perGroupMinute)) return 0
    const sent = recent(chat)
    // More than a minute holds can go only after a minute of nothing.
    const leaving = sent.length + Math.min(messages, pace.perGroupMinute) - pace.perGroupMinute
    const last = sent[leaving - 1]
    return last === undefined ? 0 : last + MINUTE - now()
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
      const inGroup = isGroup ? groupWait(chat) : 0
      return Math.max(0, Math.ceil(Math.max(overall, inChat, inGroup)))
    },
    groupWait,
    within: ms => Math.max(1, Math.floor(ms / every)),
    count(chat, isGroup) {
      const at = now()
      // Replies may run ahead of the pace; what they took is owed for a moment, not for as long as the crowd lasted.
      // Timers are late by a millisecond or two, every time: a turn that is taken somewhat late does not shift those after it.
      const turn = at - nextOverall < catchUp ? nextOverall : at
      nextOverall = Math.min(turn + every, at + SECOND + every)
      const next = Math.max(nextInChat.get(chat) ?? 0, at) + everyInChat
      nextInChat.set(chat, Math.min(next, at + everyInChat * pace.chatBurst * 2))
      if (isGroup && Number.isFinite(pace.perGroupMinute)) {
        const sent = recent(chat)
        sent.push(at)
        sentToGroup.set(chat, sent)
      }
      if (nextInChat.size > MAX_CHATS) forget()
    },
    pause(ms) {
      silentUntil = Math.max(silentUntil, now() + ms)
    },
    pausedFor: () => Math.max(0, silentUntil - now()),
  }
}

/** A clock that was set back must not silence a bot for as long: time goes on from where it was. */
function neverBackwards(clock: () => number): () => number {
  let last = Number.NEGATIVE_INFINITY
  let ahead = 0
  return () => {
    const read = clock()
    if (read + ahead < last) ahead = last - read
    last = read + ahead
    return last
  }
}
