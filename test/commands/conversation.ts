// People who type, press what they are shown, and fill in what they are asked.
import { expect } from 'vitest'
import type { Answer } from '#src/chat/port.ts'
import { encodePress } from '#src/chat/press.ts'
import type { Ask, PlaceSighting, RawArg, Sighting } from '#src/chat/request.ts'
import { plainWriter, renderText } from '#src/chat/text.ts'
import { loadCommands } from '#src/commands.ts'
import { createDispatch } from '#src/dispatch.ts'
import { waitingIn } from '#src/features/forms/index.ts'
import { BOT, errors, line, OWLS, press, recorder, words } from '#test/features/scene.ts'
import type { TestApp, TestAppOptions } from '#test/support/app.ts'
import { cleanApp } from '#test/support/clean.ts'
import type { Engine } from '#test/support/engines.ts'

const registry = await loadCommands()

export interface Heard {
  readonly answer: Answer
  readonly said: string
}

/** The labels of everything that can be pressed. */
export function labels({ answer: { reply, locale } }: Heard): string[] {
  const all = [...reply.buttons.map(({ label }) => label), ...(reply.select?.options ?? []).map(({ label }) => label)]
  return all.map(label => (typeof label === 'string' ? label : renderText(label, locale, plainWriter)))
}

/** A fresh installation to talk with. */
export async function converse(engine: Engine, options?: TestAppOptions) {
  const opened: TestApp = await cleanApp(engine, options)
  const { app, clock } = opened
  const dispatch = createDispatch(app, registry)
  const send = async (request: Ask): Promise<Heard> => {
    const responder = recorder()
    const received = await dispatch.receive(request)
    if (!received) throw new Error('the request was taken for an old one')
    const ending = await dispatch.process(received, responder)
    // What went wrong says more than that it did.
    expect(errors(opened)).toEqual([])
    expect(ending).toBe('answered')
    const [answer] = responder.answers
    if (!answer) throw new Error('there was no answer')
    return { answer, said: words(answer) }
  }
  return {
    opened,
    app,
    clock,
    dispatch,
    send,
    type: (who: Sighting, typed: string, place: PlaceSighting | null = OWLS) => send(line(app, who, typed, place)),
    press: async (who: Sighting, shown: Heard, label: string, place: PlaceSighting | null = OWLS) => {
      const { reply, locale, askerId } = shown.answer
      const buttons = [
        ...reply.buttons,
        ...(reply.select?.options.map(option => ({ ...option.button, label: option.label })) ?? []),
      ]
      const pressed = buttons.find(
        one => (typeof one.label === 'string' ? one.label : renderText(one.label, locale, plainWriter)) === label,
      )
      if (!pressed) throw new Error(`there is no button “${label}” among: ${labels(shown).join(', ')}`)
      const data = encodePress({ ...pressed, label: { kind: 'text', key: 'help.title', values: {} } }, askerId)
      return send(press(app, who, data, place))
    },
    /** Answers the question that waits in the private chat. */
    say: async (who: Sighting, text: string): Promise<Heard> => {
      const waiting = await waitingIn(app, { platform: 'telegram', platformId: who.platformId }, BOT, who.platformId)
      if (!waiting) throw new Error('no form waits')
      const { line: _, ...request } = line(app, who, '', null) as Extract<Ask, { kind: 'line' }>
      return send({ ...request, kind: 'answer', form: waiting.id, text })
    },
    /** Hands a form in whole, as where a platform shows one. */
    handIn: async (who: Sighting, shown: Heard, values: Record<string, RawArg>, place: PlaceSighting | null = OWLS) => {
      const { form } = shown.answer
      if (!form) throw new Error('no form was shown')
      const { line: _, ...request } = line(app, who, '', place) as Extract<Ask, { kind: 'line' }>
      return send({ ...request, chat: { ...request.chat, forms: 'whole' }, kind: 'form', form: form.id, values })
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}
