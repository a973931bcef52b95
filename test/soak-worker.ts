// One process of the soak: answers made-up people as fast as it can until it is told to stop, or killed.
import { parseArgs } from 'node:util'
import { createApp } from '#src/app.ts'
import type { Request } from '#src/chat/request.ts'
import { loadCommands } from '#src/commands.ts'
import { openEngine } from '#src/db/index.ts'
import { createDispatch } from '#src/dispatch.ts'
import { consumeActivity } from '#src/features/activity/index.ts'
import { createIds, systemRandom } from '#src/lib/ids.ts'
import { createLog } from '#src/log.ts'
import { cannotFetch, noFiles } from './support/files.ts'
import { seededRandom } from './support/seeded-random.ts'

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    seed: { type: 'string' },
    epoch: { type: 'string' },
    speed: { type: 'string' },
    people: { type: 'string' },
  },
})
const url = values.url ?? ''
const seed = Number(values.seed)
const epoch = Number(values.epoch)
const speed = Number(values.speed)
const people = Number(values.people)

const ZONES = [
  'Asia/Tokyo',
  'America/Los_Angeles',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Europe/London',
  'Asia/Kolkata',
  'America/Havana',
]
const draw = seededRandom(seed)
const pick = (size: number): number => {
  const [high = 0, low = 0] = draw(2)
  return (high * 256 + low) % size
}

// All processes of a run share one fast clock.
const clock = { now: () => epoch + (Date.now() - epoch) * speed }
const engine = await openEngine(url, { synchronous: 'normal' })
const app = createApp({
  engine,
  clock,
  ids: createIds(clock.now, systemRandom),
  random: systemRandom,
  log: createLog('error', []),
  defaults: { zone: 'Europe/London', locale: 'en' },
  files: noFiles,
})
const dispatch = createDispatch(app, await loadCommands())

/** Event ids come from a small range, so that processes also repeat each other's events. */
function request(): Request {
  const person = String(1 + pick(people))
  const at = clock.now()
  const base = {
    platform: 'telegram' as const,
    bot: 'telegram:1',
    eventId: `${Math.floor(Date.now() / 50)}-${person}-${pick(3)}`,
    at,
    place: { platformId: '-100', kind: 'supergroup' as const, title: 'Soak' },
  }
  const from = { platformId: person, name: `Person ${person}`, locale: person.endsWith('1') ? 'zh' : 'en' }
  const what = pick(100)
  if (what < 3) return { ...base, kind: 'happening', what: 'member-left', who: from }
  if (what < 6) return { ...base, kind: 'happening', what: 'member-joined', who: from }
  if (what < 8)
    return { ...base, kind: 'happening', what: 'place-renamed', place: { ...base.place, title: `Soak ${pick(4)}` } }
  const line =
    what < 55
      ? '/checkin'
      : what < 65
        ? `/settings zone:${ZONES[pick(ZONES.length)]}`
        : what < 70
          ? `/settings day_start:${pick(7)}`
          : what < 74
            ? `/settings board:${pick(2) === 0 ? 'hidden' : 'shown'}`
            : what < 84
              ? '/leaderboard all'
              : what < 92
                ? '/streak'
                : '/points history'
  return { ...base, kind: 'line', line, from, chat: { id: '-100', direct: false, ephemeral: false } }
}

let stopping = false
let answered = 0
process.on('SIGTERM', () => {
  stopping = true
})
process.on('disconnect', () => process.exit(1))

const lane = async () => {
  while (!stopping) {
    const received = await dispatch.receive(request())
    if (!received) continue
    await dispatch.process(received, {
      acknowledge: async () => {},
      answer: async () => ({}),
      fetch: cannotFetch,
    })
    answered++
  }
}
const consuming = async () => {
  while (!stopping) if ((await consumeActivity(app)) === 0) await new Promise(resolve => setTimeout(resolve, 20))
}
await Promise.all([...Array.from({ length: 8 }, lane), consuming()])
await engine.close()
process.send?.({ answered })
process.disconnect?.()
