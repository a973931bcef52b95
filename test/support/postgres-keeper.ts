// A process of its own between the tests and their PostgreSQL: it starts the server and ends it, folder and all, when
// its standard input closes. That happens however the tests end, kill -9 included.
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

export interface KeeperOrder {
  program: string
  args: string[]
  uid?: number
  gid?: number
  /** Removed at the end. */
  folder: string
}

const order = JSON.parse(process.argv[2] ?? '') as KeeperOrder
// Ctrl-C reaches the whole terminal group; the tests' own end, seen below, is what counts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

const server = spawn(order.program, order.args, {
  cwd: order.folder,
  uid: order.uid,
  gid: order.gid,
  stdio: ['ignore', 'ignore', 'inherit'],
})
// SIGQUIT is PostgreSQL's immediate shutdown: nothing here is worth a checkpoint.
const end = () => server.kill(process.platform === 'win32' ? 'SIGKILL' : 'SIGQUIT')
process.stdin.on('end', end).on('error', end).resume()
server.on('error', error => {
  console.error(error.message)
  finish()
})
server.on('exit', finish)

function finish() {
  rmSync(order.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  process.exit()
}
