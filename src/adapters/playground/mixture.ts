/** A playground and a real community never share a database: made-up people would stand on real boards. */
import { type App, transaction } from '../../app.ts'
import { Problem, withoutPassword } from '../../lib/problem.ts'

const KEY = 'mode'
export type Mode = 'playground' | 'real'

/** Refuses a database of the other kind, with one sentence that says what to do; else remembers which kind this one is. */
export async function refuseMixture(app: App, mode: Mode, databaseUrl?: string): Promise<void> {
  const known = await app.db.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirst()
  const foreign = await app.db
    .selectFrom('places')
    .select('id')
    .where('platform', mode === 'playground' ? '<>' : '=', 'playground')
    .limit(1)
    .executeTakeFirst()
  const database = databaseUrl ? `DATABASE_URL=${withoutPassword(databaseUrl)}` : 'DATABASE_URL'
  if (foreign || (known && known.value !== mode)) {
    throw new Problem(
      mode === 'playground'
        ? `${database} names the database of a real community, and the playground would put made-up people into it: set PLAYGROUND=off, or let DATABASE_URL name another database (left out, the playground uses sqlite:data/playground.db).`
        : `${database} names the database of a playground, whose people are made up: let DATABASE_URL name another database for your real community, or set PLAYGROUND=on and remove DISCORD_TOKEN and TELEGRAM_TOKEN.`,
    )
  }
  if (known) return
  await transaction(app, inner =>
    inner.db
      .insertInto('meta')
      .values({ key: KEY, value: mode })
      .onConflict(conflict => conflict.column('key').doNothing())
      .execute(),
  )
}
