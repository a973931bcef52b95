import pg from 'pg'
import { expect, test } from 'vitest'
import { openEngine } from '#src/db/index.ts'
import { forEachEngine, freshDatabase } from '#test/support/engines.ts'

forEachEngine('a lock whose connection the server ends', engine => {
  test.runIf(engine.name === 'postgres')('is told as lost', async () => {
    await using database = await freshDatabase(engine)
    const here = await openEngine(database.url)
    const server = new pg.Client({ connectionString: database.url })
    await server.connect()
    try {
      const owned = await here.own('discord:1')
      await server.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'muster owner of discord:1' and datname = current_database()`,
      )
      await owned?.lost
      expect(owned).not.toBeNull()
      await owned?.release()
    } finally {
      await server.end()
      await here.close()
    }
  })
})
