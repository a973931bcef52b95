/** What happens by itself once a minute. */
import { schedule } from 'node-cron'
import { type App, grouped } from '../app.ts'
import type { Connection } from '../chat/port.ts'
import { forgetDue } from '../contributions.ts'
import { consumeActivity } from '../features/activity/index.ts'
import { purgeIdempotencyKeys } from '../features/apikeys/index.ts'
import { removeDeleted, sweepOrphans } from '../features/files/index.ts'
import { purgeForms } from '../features/forms/index.ts'
import { purgeInbox, wipeTokens } from '../features/inbox/index.ts'
import { MINUTE } from '../lib/time.ts'

export interface Ticker {
  /** Ends the ticking and waits for what is running. */
  stop(): Promise<void>
}

/** node-cron only says that a minute has begun, in UTC; what is due stands in rows. */
export function startTicker(app: App, connections: () => readonly Connection[]): Ticker {
  let running: Promise<void> | null = null
  const task = schedule(
    '* * * * *',
    () => {
      // A minute that takes longer than a minute is not followed by a crowd of others.
      running ??= tick(app, connections()).finally(() => {
        running = null
      })
    },
    { timezone: 'UTC' },
  )
  return {
    stop: async () => {
      await task.destroy()
      await running
    },
  }
}

/** Each duty by itself: one that fails is logged and does not stop the others. */
export async function tick(app: App, connections: readonly Connection[]): Promise<void> {
  const duties: Array<[string, () => Promise<unknown>]> = [
    ['wiping old interaction tokens', () => wipeTokens(app)],
    ['consuming activity', () => consumeAll(app)],
    ['purging old inbox rows', () => purgeInbox(app)],
    ['forgetting who asked for it', () => forgetDue(app)],
    ['ending forms', () => grouped(app, purgeForms)],
    ['removing deleted files', () => removeDeleted(app)],
    ['forgetting old idempotency keys', () => purgeIdempotencyKeys(app)],
    ...connections.map(
      connection => [`recovering ${connection.bot}`, () => connection.recover()] as [string, () => Promise<unknown>],
    ),
  ]
  // Lists every file there is: once an hour is often enough.
  if (Math.floor(app.clock.now() / MINUTE) % 60 === 0)
    duties.push(['sweeping the files folder', () => sweepOrphans(app)])
  for (const [what, duty] of duties) {
    try {
      await duty()
    } catch (error) {
      app.log.error({ err: error }, `${what} failed; the next minute tries again`)
    }
  }
}

async function consumeAll(app: App): Promise<void> {
  while ((await consumeActivity(app)) > 0);
}
