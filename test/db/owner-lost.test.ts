// PostgreSQL alone: the lock on a SQLite file cannot be taken from a living process.
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { openEngine } from '#src/db/index.ts'
import { engines, freshDatabase } from '#test/support/engines.ts'

const server = engines.filter(({ name, available }) => name === 'postgres' && available)

describe.each(server)('a lock whose connection the server ends', { tags: ['postgres'] }, engine => {
  test('is told as lost', async () => {
    await using database = await freshDatabase(engine)
    const here = await openEngine(database.url)
    const other = new pg.Client({ connectionString: database.url })
    await other.connect()
    try {
      const owned = await here.own('discord:1')
      await other.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'muster owner of discord:1' and datname = current_database()`,
      )
      await owned?.lost
      expect(owned).not.toBeNull()
      await owned?.release()
    } finally {
      await other.end()
      await here.close()
    }
  })
})
