/** Everything below /playground: the page, what it reads, and what it does. */
import { type Context, Hono } from 'hono'
import type { App } from '../../app.ts'
import { leaves } from '../../chat/command.ts'
import type { Ask } from '../../chat/request.ts'
import type { Dispatch } from '../../dispatch.ts'
import { LOCALES, type Locale, nearestLocale } from '../../lib/locale.ts'
import { DAY_LENGTH, HOUR } from '../../lib/time.ts'
import { catalogues } from '../../messages/index.ts'
import { createSessions, headers, ownHost, ownWrites, problem } from './access.ts'
import { type Asset, loadAssets } from './assets.ts'
import { type CastMember, type Chat, chatOf, referenceTo, type World } from './cast.ts'
import type { PlaygroundClock } from './clock.ts'
import { complete } from './complete.ts'
import { streamEvents } from './events.ts'
import { saidBody } from './formatter.ts'
import { isForMuster, lineAsk, pressAsk, type Where } from './intake.ts'
import { MAX_LINE } from './limits.ts'
import { closedPage, page } from './page.ts'
import type { Parts } from './responder.ts'
import { toWire } from './room.ts'

export interface SiteParts extends Parts {
  readonly app: App
  readonly dispatch: Dispatch
  readonly clock: PlaygroundClock
  readonly world: World
  readonly key: string
  /** Hands a request on; resolves once it is stored. */
  accept(ask: Ask): Promise<void>
}

const STEPS: Readonly<Record<string, number>> = { hour: HOUR, day: DAY_LENGTH }
/** Ids that pages give to what they send. */
const EVENT_ID = /^[\w-]{8,64}$/

export async function createSite(parts: SiteParts): Promise<Hono> {
  const { app, world, room, feed, clock } = parts
  const assets = await loadAssets()
  const sessions = createSessions(app, parts.key)
  const site = new Hono().basePath('/playground')

  site.use(headers, ownHost, ownWrites())
  site.onError((error, c) => {
    app.log.error({ err: error, path: c.req.path }, 'a playground request failed')
    return problem(c, 500, 'That did not work, and it is our fault. Nothing was lost.')
  })
  site.notFound(c => problem(c, 404, 'There is nothing here.'))

  site.get('/', async c => {
    const locale = preferredLocale(c) ?? app.defaults.locale
    const key = c.req.query('key')
    c.header('cache-control', 'no-store')
    if (key !== undefined && (await sessions.open(c, key))) return c.redirect('/playground', 303)
    if (key !== undefined || !(await sessions.valid(c))) return c.html(closedPage(locale), 403)
    return c.html(page(locale))
  })
  site.use('/*', sessions.required)
  site.get('/assets/:name', c => serveAsset(c, assets.get(c.req.param('name'))))
  site.get('/events', c => streamEvents(c, feed, c.req.header('last-event-id') ?? c.req.query('after') ?? ''))
  site.get('/state', async c => {
    // Before the rows: what comes in between is told twice, and never lost.
    const cursor = feed.cursor()
    c.header('cache-control', 'no-store')
    return c.json({ cursor, ...(await state(parts)) })
  })
  site.get('/picture/:id', async c => {
    const picture = (await room.read(wholeId(c.req.param('id'))))?.body.picture
    const bytes = picture && (await parts.pictures(picture.spec, picture.locale))
    if (!bytes) return problem(c, 404, 'There is no such picture.')
    // Its address changes with what it shows.
    return c.body(new Uint8Array(bytes), 200, {
      'content-type': 'image/png',
      'cache-control': 'private, max-age=86400',
    })
  })
  site.get('/complete', async c => {
    const from = sender(world, c.req.query('person'), c.req.query('where'))
    const text = c.req.query('text') ?? ''
    if (!from || text.length > MAX_LINE) return problem(c, 400, 'Completion needs person, where and text.')
    c.header('cache-control', 'no-store')
    return c.json(await complete(app, parts.dispatch, world, from.member, from.where, text))
  })
  site.post('/say', async c => {
    const body = await jsonBody(c)
    const from = sender(world, body.person, body.where)
    const { id: eventId, text } = body
    if (!from || !isEventId(eventId) || typeof text !== 'string')
      return problem(c, 400, 'A message needs id, person, where and text.')
    if (text.trim() === '') return problem(c, 400, 'A message needs words.')
    if (text.length > MAX_LINE) return problem(c, 413, `A message can have at most ${MAX_LINE} characters.`)
    return c.json(await say(parts, from.member, from.where, eventId, text), 202)
  })
  site.post('/press', async c => {
    const body = await jsonBody(c)
    const from = sender(world, body.person, body.where)
    const { id: eventId, message, data } = body
    if (!from || !isEventId(eventId) || typeof data !== 'string' || typeof message !== 'number')
      return problem(c, 400, 'A press needs id, person, where, message and data.')
    const pressed = await room.read(wholeId(String(message)))
    if (!pressed || !sees(world, from.member, from.where, pressed)) return problem(c, 404, 'There is no such message.')
    const event = { eventId, data, messageId: pressed.id, at: clock.now() }
    const ask = pressAsk(world, from.member, from.where, event)
    await parts.accept(ask)
    return c.json({ event: ask.eventId }, 202)
  })
  site.post('/clock', async c => {
    const step = STEPS[String((await jsonBody(c)).step)]
    if (step === undefined) return problem(c, 400, 'The clock moves by an hour or by a day.')
    await clock.forward(app, step)
    feed.publish('clock', { now: clock.now() })
    return c.json({ now: clock.now() })
  })
  return site
}

/** Shows what somebody typed, and hands it to Muster where it is meant for it. Sent twice, it is there once. */
async function say(
  { world, room, clock, accept }: SiteParts,
  member: CastMember,
  where: Where,
  eventId: string,
  text: string,
): Promise<{ message: number; event: string | null }> {
  const { id } = await room.post({
    chat: chatOf(referenceTo(world, member, where, 0)),
    author: member.id,
    seenBy: null,
    body: saidBody(text),
    nonce: `say ${eventId}`,
  })
  if (!isForMuster(text, where)) return { message: id, event: null }
  const ask = lineAsk(world, member, where, { eventId, text, messageId: id, at: clock.now() })
  await accept(ask)
  return { message: id, event: ask.eventId }
}

async function state({ app, dispatch, world, room, clock }: SiteParts): Promise<object> {
  const players = [...world.people.values()].filter(person => person.playable)
  const chats: Chat[] = ['group', ...players.map(person => `direct:${person.id}` as const)]
  const messages = await Promise.all(chats.map(chat => room.latest(chat)))
  return {
    now: clock.now(),
    zone: app.defaults.zone,
    group: { name: world.group.title },
    people: [...world.people.values()],
    commands: dispatch.registry.entries.flatMap(leaves).map(leaf => leaf.path.join(' ')),
    maxLine: MAX_LINE,
    messages: messages.flat().map(toWire),
    words: Object.fromEntries(LOCALES.map(locale => [locale, pageWords(locale)])),
  }
}

/** The sentences of the page itself. */
const pageWords = (locale: Locale) =>
  Object.fromEntries(Object.entries(catalogues[locale]).filter(([key]) => key.startsWith('playground.')))

function serveAsset(c: Context, asset: Asset | undefined): Response {
  if (!asset) return problem(c, 404, 'There is no such file.')
  const kept = { etag: asset.etag, 'cache-control': 'no-cache' }
  if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304, kept)
  return c.body(asset.bytes, 200, { ...kept, 'content-type': asset.type })
}

/** A JSON object; anything else reads as one without fields. */
async function jsonBody(c: Context): Promise<Record<string, unknown>> {
  const value: unknown = await c.req.json().catch(() => null)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function sender(world: World, person: unknown, where: unknown): { member: CastMember; where: Where } | null {
  const member = typeof person === 'string' ? world.people.get(person) : undefined
  if (!member?.playable || (where !== 'group' && where !== 'direct')) return null
  return { member, where }
}

const isEventId = (value: unknown): value is string => typeof value === 'string' && EVENT_ID.test(value)
const wholeId = (value: string): number => (/^\d{1,15}$/.test(value) ? Number(value) : 0)

function sees(world: World, member: CastMember, where: Where, message: { chat: Chat; seenBy: string | null }): boolean {
  const here = chatOf(referenceTo(world, member, where, 0))
  return message.chat === here && (message.seenBy === null || message.seenBy === member.id)
}

const preferredLocale = (c: Context): Locale | null => {
  const tags = (c.req.header('accept-language') ?? '').split(',').map(tag => tag.split(';')[0]?.trim())
  for (const tag of tags) {
    const locale = nearestLocale(tag)
    if (locale) return locale
  }
  return null
}
