/** Server-sent events of one open page: first what it missed, then news as it happens. */
import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Feed, FeedEvent } from './feed.ts'
import { HEARTBEAT_MS, MAX_UNREAD_EVENTS } from './limits.ts'

export function streamEvents(c: Context, feed: Feed, cursor: string): Response {
  return streamSSE(c, async stream => {
    const waiting: FeedEvent[] = []
    let ended = false
    let wake = () => {}
    const missed = feed.since(cursor)
    const unsubscribe = feed.subscribe(event => {
      if (event === null || waiting.length >= MAX_UNREAD_EVENTS) ended = true
      else waiting.push(event)
      wake()
    })
    stream.onAbort(() => {
      ended = true
      wake()
    })
    try {
      // Too long away, or we are another process than before: the page reads everything anew.
      if (missed === null) await stream.writeSSE({ event: 'reset', id: feed.cursor(), data: '{}' })
      // A comment, so that the browser knows at once that the stream is open.
      else await stream.write(': hello\n\n')
      waiting.unshift(...(missed ?? []))
      while (!ended) {
        const event = waiting.shift()
        if (event) await stream.writeSSE({ event: event.type, id: event.id, data: event.data })
        else if (await quietFor(HEARTBEAT_MS)) await stream.write(': still here\n\n')
      }
    } finally {
      unsubscribe()
    }

    /** Resolves with true after `ms` without news. */
    async function quietFor(ms: number): Promise<boolean> {
      return new Promise(resolve => {
        const timer = setTimeout(() => resolve(true), ms)
        wake = () => {
          clearTimeout(timer)
          resolve(false)
        }
      })
    }
  })
}
