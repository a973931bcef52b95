/** Owner of a bot: a session advisory lock on a connection of its own, which the server ends with the connection. */
import pg from 'pg'
import type { Ownership } from '../engine.ts'

// A silent network looks like a held lock: ask now and then, and call it lost when no answer comes.
const PULSE_MS = 5_000

export async function own(url: string, bot: string): Promise<Ownership | null> {
  const client = new pg.Client({
    connectionString: url,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    query_timeout: PULSE_MS,
    application_name: `muster owner of ${bot}`,
  })
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>()
  client.on('error', () => lose())
  client.on('end', () => lose())
  await client.connect()
  const { rows } = await client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
    [`muster:${bot}`],
  )
  if (!rows[0]?.taken) {
    await client.end()
    return null
  }
  const pulse = setInterval(() => void client.query('select 1').catch(() => lose()), PULSE_MS)
  pulse.unref()
  return {
    lost,
    release: async () => {
      clearInterval(pulse)
      await client.end()
    },
  }
}
