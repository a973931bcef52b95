/** What runs in the thread of worker.ts: one job at a time. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Kysely } from 'kysely'
import { errorCode } from '../lib/problem.ts'
import { openReader } from './index.ts'
import type { Database } from './schema/index.ts'
import type { ErrorParts, Order, Outcome, Reading } from './worker.ts'

const port = parentPort
if (!port) throw new Error('worker-thread.ts runs in a thread of worker.ts only')
const { databaseUrl } = workerData as { databaseUrl: string | null }

let opened: Promise<Kysely<Database>> | undefined
const reading: Reading = {
  db() {
    if (databaseUrl === null) throw new Error('this thread was started without a database')
    opened ??= openReader(databaseUrl).catch(error => {
      // The next job tries again.
      opened = undefined
      throw error
    })
    return opened
  },
}

async function work({ module, name, args }: NonNullable<Order>): Promise<Outcome> {
  try {
    const job = ((await import(module)) as Record<string, unknown>)[name]
    if (typeof job !== 'function') throw new TypeError(`${module} has no function ${name}`)
    return { done: true, result: await job(args, reading) }
  } catch (error) {
    return { done: false, error: parts(error) }
  }
}

function parts(error: unknown): ErrorParts {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined, stack: undefined }
  return { name: error.name, message: error.message, code: errorCode(error), stack: error.stack }
}

function answer(outcome: Outcome): void {
  try {
    port?.postMessage(outcome)
  } catch (error) {
    // The result cannot be copied.
    port?.postMessage({ done: false, error: parts(error) } satisfies Outcome)
  }
}

port.on('message', async (order: Order) => {
  if (order) return answer(await work(order))
  await opened?.then(db => db.destroy()).catch(() => {})
  process.exit(0)
})
