/** How far a long tool is, told on the terminal; and how it is stopped. */
import type { Step, Watch } from '../db/copy.ts'
import { Problem } from '../lib/problem.ts'

/** A terminal is repainted at most this often, anything else gets a line at most that often. */
const REPAINT_MS = 100
const LINE_MS = 5_000
/** What is smaller is done in the blink of an eye, and worth no line. */
const WORTH_A_LINE = 10_000

export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface Progress {
  step(step: Step): void
  /** What is printed next begins on a line of its own. */
  end(): void
}

/** On a terminal one line that is written over; elsewhere a line when a large part is done, and now and then within it. */
export function createProgress(screen: Screen, now: () => number): Progress {
  let shownAt = now()
  let open = false
  const end = () => {
    if (open) screen.write('\n')
    open = false
  }
  return {
    step(step) {
      const finished = step.done >= step.total && step.total >= WORTH_A_LINE
      if (!finished && now() - shownAt < (screen.isTTY ? REPAINT_MS : LINE_MS)) return
      shownAt = now()
      if (!screen.isTTY) {
        screen.write(`${lineOf(step)}\n`)
        return
      }
      screen.write(`\r${lineOf(step).slice(0, (screen.columns || 80) - 1)}\x1b[K`)
      open = true
      if (finished) end()
    },
    end,
  }
}

const grouped = new Intl.NumberFormat('en')

function lineOf({ doing, what, done, total }: Step): string {
  const percent = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100))
  return `${doing} ${what}: ${grouped.format(done)}/${grouped.format(total)} (${percent}%)`
}

/** A Watch for the command line: Ctrl-C and the like end the work between two batches, and nothing of it is kept. */
export function watchOn(screen: Screen): Watch & { end(): void } {
  const stopping = new AbortController()
  const { step, end } = createProgress(screen, () => performance.now())
  // More than once: a terminal tells the launcher and us, and the launcher tells us again.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => stopping.abort(new Problem('Stopped before it was finished; nothing was kept.')))
  return { step, end, signal: stopping.signal }
}
