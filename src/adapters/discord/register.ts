/** Our commands as Discord lists them, and registering them by difference. */
import {
  type APIApplicationCommand,
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  Locale as DiscordLocale,
  InteractionContextType,
  PermissionFlagsBits,
  type REST,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  Routes,
} from 'discord.js'
import { type Arg, type Entry, type Leaf, leaves, type Registry, reaches } from '../../chat/command.ts'
import { plainWriter, renderText } from '../../chat/text.ts'
import { LOCALES, type Locale, nearestLocale } from '../../lib/locale.ts'
import type { Key } from '../../messages/index.ts'
import { FEW_COMMANDS, MAX_CHOICE_LABEL, MAX_DESCRIPTION, MAX_TYPED } from './limits.ts'
import { cutWords } from './markdown.ts'

type Command = RESTPostAPIChatInputApplicationCommandsJSONBody
type Localized = Partial<Record<DiscordLocale, string>>

const [DEFAULT_LOCALE] = LOCALES

const words = (key: Key, locale: Locale, max: number): string =>
  cutWords(renderText({ kind: 'text', key, values: {} }, locale, plainWriter), max)

/** The words in every language of Discord that we speak, or nearly: Traditional Chinese readers get the Simplified text, not English. */
function localized(key: Key, max: number): Localized {
  const found: Localized = {}
  for (const tag of Object.values(DiscordLocale)) {
    const locale = nearestLocale(tag)
    if (locale !== null && locale !== DEFAULT_LOCALE) found[tag] = words(key, locale, max)
  }
  return found
}

const described = (key: Key) => ({
  description: words(key, DEFAULT_LOCALE, MAX_DESCRIPTION),
  description_localizations: localized(key, MAX_DESCRIPTION),
})

function optionOf(name: string, arg: Arg): APIApplicationCommandBasicOption {
  const base = { name, ...described(arg.label), required: !arg.optional }
  switch (arg.kind) {
    case 'member':
      return { ...base, type: ApplicationCommandOptionType.User }
    case 'whole':
      return { ...base, type: ApplicationCommandOptionType.Integer, min_value: arg.min, max_value: arg.max }
    case 'choice':
      return {
        ...base,
        type: ApplicationCommandOptionType.String,
        choices: Object.entries(arg.options).map(([value, label]) => ({
          name: words(label, DEFAULT_LOCALE, MAX_CHOICE_LABEL),
          name_localizations: localized(label, MAX_CHOICE_LABEL),
          value,
        })),
      }
    case 'text':
      return { ...base, type: ApplicationCommandOptionType.String, max_length: Math.min(arg.max, MAX_TYPED) }
    case 'item':
      return { ...base, type: ApplicationCommandOptionType.String, max_length: arg.max, autocomplete: true }
    // What is wrong with one is told in words; a cut address could be taken for right.
    case 'day':
    case 'link':
      return { ...base, type: ApplicationCommandOptionType.String }
    case 'attachment':
      return { ...base, type: ApplicationCommandOptionType.Attachment }
  }
}

const optionsOf = (leaf: Leaf): APIApplicationCommandBasicOption[] =>
  Object.entries(leaf.args).map(([name, arg]) => optionOf(name, arg))

function subcommandOf({ node }: Entry): APIApplicationCommandSubcommandOption {
  if (node.kind !== 'leaf') throw new Error(`/${node.name} lies deeper than Discord's command, group and subcommand`)
  return {
    type: ApplicationCommandOptionType.Subcommand,
    name: node.name,
    ...described(node.description),
    options: optionsOf(node),
  }
}

function childOf(entry: Entry): APIApplicationCommandOption {
  if (entry.node.kind === 'leaf') return subcommandOf(entry)
  return {
    type: ApplicationCommandOptionType.SubcommandGroup,
    name: entry.node.name,
    ...described(entry.node.description),
    options: entry.children.map(subcommandOf),
  }
}

/** Where Discord offers a command: one for communities works in private chats too, about the community used last. */
function contextsOf(inside: readonly Leaf[]): InteractionContextType[] {
  const guild = inside.some(leaf => leaf.where !== 'direct')
  return [...(guild ? [InteractionContextType.Guild] : []), InteractionContextType.BotDM]
}

/** The commands of an installation as Discord takes them. */
function commandsOf(registry: Registry): Command[] {
  return registry.entries.map(entry => {
    const inside = leaves(entry).flatMap(({ node }) => (node.kind === 'leaf' ? [node] : []))
    // Hides what only staff may use. Whoever runs the guild can show it to others; dispatch checks again in any case.
    const staff = inside.every(leaf => reaches(leaf.who, 'manager'))
    return {
      type: ApplicationCommandType.ChatInput,
      name: entry.node.name,
      ...described(entry.node.description),
      options: entry.node.kind === 'leaf' ? optionsOf(entry.node) : entry.children.map(childOf),
      default_member_permissions: staff ? PermissionFlagsBits.ManageGuild.toString() : null,
      contexts: contextsOf(inside),
      integration_types: [ApplicationIntegrationType.GuildInstall],
    }
  })
}

/** What decides whether two commands are the same: without ids, and without what only says "nothing". */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(essence)
  if (typeof value !== 'object' || value === null) return value === null || value === false ? undefined : value
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, essence(inner)] as const)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

const COMPARED = [
  'type',
  'name',
  'name_localizations',
  'description',
  'description_localizations',
  'options',
  'default_member_permissions',
  'contexts',
  'integration_types',
  'nsfw',
] as const

function same(wanted: Command, registered: APIApplicationCommand): boolean {
  const pick = (from: object) =>
    JSON.stringify(essence(Object.fromEntries(COMPARED.map(key => [key, (from as Record<string, unknown>)[key]]))))
  return pick(wanted) === pick(registered)
}

/** Makes Discord's list equal ours; makes no call that changes anything when it is. Returns how many commands changed. */
export async function registerCommands(rest: REST, applicationId: string, registry: Registry): Promise<number> {
  const wanted = commandsOf(registry)
  const listed = (await rest.get(Routes.applicationCommands(applicationId), {
    query: new URLSearchParams({ with_localizations: 'true' }),
  })) as APIApplicationCommand[]
  // Context menus and the like are nobody's of ours to remove.
  const ours = listed.filter(command => command.type === ApplicationCommandType.ChatInput)
  const registered = new Map(ours.map(command => [command.name, command]))
  const created = wanted.filter(command => !registered.has(command.name))
  const changed = wanted.flatMap(command => {
    const known = registered.get(command.name)
    return known && !same(command, known) ? [{ id: known.id, command }] : []
  })
  const removed = ours.filter(command => !wanted.some(({ name }) => name === command.name))
  const count = created.length + changed.length + removed.length
  if (count > FEW_COMMANDS && ours.length === listed.length) {
    await rest.put(Routes.applicationCommands(applicationId), { body: wanted })
    return count
  }
  for (const { id } of removed) await rest.delete(Routes.applicationCommand(applicationId, id))
  for (const { id, command } of changed) {
    const { type: _, ...body } = command
    await rest.patch(Routes.applicationCommand(applicationId, id), { body })
  }
  for (const command of created) await rest.post(Routes.applicationCommands(applicationId), { body: command })
  return count
}
