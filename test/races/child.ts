// A process that is given one check-in and kills itself at a named point between receiving and answering.
import { appendFileSync } from 'node:fs'
import { createApp, type Log } from '#src/app.ts'
import type { Ask } from '#src/chat/request.ts'
import { plainWriter, renderText } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { openEngine } from '#src/db/index.ts'
import { createDispatch } from '#src/dispatch.ts'
import { createIds, systemRandom } from '#src/lib/ids.ts'
import { cannotFetch, noFiles } from '#test/support/files.ts'

/** Where the process ends. */
type Point = 'received' | 'inside' | 'committed' | 'sent'

const [url = '', point = '', file = '', request = ''] = process.argv.slice(2)
const die = (here: Point): void => {
  if (here === point) process.kill(process.pid, 'SIGKILL')
}
const silent = () => {}
const log: Log = {
  debug: silent,
  info: silent,
  warn: silent,
  error: (details, message) => console.error(message, details),
}

const engine = await openEngine(url)
const app = createApp({
  engine: {
    ...engine,
    transaction: work =>
      engine.transaction(async db => {
        const result = await work(db)
        // Everything is written, the answer too; nothing is committed.
        die('inside')
        return result
      }),
  },
  clock: { now: () => (JSON.parse(request) as Ask).at },
  ids: createIds(Date.now, systemRandom),
  random: systemRandom,
  log,
  defaults: { zone: 'UTC', locale: 'en' },
  files: noFiles,
})
const dispatch = createDispatch(app, await loadCommands())
const received = await dispatch.receive(JSON.parse(request) as Ask, 'token')
if (!received) throw new Error('the event is not new')
die('received')
await dispatch.process(received, {
  acknowledge: async () => {},
  fetch: cannotFetch,
  answer: async answer => {
    die('committed')
    appendFileSync(file, `${answer.reply.lines.map(text => renderText(text, answer.locale, plainWriter)).join(' ')}\n`)
    die('sent')
    return { messageId: '1' }
  },
})
await engine.close()
