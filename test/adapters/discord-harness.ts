// Discord as the contract suite sees it: lines become the slash commands they name.

import type { Registry } from '#src/chat/command.ts'
import { readLine } from '#src/chat/line.ts'
import { loadCommands } from '#src/commands.ts'
import {
  type Seen as FakeSeen,
  type FakeUser,
  type FieldValue,
  flatten,
  type InteractionHandle,
} from '#test/fakes/discord/index.ts'
import type { TestApp } from '#test/support/app.ts'
import type { Engine } from '#test/support/engines.ts'
import { type DiscordWorld, openDiscord, type Running, wordsOf } from './discord-world.ts'
import type { Field, Harness, Person, PersonOptions, Seen, World } from './harness.ts'

type Options = Record<string, string | number | { id: string }>

/** The slash command that a line names, and its options as a client would send them. */
function commandOf(registry: Registry, people: ReadonlyMap<string, FakeUser>, line: string) {
  const read = readLine(registry, line)
  if (read.kind !== 'leaf') throw new Error(`"${line}" names no slash command`)
  const options: Options = {}
  for (const [name, value] of Object.entries(read.args)) {
    const kind = read.leaf.args[name]?.kind
    if (kind === 'member') {
      const person = people.get(String(value).replace(/^@/, ''))
      if (!person) throw new Error(`nobody is called ${String(value)}`)
      options[name] = person
    } else options[name] = kind === 'whole' ? Number(value) : String(value)
  }
  return { words: read.entry.path.join(' '), options }
}

/** The fields of a form as a client sends them: an option is chosen by its label. */
function fieldsOf({ modal }: FakeSeen, fields: readonly Field[]): Record<string, FieldValue> {
  const shown = flatten(modal?.components ?? [])
  return Object.fromEntries(
    fields.map(([name, value]): [string, FieldValue] => {
      if (value === null) return [name, '']
      if (typeof value !== 'string') return [name, { name: value.name, contentType: value.type, bytes: value.bytes }]
      const options = shown.find(one => one.custom_id === name)?.options
      return [name, options?.find(option => option.label === value)?.value ?? value]
    }),
  )
}

/** Opens the contract's world; on an App that another world has too, when given. */
export async function open(
  engine: Engine,
  { commands, test }: { commands?: URL; test?: TestApp } = {},
): Promise<World> {
  const world: DiscordWorld = await openDiscord(engine, { ...(commands && { commands }), ...(test && { test }) })
  const registry = await loadCommands(commands)
  const { dc, guild, general } = world
  const people = new Map<string, FakeUser>()
  const names = new Map<string, string>()
  let running: Running = await world.run()

  const seenBy = (seen: FakeSeen): Seen => ({
    text: wordsOf(names, seen),
    visibility: seen.message && seen.message.channelId !== general.id ? 'private' : seen.visibility,
    buttons: seen.components
      .flatMap(row => row.components ?? [])
      .flatMap(({ label, options }) =>
        options ? options.map(option => option.label) : label === undefined ? [] : [label],
      ),
    pictures: seen.files.length,
    pings: [...seen.pings.users, ...seen.pings.roles, ...(seen.pings.everyone ? ['@everyone'] : [])],
    message: seen,
  })
  /** What opened a form, by what was seen then. */
  const opened = new WeakMap<object, InteractionHandle>()
  const answered = async (handle: InteractionHandle): Promise<Seen> => {
    const seen = await handle.response()
    opened.set(seen, handle)
    return seenBy(seen)
  }

  /** The admins of a guild may show any command to anyone; only so can somebody send one that is hidden by default. */
  function showToEveryone(name: string): void {
    const command = dc.registeredCommands(null).find(one => one.name === name)
    if (command) command.default_member_permissions = null
  }

  async function person({ name, locale = 'en', role = 'member' }: PersonOptions): Promise<Person> {
    const user = dc.user({
      username: name.toLowerCase().replace(/[^a-z0-9]/g, '') || 'someone',
      global_name: name,
      locale: locale === 'en' ? 'en-US' : locale,
    })
    people.set(name, user)
    names.set(user.id, name)
    guild.join(user)
    if (role === 'manager') guild.give(user, guild.role('Manager'))
    const send = (line: string, where: 'group' | 'direct' = 'group') => {
      const { words, options } = commandOf(registry, people, line)
      showToEveryone(words.split(' ')[0] ?? '')
      return user.command(where === 'group' ? general : user.dm, words, { options })
    }
    return {
      id: user.id,
      name,
      type: (line, where) => answered(send(line, where)),
      typeTwice: async line => {
        const handles = [send(line), send(line)] as const
        return [await answered(handles[0]), await answered(handles[1])]
      },
      press: (seen, label) => {
        const target = seen.message as FakeSeen
        const menu = target.components.flatMap(row => row.components ?? []).find(one => one.options)
        const entry = menu?.options?.find(option => option.label === label)
        if (menu?.custom_id && entry) return answered(user.select(target, menu.custom_id, [entry.value]))
        return answered(user.press(target, label))
      },
      fill: async (seen, fields, halfway) => {
        const target = seen.message as FakeSeen
        const handle = opened.get(target)
        if (!handle) throw new Error('no form was shown')
        // The window stays open meanwhile.
        await halfway?.()
        return answered(await user.submitModal(handle, fieldsOf(target, fields)))
      },
    }
  }

  return {
    test: world.test,
    person,
    violations: () => dc.violations.map(({ rule, detail }) => `${rule}: ${detail}`),
    restart: async () => {
      // Nobody waits for what it has in hand.
      void running.stop()
      running = await world.run()
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

export const harness: Harness = { platform: 'discord', open }
