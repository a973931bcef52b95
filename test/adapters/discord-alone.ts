// A process with nothing in it but the Discord adapter: it must end by itself once the adapter is closed.
// Started by discord-trouble.test.ts with the address of a fake and a database. "close" closes the adapter at once, "close when away" in
// the pause before it tries to connect again.
import { setImmediate } from 'node:timers/promises'
import { connectDiscord } from '#src/adapters/discord/index.ts'
import { createApp } from '#src/app.ts'
import { loadCommands } from '#src/commands.ts'
import { openEngine } from '#src/db/index.ts'
import { createDispatch } from '#src/dispatch.ts'
import { createIds, systemRandom } from '#src/lib/ids.ts'
import { cannotFetch, noFiles } from '#test/support/files.ts'

const [token = '', apiUrl = '', url = ''] = process.argv.slice(2)
const silent = () => {}
const app = createApp({
  engine: await openEngine(url),
  clock: { now: () => Date.now() },
  ids: createIds(Date.now, systemRandom),
  random: systemRandom,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  defaults: { zone: 'UTC', locale: 'en' },
  files: noFiles,
})
const dispatch = createDispatch(app, await loadCommands())
const connection = await connectDiscord({ app, dispatch, token, apiUrl, draw: async () => null, write: cannotFetch })
process.once('message', async wish => {
  while (wish === 'close when away' && connection.connected()) await setImmediate()
  await connection.close()
  await app.engine.close()
  process.disconnect?.()
})
process.send?.('connected')
