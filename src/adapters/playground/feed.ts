/** What open pages are told as it happens, and what they missed while away. */
import { randomUUID } from 'node:crypto'
import { KEPT_EVENTS } from './limits.ts'

export interface FeedEvent {
  /** `<this process>-<number>`: what a page names when it comes back. */
  readonly id: string
  readonly type: 'message' | 'typing' | 'clock'
  readonly data: string
}

export interface Feed {
  /** The newest event's id. */
  cursor(): string
  publish(type: FeedEvent['type'], value: object): void
  /** Events after a cursor; null when they are no longer known (too old, or another process's). */
  since(cursor: string): FeedEvent[] | null
  /** Returns how to stop listening. `null` says that the feed has ended. */
  subscribe(listener: (event: FeedEvent | null) => void): () => void
  close(): void
}

export function createFeed(): Feed {
  const epoch = randomUUID().slice(0, 8)
  const kept: FeedEvent[] = []
  const listeners = new Set<(event: FeedEvent | null) => void>()
  let count = 0
  return {
    cursor: () => `${epoch}-${count}`,
    publish: (type, value) => {
      count++
      const event = { id: `${epoch}-${count}`, type, data: JSON.stringify(value) }
      kept.push(event)
      if (kept.length > KEPT_EVENTS) kept.shift()
      for (const listener of listeners) listener(event)
    },
    since: cursor => {
      const [theirs, number] = cursor.split('-')
      const missed = count - Number(number)
      if (theirs !== epoch || !Number.isSafeInteger(missed) || missed < 0 || missed > kept.length) return null
      return missed === 0 ? [] : kept.slice(-missed)
    },
    subscribe: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      for (const listener of [...listeners]) listener(null)
      listeners.clear()
    },
  }
}
