// The playground for the contract suite: an empty group called Night Owls, driven through the page's own protocol.
import {
  type CastMember,
  connectPlayground,
  type Playground,
  type PlaygroundClock,
  type World as PlaygroundWorld,
} from '#src/adapters/playground/index.ts'
import { loadCommands } from '#src/commands.ts'
import { createDispatch } from '#src/dispatch.ts'
import { cleanApp } from '#test/support/clean.ts'
import type { Harness, Person, Seen, World } from './harness.ts'
import {
  type Client,
  KEY,
  noPictures,
  oneLine,
  openClient,
  runsOf,
  type Serving,
  serve,
  textOf,
  type WireMessage,
} from './playground-world.ts'

function seen(message: WireMessage): Seen {
  const { body, chat, seenBy } = message
  return {
    text: textOf(message),
    visibility: seenBy !== null || chat !== 'group' ? 'private' : 'public',
    buttons: [...(body.buttons ?? []), ...(body.select?.options ?? [])].map(({ label }) => label),
    pictures: body.picture ? 1 : 0,
    pings: runsOf(message)
      .flat()
      .flatMap(run => (typeof run === 'string' ? [] : [run.mention])),
    message,
  }
}

export const harness: Harness = {
  platform: 'playground',
  async open(engine, options = {}) {
    const test = await cleanApp(engine)
    const people = new Map<string, CastMember>()
    const group = { platformId: 'night-owls', kind: 'group', title: 'Night Owls' } as const
    const world: PlaygroundWorld = { group, people, seeded: false }
    const registry = await loadCommands(options.commands)
    // The suite holds the clock; the adapter only moves it.
    const clock: PlaygroundClock = {
      now: test.clock.now,
      load: async () => {},
      forward: async (_app, ms) => test.clock.advance(ms),
    }
    const refusals: string[] = []
    let app = test.app
    let playground: Playground
    let serving: Serving
    let client: Client
    const start = async () => {
      const dispatch = createDispatch(app, registry)
      playground = await connectPlayground({ app, dispatch, clock, draw: noPictures, write: oneLine, key: KEY, world })
      serving = await serve(playground)
      client = await openClient(serving.origin)
    }
    await start()

    const stop = async () => {
      refusals.push(...client.refusals)
      await serving.close()
    }
    const personOf = ({ id, name }: CastMember): Person => ({
      id,
      name,
      type: async (line, where) => seen(await client.say(id, line, where)),
      typeTwice: async line => {
        const [first, second] = await Promise.all([client.say(id, line), client.say(id, line)])
        return [seen(first), seen(second)]
      },
      press: async (before, label) => seen(await client.press(id, before.message as WireMessage, label)),
      fill: async (before, fields, halfway) => {
        const message = before.message as WireMessage
        const declared = message.body.form?.fields ?? []
        const values = fields.flatMap(([name, value]): Array<[string, string | File]> => {
          if (value === null) return []
          const field = declared.find(each => each.name === name)
          if (!field) throw new Error(`the form does not ask for "${name}"`)
          if (typeof value !== 'string')
            return [[name, new File([new Uint8Array(value.bytes)], value.name, { type: value.type })]]
          const option = field.kind === 'choice' && field.options.find(({ label }) => label === value)
          return [[name, option ? option.value : value]]
        })
        await halfway?.()
        return seen(await client.handIn(id, message, Object.fromEntries(values)))
      },
    })
    return {
      test,
      person: async ({ name, locale = 'en', role = 'member' }) => {
        const member: CastMember = { id: `person-${people.size + 1}`, name, locale, role, playable: true }
        people.set(member.id, member)
        return personOf(member)
      },
      violations: () => [...refusals, ...client.refusals],
      restart: async () => {
        await stop()
        app = await test.another()
        await start()
      },
      [Symbol.asyncDispose]: async () => {
        await stop()
        await playground.close()
        await test[Symbol.asyncDispose]()
      },
    } satisfies World
  },
}
