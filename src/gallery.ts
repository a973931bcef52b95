/** One of every reply: scenes played through the real dispatch, over throw-away databases, the same every time. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, createApp, type Log, transaction } from './app.ts'
import type { Registry } from './chat/command.ts'
import type { Platform } from './chat/text.ts'
import { seedAll } from './contributions.ts'
import { createFolder } from './db/folder.ts'
import { openEngine } from './db/index.ts'
import { migrate } from './db/migrate.ts'
import { apply } from './features/communities/index.ts'
import { ensureFileSecret } from './features/files/index.ts'
import { rememberChatLink } from './features/people/index.ts'
import { createSide, OTHERS } from './gallery/addresses.ts'
import { CAST, type Scene, type Who } from './gallery/scene.ts'
import { SCENES } from './gallery/scenes/index.ts'
import { createStage, type Exhibit } from './gallery/stage.ts'
import { play } from './gallery/steps.ts'
import { createIds, type Random } from './lib/ids.ts'
import type { Locale } from './lib/locale.ts'
import { addDays, DAY_LENGTH, localDay } from './lib/time.ts'

export { CAST, type Scene } from './gallery/scene.ts'
export { SCENES } from './gallery/scenes/index.ts'
export type { Cause, Exhibit } from './gallery/stage.ts'
export { fieldKeys, textsOf } from './gallery/texts.ts'

/** Wednesday, 4 March 2026, 10:00 UTC: 18:00 where the community lives. */
const START = Date.UTC(2026, 2, 4, 10)
const ZONE = 'Asia/Shanghai'
/** Everybody but Noor has been here for this long. */
const AGE = 60 * DAY_LENGTH

export interface Gallery {
  readonly exhibits: readonly Exhibit[]
  /** What was logged as our fault, by scene. */
  readonly faults: ReadonlyArray<{ readonly scene: string; readonly error: unknown }>
}

/** Plays every scene as if it happened on one platform, to people who speak one language. */
export async function playGallery(
  registry: Registry,
  { platform, locale, scenes = SCENES }: { platform: Platform; locale: Locale; scenes?: readonly Scene[] },
): Promise<Gallery> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-gallery-'))
  const exhibits: Exhibit[] = []
  const faults: Array<{ scene: string; error: unknown }> = []
  try {
    const before = join(folder, 'before.db')
    await setUp(before, platform, locale)
    for (const [number, scene] of scenes.entries()) {
      if (scene.only && !scene.only.includes(platform)) continue
      const path = join(folder, `${number}.db`)
      await copyFile(before, path)
      const clock = sceneClock()
      const log = quiet(error => faults.push({ scene: scene.id, error }))
      await using opened = await open(path, clock.now, seeded(scene.id), locale, log)
      if (scene.days) await checkedIn(opened.app, platform, locale, scene.days)
      exhibits.push(...(await play(createStage(opened.app, clock, registry, { platform, locale }, scene), scene)))
    }
    return { exhibits, faults }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Opened extends AsyncDisposable {
  readonly app: App
}

async function open(path: string, now: () => number, random: Random, locale: Locale, log: Log): Promise<Opened> {
  const engine = await openEngine(`sqlite:${path}`, { synchronous: 'off' })
  const app = createApp({
    engine,
    clock: { now },
    ids: createIds(now, random),
    random,
    log,
    defaults: { zone: ZONE, locale },
    files: createFolder(`${path}.files`, random),
  })
  return { app, [Symbol.asyncDispose]: () => engine.close() }
}

/** The community before any scene: everybody but Noor lives in its group, and has opened their private chat. */
async function setUp(path: string, platform: Platform, locale: Locale): Promise<void> {
  await using opened = await open(
    path,
    () => START,
    seeded('before'),
    locale,
    quiet(() => {}),
  )
  const { app } = opened
  await migrate(app.engine)
  const at = START - AGE
  const side = createSide(platform, locale, { other: false, whole: true })
  const other = createSide(OTHERS[platform], locale, { other: true, whole: true })
  await transaction(app, async inner => {
    await ensureFileSecret(inner)
    await rememberChatLink(inner, other.platform, 'https://t.me/muster_bot')
    const event = { kind: 'happening', platform, bot: side.bot, eventId: 'before', at } as const
    const place = side.place(false)
    await apply(inner, { ...event, what: 'bot-joined', place, locale })
    for (const who of (Object.keys(CAST) as Who[]).filter(each => each !== 'noor')) {
      await apply(inner, { ...event, what: 'member-joined', place, who: side.sighting(who, place) })
      await apply(inner, { ...event, what: 'direct-opened', who: side.sighting(who, null) })
    }
  })
}

/** Gives people their check-ins of the days before. */
async function checkedIn(
  app: App,
  platform: Platform,
  locale: Locale,
  days: NonNullable<Scene['days']>,
): Promise<void> {
  const side = createSide(platform, locale, { other: false, whole: true })
  const today = localDay(START, ZONE)
  const cast = []
  for (const [who, agos] of Object.entries(days)) {
    const row = await app.db
      .selectFrom('accounts')
      .innerJoin('members', 'members.person_id', 'accounts.person_id')
      .select(['accounts.id as accountId', 'members.id as memberId'])
      .where('accounts.platform', '=', platform)
      .where('accounts.platform_id', '=', side.sighting(who as Who, null).platformId)
      .executeTakeFirstOrThrow()
    cast.push({ ...row, activeDays: agos.toSorted((a, b) => b - a).map(ago => addDays(today, -ago)) })
  }
  await seedAll(app, cast)
}

/** Holds, until a scene moves it. */
function sceneClock() {
  let current = START
  return {
    now: () => current,
    forward: (ms: number) => {
      current += ms
    },
  }
}

function quiet(fault: (details: unknown) => void): Log {
  const nothing = () => {}
  return { debug: nothing, info: nothing, warn: nothing, error: (details, message) => fault({ ...details, message }) }
}

/** The same bytes for the same name (Mulberry32 over FNV-1a), so that a scene never depends on the others. */
function seeded(name: string): Random {
  let state = 0x811c9dc5
  for (const character of name) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) & 255
  }
  return size => Uint8Array.from({ length: size }, next)
}
