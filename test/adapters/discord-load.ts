// By hand: how fast people get their first response under load. The fake and the adapter are two processes.
//   node test/adapters/discord-load.ts [interactions per second] [seconds] [DATABASE_URL]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '#src/db/index.ts'
import { migrate } from '#src/db/migrate.ts'
import { TOKEN } from '#test/fakes/discord/client.ts'
import { type InteractionHandle, startFakeDiscord } from '#test/fakes/discord/index.ts'

const [rate = '200', seconds = '5', given] = process.argv.slice(2)
const total = Number(rate) * Number(seconds)
const PEOPLE = 400
const LINES = ['checkin', 'streak', 'points show', 'points history', 'settings']

const folder = mkdtempSync(join(tmpdir(), 'discord-load-'))
const url = given ?? `sqlite:${join(folder, 'load.db')}`
const engine = await openEngine(url)
await migrate(engine)
await engine.close()

const dc = await startFakeDiscord({ token: TOKEN })
const people = Array.from({ length: PEOPLE }, (_, i) =>
  dc.user({ username: `p${i}`, locale: i % 2 ? 'zh-CN' : 'en-GB' }),
)
const guild = dc.guild({ name: 'Night Owls', members: people })
const general = guild.channel('general')
const child = fork(join(import.meta.dirname, 'discord-alone.ts'), [TOKEN, dc.apiUrl, url], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
})
await once(child, 'message')
const memory = () =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024)
const idle = memory()

// Everybody is a newcomer once; unhurried, and not measured.
for (const who of people) await who.command(general, 'start').acknowledged()

const handles: InteractionHandle[] = []
const started = performance.now()
await new Promise<void>(resolve => {
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * Number(rate)))
    while (handles.length < due) {
      const who = people[handles.length % PEOPLE]
      const line = LINES[Math.floor(handles.length / PEOPLE) % LINES.length]
      if (who && line) handles.push(who.command(general, line))
    }
    if (handles.length === total) {
      clearInterval(timer)
      resolve()
    }
  }, 5)
})
const sent = performance.now() - started
while (handles.some(handle => handle.state.firstResponse === null) && performance.now() - started < 60_000)
  await new Promise(resolve => setTimeout(resolve, 50))
const waits = handles
  .map(({ state }) => (state.firstResponse ? state.firstResponse.at - state.createdAt : Number.POSITIVE_INFINITY))
  .sort((a, b) => a - b)
const at = (share: number) => waits[Math.min(total - 1, Math.floor(share * total))]
console.log({
  database: url.split(':')[0],
  interactions: total,
  perSecond: Math.round((total / sent) * 1000),
  p50: at(0.5),
  p90: at(0.9),
  p99: at(0.99),
  worst: waits.at(-1),
  unanswered: waits.filter(wait => !Number.isFinite(wait)).length,
  violations: dc.violations.length,
  idleMegabytes: idle,
  megabytesAfter: memory(),
})
child.send('close')
await once(child, 'exit')
await dc.close()
rmSync(folder, { recursive: true })
