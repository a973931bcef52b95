/** Owner of a bot: a session advisory lock on a connection of its own, which the server ends with the connection. */
import pg from 'pg'
import type { Ownership } from '../engine.ts'

// A silent network looks like a held lock: ask now and then, and call it lost when no answer comes.
const PULSE_MS = 5_000
/** What such connections are called on the server, before the bot's name. */
export const OWNER_NAME = 'muster owner of '

export async function own(url: string, bot: string): Promise<Ownership | null> {
  const client = new pg.Client({
    connectionString: url,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    query_timeout: PULSE_MS,
    application_name: OWNER_NAME + bot,
  })
  const { promise: lost, resolve } = Promise.withResolvers<void>()
  let over = false
  const lose = () => {
    if (over) return
    over = true
    clearInterval(pulse)
    resolve()
    // A server that is only slow would go on holding the lock for us: nobody could take over.
    client.end().catch(() => {})
  }
  let pulse: NodeJS.Timeout | undefined
  client.on('error', lose)
  client.on('end', lose)
  let taken: boolean
  try {
    await client.connect()
    const { rows } = await client.query<{ taken: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
      [`muster:${bot}`],
    )
    taken = rows[0]?.taken ?? false
  } catch (error) {
    // The answer may only be late: a lock that nobody knows of would shut everybody out for as long as we live.
    over = true
    await client.end().catch(() => {})
    throw error
  }
  if (!taken) {
    over = true
    await client.end()
    return null
  }
  pulse = setInterval(() => void client.query('select 1').catch(lose), PULSE_MS)
  pulse.unref()
  return {
    lost,
    release: async () => {
      if (over) return
      over = true
      clearInterval(pulse)
      await client.end()
    },
  }
}
