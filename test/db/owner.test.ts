// One process answers for a bot: real processes, ended the hard way.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEngine } from '#src/db/index.ts'
import { forEachEngine, freshDatabase } from '#test/support/engines.ts'
import { until } from '#test/support/until.ts'

const BOT = 'telegram:1'

/** Starts another process that becomes the owner, and waits until it says whether it did. */
async function otherProcess(url: string): Promise<{ child: ChildProcess; owns: boolean }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'owner-process.ts'), url, BOT], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [owns] = (await once(child, 'message')) as [boolean]
  return { child, owns }
}

forEachEngine('the owner of a bot', engine => {
  test('is one process; the next one gets it when that process is killed', async () => {
    await using database = await freshDatabase(engine)
    const { child, owns } = await otherProcess(database.url)
    expect(owns).toBe(true)
    const here = await openEngine(database.url)
    try {
      expect(await here.own(BOT)).toBeNull()
      const second = await otherProcess(database.url)
      expect(second.owns).toBe(false)
      second.child.kill('SIGKILL')
      child.kill('SIGKILL')
      await once(child, 'exit')
      await until('the lock is free', async () => {
        const taken = await here.own(BOT)
        await taken?.release()
        return taken !== null
      })
    } finally {
      await here.close()
    }
  })

  test('who gives it up has not lost it, and another may have it at once', async () => {
    await using database = await freshDatabase(engine)
    const here = await openEngine(database.url)
    const there = await openEngine(database.url)
    try {
      const owned = await here.own(BOT)
      expect(await there.own(BOT)).toBeNull()
      let lost = false
      void owned?.lost.then(() => {
        lost = true
      })
      await owned?.release()
      await owned?.release()
      const next = await there.own(BOT)
      expect(next).not.toBeNull()
      expect(lost).toBe(false)
      await next?.release()
    } finally {
      await here.close()
      await there.close()
    }
  })
})
