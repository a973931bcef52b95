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
      // From the row, so that two steps at once add up.
      offset = await transaction(app, async inner => {
        const next = (await storedOffset(inner, true)) + ms
        await inner.db
          .insertInto('meta')
          .values({ key: KEY, value: String(next) })
          .onConflict(conflict => conflict.column('key').doUpdateSet({ value: String(next) }))
          .execute()
        return next
      })
    },
  }
}

async function storedOffset(app: App, lock = false): Promise<number> {
  let query = app.db.selectFrom('meta').select('value').where('key', '=', KEY)
  if (lock && app.can.rowLocks) query = query.forUpdate()
  return Number((await query.executeTakeFirst())?.value ?? 0)
}
