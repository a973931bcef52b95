/** Who runs a group, as the platform lists them: fresh before a command that needs it, refreshed behind everything else. */
import type { App } from '../../app.ts'
import type { Entry, Registry } from '../../chat/command.ts'
import { readLine } from '../../chat/line.ts'
import { decodePress } from '../../chat/press.ts'
import type { Ask, PlaceSighting } from '../../chat/request.ts'
import type { Dispatch } from '../../dispatch.ts'
import { formById } from '../../features/forms/index.ts'
import { placesBehindDirect } from '../../features/people/index.ts'
import { FORM } from '../../questions.ts'
import type { Calls } from './calls.ts'
import { deliveryError } from './errors.ts'
import { STAFF_FRESH_MS, STAFF_RETRY_MS } from './limits.ts'
import { isDeleted, roleOf, sightingOf } from './sightings.ts'

export interface StaffParts {
  readonly app: App
  readonly dispatch: Dispatch
  readonly calls: Calls
  readonly bot: string
}

export interface Staff {
  /** Before an ask runs: lists the staff again where its command asks who somebody is, and the list is old. Never throws. */
  prepare(ask: Ask): Promise<void>
  /** Lists a place again soon if its list is old; nobody waits for it. */
  refresh(place: PlaceSighting): void
  /** Forgets how old the list of a place is. */
  forget(place: PlaceSighting): void
  /** Resolves when nothing is being listed; nothing more is listed after it. */
  close(): Promise<void>
}

export function createStaff({ app, dispatch, calls, bot }: StaffParts): Staff {
  /** When the list of a place is old, by the place. */
  const freshUntil = new Map<string, number>()
  const underWay = new Map<string, Promise<void>>()
  // One at a time: after a start every group is due at once, and replies need the bot's pace more.
  let behind: Promise<void> = Promise.resolve()
  const queued = new Set<string>()
  let closed = false

  const isOld = (place: PlaceSighting) => (freshUntil.get(place.platformId) ?? 0) <= app.clock.now()

  async function list(place: PlaceSighting): Promise<void> {
    try {
      calls.limiter.count(`a:${place.platformId}`, false)
      const members = await calls.call(api => api.getChatAdministrators({ chat_id: Number(place.platformId) }))
      const staff = members.flatMap(member => {
        const role = roleOf(member)
        return role && !member.user.is_bot && !isDeleted(member.user) ? [{ ...sightingOf(member.user), role }] : []
      })
      const event = { platform: 'telegram', bot, eventId: app.ids('stf'), at: app.clock.now() } as const
      const received = await dispatch.receive({ kind: 'happening', what: 'staff-listed', ...event, place, staff })
      if (received) await dispatch.process(received, null)
      freshUntil.set(place.platformId, app.clock.now() + STAFF_FRESH_MS)
    } catch (error) {
      freshUntil.set(place.platformId, app.clock.now() + STAFF_RETRY_MS)
      app.log.warn({ err: deliveryError(error), place: place.platformId }, 'the staff of a group could not be listed')
    }
  }

  function listOnce(place: PlaceSighting): Promise<void> {
    const key = place.platformId
    const listing = underWay.get(key) ?? list(place).finally(() => underWay.delete(key))
    underWay.set(key, listing)
    return listing
  }

  return {
    prepare: async ask => {
      if (closed) return
      try {
        if (!(await asksWho(app, dispatch.registry, ask))) return
        const places = ask.place ? [ask.place] : await placesBehindDirect(app, 'telegram', bot, ask.from.platformId)
        await Promise.all(places.filter(isOld).map(listOnce))
      } catch (error) {
        app.log.warn({ err: error }, 'the staff of a community could not be listed')
      }
    },
    refresh: place => {
      if (closed || !isOld(place) || queued.has(place.platformId)) return
      queued.add(place.platformId)
      behind = behind.then(async () => {
        queued.delete(place.platformId)
        if (!closed && isOld(place) && calls.limiter.pausedFor() === 0) await listOnce(place)
      })
    },
    forget: place => freshUntil.delete(place.platformId),
    close: async () => {
      closed = true
      await behind
      await Promise.all(underWay.values())
    },
  }
}

/** Whether the command of an ask, or of the form that it answers, is for more than members. */
async function asksWho(app: App, registry: Registry, ask: Ask): Promise<boolean> {
  const entry = await entryOf(app, registry, ask)
  return entry?.node.kind === 'leaf' ? entry.node.who !== 'member' : false
}

async function entryOf(app: App, registry: Registry, ask: Ask): Promise<Entry | undefined> {
  if (ask.kind === 'answer') return entryOfForm(app, registry, ask.form)
  if (ask.kind === 'press') {
    const press = decodePress(ask.data)
    if (press?.path.join(' ') === FORM) return entryOfForm(app, registry, press.args.f ?? '')
    return registry.find(press?.path ?? [])
  }
  if (ask.kind !== 'line') return undefined
  const read = readLine(registry, ask.line)
  return read.kind === 'unknown' ? undefined : read.entry
}

async function entryOfForm(app: App, registry: Registry, id: string): Promise<Entry | undefined> {
  const waiting = await formById(app, id)
  return waiting ? registry.find(waiting.form.command.split(' ')) : undefined
}
