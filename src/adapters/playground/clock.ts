/** The playground's clock: real time plus an offset that only grows, kept in the database. */
import { type App, type Clock, transaction } from '../../app.ts'

const KEY = 'playground.clock'

export interface PlaygroundClock extends Clock {
  /** Reads the stored offset; call it once, before anything asks for the time. */
  load(app: App): Promise<void>
  /** Moves the clock on by `ms`, after the new offset is stored. Refuses to go back: what has happened stays in the past. */
  forward(app: App, ms: number): Promise<void>
}

/** A clock that an App can be made with before there is a database to read the offset from. */
export function createPlaygroundClock(base: () => number = Date.now): PlaygroundClock {
  let offset = 0
  return {
    now: () => base() + offset,
    load: async app => {
      offset = await storedOffset(app)
    },
    forward: async (app, ms) => {
      if (!Number.isSafeInteger(ms) || ms <= 0)
        throw new RangeError(`the clock moves forward by whole ms, not by ${ms}`)
      // From the row, so that two steps at once add up; the first step makes it, so that there is one to wait for.
      const next = await transaction(app, async inner => {
        await inner.db
          .insertInto('meta')
          .values({ key: KEY, value: '0' })
          .onConflict(conflict => conflict.column('key').doNothing())
          .execute()
        const value = (await storedOffset(inner, true)) + ms
        await inner.db
          .updateTable('meta')
          .set({ value: String(value) })
          .where('key', '=', KEY)
          .execute()
        return value
      })
      offset = Math.max(offset, next)
    },
  }
}

async function storedOffset(app: App, lock = false): Promise<number> {
  let query = app.db.selectFrom('meta').select('value').where('key', '=', KEY)
  if (lock && app.can.rowLocks) query = query.forUpdate()
  return Number((await query.executeTakeFirst())?.value ?? 0)
}
