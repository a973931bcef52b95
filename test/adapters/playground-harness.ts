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
import { testApp } from '#test/support/app.ts'
import type { Harness, Person, Seen, World } from './harness.ts'
import {
  type Client,
  KEY,
  noPictures,
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
    const test = await testApp(engine)
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
      playground = await connectPlayground({ app, dispatch, clock, draw: noPictures, key: KEY, world })
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
