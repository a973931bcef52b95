/** The stage of one scene: who is where, what is asked there, and everything that is answered. */
import { type App, transaction } from '../app.ts'
import type { Registry } from '../chat/command.ts'
import { type Answer, type Delivery, DeliveryError } from '../chat/port.ts'
import type { Button } from '../chat/reply.ts'
import type { Ask, Happening, PlaceSighting } from '../chat/request.ts'
import { type Platform, plainWriter, renderText, type Text } from '../chat/text.ts'
import { createDispatch } from '../dispatch.ts'
import { readStored } from '../features/files/index.ts'
import { claim } from '../features/outbox/index.ts'
import type { Locale } from '../lib/locale.ts'
import type { Key } from '../messages/index.ts'
import { createSide, isDirect, isOther, OTHERS, type Side } from './addresses.ts'
import { sample } from './sample.ts'
import { CAST, type FileName, type Scene, type Spot, type Who } from './scene.ts'
import { textsOf } from './texts.ts'

/** What somebody did to be answered. */
export type Cause =
  | { readonly kind: 'line'; readonly text: string; readonly file?: string }
  | { readonly kind: 'press'; readonly label: string }
  | { readonly kind: 'form'; readonly values: Readonly<Record<string, string>> }

/** One answer, with what it answers. */
export interface Exhibit {
  readonly scene: string
  readonly command: string
  /** Null where Muster spoke by itself. */
  readonly cause: Cause | null
  /** Who asked, or whom it is told; null where that is everybody. */
  readonly by: Who | null
  readonly spot: Spot
  readonly answer: Answer
  /** The bytes of the photo it shows. */
  readonly photo: Uint8Array | null
}

/** A clock that a scene moves. */
export interface SceneClock {
  now(): number
  forward(ms: number): void
}

/** Somebody in a spot. */
export interface From {
  readonly who: Who
  readonly spot: Spot
}

export interface Manner {
  readonly unseen?: true | undefined
  readonly late?: true | undefined
}

/** What all requests of somebody in a spot have in common. */
export type Base = Pick<Ask, 'platform' | 'bot' | 'eventId' | 'at' | 'from' | 'place' | 'chat'>

export interface Stage {
  readonly app: App
  readonly clock: SceneClock
  readonly registry: Registry
  /** The side of the scene itself, and that of a spot. */
  readonly own: Side
  sideOf(spot: Spot): Side
  placeOf(spot: Spot): PlaceSighting | null
  /** Who acts and where, by a step or else by the scene. */
  from(step: { as?: Who; at?: Spot }): From
  base(from: From): Base
  ask(from: From, request: Ask, cause: Cause, manner?: Manner): Promise<void>
  happen(event: Happening, manner?: Manner): Promise<void>
  /** Keeps what Muster wants to say by itself. */
  deliver(manner?: Manner): Promise<void>
  /** The latest answer like this, shown or not. */
  last(like: (answer: Answer) => boolean): Exhibit | undefined
  /** The latest message with a button or menu entry of this label, and that one; the `nth` of several. */
  find(label: Key, nth: number): { readonly exhibit: Exhibit; readonly pressed: Button; readonly label: Text }
  /** A line with what was told under the names in it. */
  filled(text: string): string
  words(label: Text): string
  fail(what: string): never
  readonly shown: readonly Exhibit[]
}

export function createStage(
  app: App,
  clock: SceneClock,
  registry: Registry,
  { platform, locale }: { platform: Platform; locale: Locale },
  scene: Scene,
): Stage {
  const dispatch = createDispatch(app, registry)
  const whole = !scene.questions
  const own = createSide(platform, locale, { other: false, whole })
  const other = createSide(OTHERS[platform], locale, { other: true, whole })
  const shown: Exhibit[] = []
  /** With what is not shown: its buttons can be pressed, its codes typed. */
  const all: Exhibit[] = []
  const told: Record<string, string> = {}
  let events = 0

  const fail = (what: string): never => {
    throw new Error(`scene ${scene.id}: ${what}`)
  }
  const sideOf = (spot: Spot): Side => (isOther(spot) ? other : own)
  const placeOf = (spot: Spot): PlaceSighting | null =>
    isDirect(spot) ? null : sideOf(spot).place(spot === 'second group')

  async function keep(exhibit: Pick<Exhibit, 'cause' | 'by' | 'spot' | 'answer'>, { unseen }: Manner): Promise<void> {
    const { picture } = exhibit.answer.reply
    const photo = picture?.kind === 'photo' ? ((await readStored(app, picture.file))?.bytes ?? null) : null
    const kept = { ...exhibit, scene: scene.id, command: scene.command, photo }
    all.push(kept)
    if (!unseen) shown.push(kept)
    for (const { values } of textsOf(kept.answer))
      for (const [name, value] of Object.entries(values)) if (typeof value === 'string') told[name] = value
    if (kept.answer.startPayload !== undefined) told.payload = kept.answer.startPayload
  }

  async function deliver(manner: Manner = {}): Promise<void> {
    for (const side of [own, other]) {
      for (
        let claimed = await claim(app, side.bot, 100);
        claimed.length > 0;
        claimed = await claim(app, side.bot, 100)
      ) {
        for (const { delivery } of claimed) await keep(delivered(side, side === other, delivery), manner)
        const ids = claimed.map(({ delivery }) => delivery.id)
        const sent = { state: 'sent', finished_at: clock.now() } as const
        await transaction(app, inner => inner.db.updateTable('outbox').set(sent).where('id', 'in', ids).execute())
      }
    }
  }

  async function ask(from: From, request: Ask, cause: Cause, manner: Manner = {}): Promise<void> {
    const received = (await dispatch.receive(request)) ?? fail(`${request.eventId} was received before`)
    const answers: Answer[] = []
    const ending = await dispatch.process(received, {
      acknowledge: async () => {},
      answer: async answer => {
        if (manner.late) throw new DeliveryError('gone', 'the chat has no room for it any more')
        answers.push(answer)
        return { messageId: request.chat.messageId ?? '' }
      },
      fetch: async ({ reference }) => {
        if (reference === 'lost') throw new DeliveryError('gone', 'nothing is there any more')
        return sample(reference as FileName).bytes
      },
    })
    if (ending !== (manner.late ? 'delivered' : 'answered')) fail(`${JSON.stringify(cause)} was ${ending}`)
    for (const answer of answers) await keep({ cause, by: from.who, spot: from.spot, answer }, manner)
    await deliver(manner)
  }

  return {
    app,
    clock,
    registry,
    own,
    shown,
    sideOf,
    placeOf,
    ask,
    deliver,
    fail,
    from: step => ({ who: step.as ?? scene.as ?? 'ada', spot: step.at ?? scene.at ?? 'group' }),
    base: ({ who, spot }) => {
      const side = sideOf(spot)
      const place = placeOf(spot)
      events++
      return {
        platform: side.platform,
        bot: side.bot,
        eventId: `event ${events}`,
        at: clock.now(),
        from: side.sighting(who, place),
        place,
        chat: side.chat(who, place, String(events)),
      }
    },
    happen: async (event, manner) => {
      const received = (await dispatch.receive(event)) ?? fail('it has happened before')
      await dispatch.process(received, null)
      await deliver(manner)
    },
    last: like => all.findLast(({ answer }) => like(answer)),
    find: (label, nth) => {
      for (const exhibit of all.toReversed()) {
        const found = pressable(exhibit.answer).filter(each => each.label.key === label)[nth]
        if (found) return { exhibit, ...found }
      }
      return fail(`there is no "${label}" to press`)
    },
    filled: text => text.replace(/\{(\w+)\}/g, (_, name) => told[name] ?? fail(`nothing was told under "${name}"`)),
    words: label => renderText(label, locale, plainWriter),
  }
}

/** Everything that can be pressed under an answer; an entry whose label is somebody's own words goes by its button's. */
function pressable({ reply }: Answer): Array<{ pressed: Button; label: Text }> {
  const entries = (reply.select?.options ?? []).map(({ label, button }) => ({
    label: typeof label === 'string' ? button.label : label,
    pressed: button,
  }))
  return [...reply.buttons.map(pressed => ({ label: pressed.label, pressed })), ...entries]
}

function delivered(side: Side, other: boolean, { to, reply, locale, askerId }: Delivery) {
  const id = to.kind === 'person' ? to.platformId : to.chat.direct ? to.chat.id : null
  const by = (Object.keys(CAST) as Who[]).find(who => side.sighting(who, null).platformId === id) ?? null
  const spot = `${other ? 'other ' : ''}${id === null ? 'group' : 'direct'}` as Spot
  const answer: Answer = { reply, visibility: id === null ? 'public' : 'private', locale, askerId, update: false }
  return { cause: null, by, spot, answer }
}
