/**
 * The thread beside the main one: work of more than a moment (pictures, counts over everything), with a connection that only
 * reads. It starts at the first job and ends after an idle minute, which gives its memory back.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Kysely } from 'kysely'
import type { Database } from './schema/index.ts'

/** What a job is given beside its arguments. */
export interface Reading {
  /** A connection that only reads, opened at first use; it sees what is committed. */
  db(): Promise<Kysely<Database>>
}

/** A module by its address and its type, without loading it here. */
export interface ModuleAt<M> {
  readonly url: string
  /** Never there: it carries the type. */
  readonly exports?: M
}

/** `moduleAt<typeof import('./count.ts')>(new URL('./count.ts', import.meta.url))` */
export const moduleAt = <M>(url: URL): ModuleAt<M> => ({ url: url.href })

type Job = (args: never, reading: Reading) => unknown
/** The exports of a module that can run as jobs. */
export type JobName<M> = { [N in keyof M]: M[N] extends Job ? N : never }[keyof M] & string
type ArgsOf<F> = F extends (args: infer A, ...rest: never[]) => unknown ? A : never
type ResultOf<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never

export interface Aside {
  /**
   * Runs an exported function in the thread; jobs run one after the other. Arguments and result are copied. What it throws
   * arrives with its name, message and code; rejects too when the thread dies, the job takes too long or too many wait.
   */
  run<M, N extends JobName<M>>(module: ModuleAt<M>, name: N, args: ArgsOf<M[N]>): Promise<ResultOf<M[N]>>
  /** Ends the thread; what has not been answered is refused. */
  close(): Promise<void>
}

export interface AsideLimits {
  /** The thread ends after this long without a job. */
  readonly idleMs: number
  /** A job may take this long, then the thread is cut. */
  readonly jobMs: number
  /** Jobs that may wait for the one that runs. */
  readonly waiting: number
}

const LIMITS: AsideLimits = { idleMs: 60_000, jobMs: 120_000, waiting: 100 }
/** For closing connections at the end. */
const GOODBYE_MS = 2_000
/** A job that eats more ends its thread, not the process. */
const MAX_HEAP_MB = 512

/** To the thread: what to run, or null to end. */
export type Order = { readonly module: string; readonly name: string; readonly args: unknown } | null
/** From the thread. */
export type Outcome =
  | { readonly done: true; readonly result: unknown }
  | { readonly done: false; readonly error: ErrorParts }
export interface ErrorParts {
  readonly name: string
  readonly message: string
  readonly code: string | undefined
  readonly stack: string | undefined
}

interface Task {
  readonly order: Order
  resolve(result: unknown): void
  reject(error: Error): void
}

/** Jobs beside the main thread; without a database URL they can do everything but read. Starts nothing yet. */
export function createAside(databaseUrl: string | null, limits: Partial<AsideLimits> = {}): Aside {
  const { idleMs, jobMs, waiting } = { ...LIMITS, ...limits }
  const queue: Task[] = []
  let running: Task | null = null
  let thread: Worker | null = null
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const ending = new Set<Promise<void>>()

  function start(): Worker {
    const worker = new Worker(new URL('./worker-thread.ts', import.meta.url), {
      name: 'aside',
      workerData: { databaseUrl },
      // Flags of the process (--input-type, --inspect) are not meant for it.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    })
    worker.on('message', (outcome: Outcome) => {
      if (worker === thread) finish(outcome)
    })
    worker.on('error', (error: Error) => lose(worker, error))
    worker.on('exit', code => lose(worker, new Error(`the thread beside the main one ended with code ${code}`)))
    return worker
  }

  /** Starts the next job, if nothing runs; else lets the thread rest. */
  function next(): void {
    if (running) return
    clearTimeout(timer)
    const task = queue.shift()
    if (!task) {
      // An idle thread does not keep the process alive.
      thread?.unref()
      timer = setTimeout(rest, idleMs).unref()
      return
    }
    running = task
    thread ??= start()
    thread.ref()
    timer = setTimeout(cut, jobMs).unref()
    try {
      thread.postMessage(task.order)
    } catch (error) {
      // The arguments cannot be copied.
      running = null
      task.reject(error as Error)
      next()
    }
  }

  function finish(outcome: Outcome): void {
    const task = running
    running = null
    if (outcome.done) task?.resolve(outcome.result)
    else task?.reject(revive(outcome.error))
    next()
  }

  /** The thread is no more: its job fails, the others get a new one. */
  function lose(worker: Worker, error: Error): void {
    if (worker !== thread) return
    thread = null
    const task = running
    running = null
    task?.reject(error)
    next()
  }

  function rest(): void {
    if (!thread) return
    const goodbye = end(thread).finally(() => ending.delete(goodbye))
    ending.add(goodbye)
    thread = null
  }

  function cut(): void {
    if (!thread) return
    const worker = thread
    lose(worker, new Error(`a job beside the main thread took longer than ${jobMs} ms and was cut`))
    void worker.terminate()
  }

  return {
    run: (module, name, args) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the thread beside the main one is closed'))
        if (queue.length >= waiting) return reject(new Error(`${waiting} jobs already wait beside the main thread`))
        queue.push({ order: { module: module.url, name, args }, resolve: resolve as Task['resolve'], reject })
        next()
      }),
    async close() {
      closed = true
      clearTimeout(timer)
      const refused = [running, ...queue.splice(0)].filter(task => task !== null)
      const busy = running !== null
      const worker = thread
      running = null
      thread = null
      for (const task of refused) task.reject(new Error('the thread beside the main one was closed'))
      // Whoever waits for the end must not find the process gone before it.
      worker?.ref()
      if (worker) await (busy ? worker.terminate() : end(worker))
      await Promise.all(ending)
    },
  }
}

/** Asks an idle thread to close its connections and end; cuts it when it does not. */
async function end(worker: Worker): Promise<void> {
  const exit = once(worker, 'exit')
  worker.postMessage(null)
  const late = setTimeout(() => void worker.terminate(), GOODBYE_MS).unref()
  await exit.catch(() => {})
  clearTimeout(late)
}

function revive({ name, message, code, stack }: ErrorParts): Error {
  return Object.assign(new Error(message), { name, stack, ...(code !== undefined && { code }) })
}
