/** What people at the page do: write, press, fill in forms, move the clock; and the completion of what they type. */
import type { Context, Hono } from 'hono'
import type { RawArg } from '../../chat/request.ts'
import { DAY_LENGTH, HOUR } from '../../lib/time.ts'
import { problem } from './access.ts'
import { type CastMember, chatOf, referenceTo, type World } from './cast.ts'
import { complete } from './complete.ts'
import { saidBody } from './formatter.ts'
import { formAsk, isForMuster, lineAsk, pressAsk, type Where } from './intake.ts'
import { MAX_FIELD, MAX_FILE, MAX_LINE } from './limits.ts'
import type { Message } from './room.ts'
import { readSent } from './sent.ts'
import type { SiteParts } from './site.ts'
import { keepUpload } from './uploads.ts'

const STEPS: Readonly<Record<string, number>> = { hour: HOUR, day: DAY_LENGTH }
/** Ids that pages give to what they send. */
const EVENT_ID = /^[\w-]{8,64}$/
/** Where files may come along. */
export const UPLOADING: readonly string[] = ['/playground/say', '/playground/form']
/** How a page names a field of a form in what it sends. */
const FIELD = 'field.'

export function addDoing(site: Hono, parts: SiteParts): void {
  const { app, world, feed, clock } = parts
  site.get('/complete', async c => {
    const from = sender(world, c.req.query('person'), c.req.query('where'))
    const text = c.req.query('text') ?? ''
    if (!from || text.length > MAX_LINE) return problem(c, 400, 'Completion needs person, where and text.')
    c.header('cache-control', 'no-store')
    return c.json(await complete(app, parts.dispatch, world, from.member, from.where, text))
  })
  site.get('/suggest', async c => {
    const from = sender(world, c.req.query('person'), c.req.query('where'))
    const text = c.req.query('text') ?? ''
    if (!from || text.length > MAX_LINE)
      return problem(c, 400, 'Suggestions need person, where, message, field and text.')
    const form = (await shownTo(parts, from, c.req.query('message')))?.body.form
    if (!form) return problem(c, 404, 'There is no such form.')
    c.header('cache-control', 'no-store')
    const ask = lineAsk(world, from.member, from.where, {
      eventId: 'completion',
      text: '',
      messageId: 0,
      at: clock.now(),
    })
    return c.json(await parts.dispatch.complete(ask, form.command.split(' '), c.req.query('field') ?? '', text))
  })
  site.post('/say', c => say(c, parts))
  site.post('/press', c => press(c, parts))
  site.post('/form', c => handIn(c, parts))
  site.post('/clock', async c => {
    const step = STEPS[String((await readSent(c)).words.step)]
    if (step === undefined) return problem(c, 400, 'The clock moves by an hour or by a day.')
    await clock.forward(app, step)
    // A form may have waited too long by now.
    await parts.cards.look()
    feed.publish('clock', { now: clock.now() })
    return c.json({ now: clock.now() })
  })
}

/** Shows what somebody typed, and hands it to Muster where it is meant for it. Sent twice, it is there once. */
async function say(c: Context, { app, world, room, clock, accept }: SiteParts): Promise<Response> {
  const { words, files } = await readSent(c)
  const from = sender(world, words.person, words.where)
  const { id: eventId, text } = words
  const { file } = files
  if (!from || !isEventId(eventId) || typeof text !== 'string')
    return problem(c, 400, 'A message needs id, person, where and text.')
  if (text.trim() === '' && !file) return problem(c, 400, 'A message needs words.')
  if (text.length > MAX_LINE) return problem(c, 413, `A message can have at most ${MAX_LINE} characters.`)
  if (file && file.size > MAX_FILE) return tooLarge(c)
  const { member, where } = from
  const { id } = await room.post({
    chat: chatOf(referenceTo(world, member, where, 0)),
    author: member.id,
    seenBy: null,
    body: saidBody(text.trim() === '' ? '' : text, file && { name: file.name, size: file.size }),
    nonce: `say ${eventId}`,
  })
  if (!isForMuster(text, where)) return c.json({ message: id, event: null }, 202)
  const sent = file && (await keepUpload(app, file))
  const ask = lineAsk(world, member, where, {
    eventId,
    text,
    messageId: id,
    at: clock.now(),
    ...(sent && { file: sent }),
  })
  await accept(ask)
  return c.json({ message: id, event: ask.eventId }, 202)
}

async function press(c: Context, parts: SiteParts): Promise<Response> {
  const { words } = await readSent(c)
  const from = sender(parts.world, words.person, words.where)
  const { id: eventId, message, data } = words
  if (!from || !isEventId(eventId) || typeof data !== 'string' || typeof message !== 'number')
    return problem(c, 400, 'A press needs id, person, where, message and data.')
  const pressed = await shownTo(parts, from, String(message))
  if (!pressed) return problem(c, 404, 'There is no such message.')
  const event = { eventId, data, messageId: pressed.id, at: parts.clock.now() }
  const ask = pressAsk(parts.world, from.member, from.where, event)
  await parts.accept(ask)
  return c.json({ event: ask.eventId }, 202)
}

/** Takes what stands in the card of a form as it is; whether it is right, the command's declaration decides. */
async function handIn(c: Context, parts: SiteParts): Promise<Response> {
  const { words, files } = await readSent(c)
  const from = sender(parts.world, words.person, words.where)
  const { id: eventId, message } = words
  if (!from || !isEventId(eventId)) return problem(c, 400, 'A form needs id, person, where, message and its fields.')
  const shown = await shownTo(parts, from, String(message))
  if (!shown?.body.form) return problem(c, 404, 'There is no such form.')
  if (Object.values(files).some(file => file.size > MAX_FILE)) return tooLarge(c)
  const values: Record<string, RawArg> = {}
  for (const { name } of shown.body.form.fields) {
    const text = words[FIELD + name]
    const file = files[FIELD + name]
    if (typeof text === 'string' && text.length > MAX_FIELD)
      return problem(c, 413, `A field can have at most ${MAX_FIELD} characters.`)
    if (file) values[name] = await keepUpload(parts.app, file)
    else if (typeof text === 'string' && text !== '') values[name] = text
  }
  const handed = { eventId, form: shown.body.form.id, values, messageId: shown.id, at: parts.clock.now() }
  const ask = formAsk(parts.world, from.member, from.where, handed)
  await parts.accept(ask)
  return c.json({ event: ask.eventId }, 202)
}

const tooLarge = (c: Context) => problem(c, 413, `A file can have at most ${MAX_FILE} bytes.`)

interface From {
  readonly member: CastMember
  readonly where: Where
}

function sender(world: World, person: unknown, where: unknown): From | null {
  const member = typeof person === 'string' ? world.people.get(person) : undefined
  if (!member?.playable || (where !== 'group' && where !== 'direct')) return null
  return { member, where }
}

/** A message, for somebody who can see it where they are. */
async function shownTo({ world, room }: SiteParts, { member, where }: From, id = ''): Promise<Message | null> {
  const message = await room.read(wholeId(id))
  const here = chatOf(referenceTo(world, member, where, 0))
  return message?.chat === here && (message.seenBy === null || message.seenBy === member.id) ? message : null
}

const isEventId = (value: unknown): value is string => typeof value === 'string' && EVENT_ID.test(value)

/** The number that a part of an address is; 0, which no message has, where it is none. */
export const wholeId = (value: string): number => (/^\d{1,15}$/.test(value) ? Number(value) : 0)
