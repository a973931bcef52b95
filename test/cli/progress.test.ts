// How far a long tool is: one line on a terminal, a few elsewhere.
import { expect, test } from 'vitest'
import { createProgress } from '#src/cli/progress.ts'

function shown(isTTY: boolean, columns = 80) {
  let text = ''
  let at = 0
  const progress = createProgress({ isTTY, columns, write: more => (text += more) }, () => at)
  const step = (what: string, done: number, total: number, after: number) => {
    at += after
    progress.step({ doing: 'copying', what, done, total })
  }
  return { step, end: progress.end, text: () => text }
}

test('a terminal has one line that is written over, cut to its width, and ended once', () => {
  const { step, end, text } = shown(true, 30)
  step('ledger', 1000, 1_000_000, 200)
  step('ledger', 2000, 1_000_000, 1)
  step('a table with a long name', 512_000, 1_000_000, 200)
  end()
  end()
  expect(text()).toBe('\rcopying ledger: 1,000/1,000,0\x1b[K\rcopying a table with a long n\x1b[K\n')
})

test('elsewhere a large part has a line at its end and every few seconds, small ones have none', () => {
  const { step, end, text } = shown(false)
  for (const done of [1, 2, 3]) step('meta', done, 3, 10)
  for (let done = 10_000; done <= 100_000; done += 10_000) step('ledger', done, 100_000, 1000)
  step('members', 0, 0, 0)
  end()
  expect(text()).toBe('copying ledger: 50,000/100,000 (50%)\ncopying ledger: 100,000/100,000 (100%)\n')
})
