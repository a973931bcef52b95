// Waiting for something that announces itself in no other way.
import { setTimeout as delay } from 'node:timers/promises'

/** Asks every 20 ms until it is so; fails with the sentence when it never is. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`after ${deadlineMs} ms still not: ${what}`)
    await delay(20)
  }
}
