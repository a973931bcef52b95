/** Everything below /playground: the page, what it reads, and what it does. */
import { type Context, Hono } from 'hono'
import { leaves } from '../../chat/command.ts'
import type { WriteDocument } from '../../chat/port.ts'
import type { Ask } from '../../chat/request.ts'
import type { Dispatch } from '../../dispatch.ts'
import { CAST } from '../../gallery.ts'
import { asAttachment } from '../../lib/content-disposition.ts'
import { LOCALES, type Locale, nearestLocale } from '../../lib/locale.ts'
import { catalogues } from '../../messages/index.ts'
import { createSessions, headers, ownHost, ownWrites, problem } from './access.ts'
import { type Asset, loadAssets } from './assets.ts'
import type { Chat, World } from './cast.ts'
import type { PlaygroundClock } from './clock.ts'
import { addDoing, UPLOADING, wholeId } from './doing.ts'
import { streamEvents } from './events.ts'
import { createGalleryPage } from './gallery.ts'
import { MAX_FILE, MAX_LINE } from './limits.ts'
import { closedPage, galleryPage, page } from './page.ts'
import type { Parts } from './responder.ts'
import { toWire } from './room.ts'

export interface SiteParts extends Parts {
  readonly dispatch: Dispatch
  readonly clock: PlaygroundClock
  readonly world: World
  readonly write: WriteDocument
  readonly key: string
  /** Hands a request on; resolves once it is stored. */
  accept(ask: Ask): Promise<void>
}

export async function createSite(parts: SiteParts): Promise<Hono> {
  const { app, room, feed } = parts
  const assets = await loadAssets()
  const sessions = createSessions(app, parts.key)
  const gallery = createGalleryPage(parts.registry, parts.pictures)
  const site = new Hono().basePath('/playground')

  site.use(headers, ownHost, ownWrites(UPLOADING))
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
  site.get('/gallery', async c => {
    const locale = preferredLocale(c) ?? app.defaults.locale
    c.header('cache-control', 'no-store')
    return (await sessions.valid(c)) ? c.html(galleryPage(locale)) : c.html(closedPage(locale), 403)
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
    // A drawing's address changes with what it shows. A photo may be deleted, and is kept nowhere then.
    const photo = picture.spec.kind === 'photo'
    return c.body(new Uint8Array(bytes), 200, {
      'content-type': photo ? 'image/jpeg' : 'image/png',
      'cache-control': photo ? 'private, no-store' : 'private, max-age=86400',
    })
  })
  site.get('/document/:id', async c => {
    const document = (await room.read(wholeId(c.req.param('id'))))?.body.document
    if (!document) return problem(c, 404, 'There is no such document.')
    const { bytes, type } = await parts.write(document.spec, document.locale)
    return c.body(new Uint8Array(bytes), 200, {
      'content-type': type,
      'content-disposition': asAttachment(document.spec.name),
      'cache-control': 'private, no-store',
    })
  })
  site.get('/gallery/shown', async c => {
    const locale = LOCALES.find(each => each === c.req.query('locale')) ?? app.defaults.locale
    c.header('cache-control', 'no-store')
    const people = Object.entries(CAST).map(([id, { name }]) => ({ id, name }))
    return c.json({ shelves: await gallery.shelves(locale), people, words: allWords() })
  })
  site.get('/gallery/picture/:locale/:number', async c => {
    const locale = LOCALES.find(each => each === c.req.param('locale'))
    const picture = locale && (await gallery.picture(locale, wholeId(c.req.param('number'))))
    if (!picture) return problem(c, 404, 'There is no such picture.')
    return c.body(new Uint8Array(picture.bytes), 200, { 'content-type': picture.type, 'cache-control': 'no-store' })
  })
  addDoing(site, parts)
  return site
}

async function state({ app, dispatch, world, room, clock, cards }: SiteParts): Promise<object> {
  await cards.look()
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
    maxFile: MAX_FILE,
    messages: messages.flat().map(toWire),
    words: allWords(),
  }
}

const allWords = () => Object.fromEntries(LOCALES.map(locale => [locale, pageWords(locale)]))

/** The sentences of the page itself. */
const pageWords = (locale: Locale) =>
  Object.fromEntries(Object.entries(catalogues[locale]).filter(([key]) => key.startsWith('playground.')))

function serveAsset(c: Context, asset: Asset | undefined): Response {
  if (!asset) return problem(c, 404, 'There is no such file.')
  const kept = { etag: asset.etag, 'cache-control': 'no-cache' }
  if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304, kept)
  return c.body(asset.bytes, 200, { ...kept, 'content-type': asset.type })
}

const preferredLocale = (c: Context): Locale | null => {
  const tags = (c.req.header('accept-language') ?? '').split(',').map(tag => tag.split(';')[0]?.trim())
  for (const tag of tags) {
    const locale = nearestLocale(tag)
    if (locale) return locale
  }
  return null
}
