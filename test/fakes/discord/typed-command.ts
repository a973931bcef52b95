/** What a person's client does before it sends a slash command: find it, check the options, resolve them. */
import { type CommandJson, GROUP, type OptionJson, SUBCOMMAND } from './command-rules.ts'
import { attachmentJson, channelJson, memberJson, roleJson, userJson } from './payloads.ts'
import { may, PERMISSIONS, permissionsOf } from './permissions.ts'
import { GLOBAL_SCOPE, type Platform } from './platform.ts'
import type { Json, JsonObject } from './schema.ts'
import type { ChannelState } from './state.ts'

export type Upload = {
  name: string
  bytes: Uint8Array
  contentType?: string
  /** What the platform claims about its size; the truth when left out. */
  claimedSize?: number
}
/** A string, number or boolean as typed; a user, channel or role by anything with an id; a file. */
export type OptionValue = string | number | boolean | { id: string } | Upload

export type Typed = { command: CommandJson; path: OptionJson[]; options: OptionJson[] }

/** The client shows no such command, or refuses these options: nothing reaches the bot. */
export class ClientRefusal extends Error {}

const named = (
  node: { name: string; name_localizations?: Record<string, string> | null },
  word: string,
  locale: string,
) => node.name === word || node.name_localizations?.[locale] === word

/** The command and subcommand a line like "points history" means here; records a violation when there is none. */
export function findCommand(
  platform: Platform,
  channel: ChannelState,
  userId: string,
  line: string,
  locale: string,
): Typed {
  const words = line.replace(/^\//, '').trim().split(/\s+/)
  const scopes = [...(channel.guildId ? [channel.guildId] : []), GLOBAL_SCOPE]
  const command = scopes
    .flatMap(scope => [...(platform.commands.get(scope)?.values() ?? [])])
    .find(one => one.type === 1 && named(one, words[0] ?? '', locale))
  if (!command) throw missing(platform, line)
  const path: OptionJson[] = []
  let options = command.options ?? []
  for (const word of words.slice(1)) {
    const next = options.find(one => (one.type === SUBCOMMAND || one.type === GROUP) && named(one, word, locale))
    if (!next) throw missing(platform, line)
    path.push(next)
    options = next.options ?? []
  }
  if (options.some(one => one.type === SUBCOMMAND || one.type === GROUP))
    throw new ClientRefusal(`/${line} is a group: it cannot be sent alone`)
  checkVisible(platform, channel, userId, command)
  return { command, path, options }
}

function missing(platform: Platform, line: string): ClientRefusal {
  platform.log.violate('unregistered-command', `no command /${line} is registered here`)
  return new ClientRefusal(`no command /${line} is registered here`)
}

/** Contexts, default_member_permissions and the right to use commands at all. */
function checkVisible(platform: Platform, channel: ChannelState, userId: string, command: CommandJson): void {
  const contexts = command.contexts ?? (command.dm_permission === false ? [0] : [0, 1])
  if (!contexts.includes(channel.guildId === null ? 1 : 0))
    throw new ClientRefusal(`/${command.name} is not offered ${channel.guildId ? 'in guilds' : 'in direct messages'}`)
  const guild = channel.guildId ? platform.state.guilds.get(channel.guildId) : undefined
  if (!guild) return
  const member = guild.members.get(userId)
  if (!member) throw new ClientRefusal('not a member of this guild')
  if (!may(platform.state, userId, 'UseApplicationCommands', guild.id, channel))
    throw new ClientRefusal('may not use application commands in this channel')
  if (command.default_member_permissions === null) return
  const needed = BigInt(command.default_member_permissions)
  const held = permissionsOf(guild, member, channel)
  if (held & PERMISSIONS.Administrator) return
  if (needed === 0n || (held & needed) !== needed)
    throw new ClientRefusal(`/${command.name} is hidden from this member`)
}

export type Resolved = {
  users: JsonObject
  members: JsonObject
  roles: JsonObject
  channels: JsonObject
  attachments: JsonObject
}

export const nothingResolved = (): Resolved => ({ users: {}, members: {}, roles: {}, channels: {}, attachments: {} })
export const withoutEmpty = (resolved: Resolved): JsonObject =>
  Object.fromEntries(Object.entries(resolved).filter(([, found]) => Object.keys(found).length > 0))

/** Component type of a select of people, roles or channels -> option type of the same things. */
const SELECTS: Record<number, number> = { 5: 6, 6: 8, 7: 9, 8: 7 }

/** Adds what the ids chosen in a select stand for. */
export function resolveIds(
  platform: Platform,
  channel: ChannelState,
  select: { type: number; name: string },
  ids: readonly string[],
  resolved: Resolved,
): void {
  const option = { type: SELECTS[select.type] ?? 0, name: select.name, description: '' }
  for (const id of ids) mentionable(platform, channel, option, id, resolved)
}

/** The `resolved` objects of the ids chosen in a select. */
export function resolvedIn(
  platform: Platform,
  channel: ChannelState,
  select: { type: number; name: string },
  ids: string[],
): JsonObject {
  const resolved = nothingResolved()
  resolveIds(platform, channel, select, ids, resolved)
  return withoutEmpty(resolved)
}

/** The `data` of an application command interaction. `focused` is the option being completed, with partial text. */
export function commandData(
  platform: Platform,
  channel: ChannelState,
  typed: Typed,
  values: Record<string, OptionValue>,
  locale: string,
  focused?: { option: string; value: string },
): JsonObject {
  const resolved = nothingResolved()
  const sent: Json[] = []
  for (const name of Object.keys(values))
    if (!typed.options.some(option => named(option, name, locale)))
      throw new ClientRefusal(`/${typed.command.name} has no option ${name}`)
  for (const option of typed.options) {
    const key = Object.keys(values).find(name => named(option, name, locale))
    const value = key === undefined ? undefined : values[key]
    if (focused && named(option, focused.option, locale)) {
      if (!option.autocomplete) throw new ClientRefusal(`option ${option.name} has no autocomplete`)
      sent.push({ type: option.type, name: option.name, value: focused.value, focused: true })
    } else if (value !== undefined) {
      sent.push({
        type: option.type,
        name: option.name,
        value: resolveValue(platform, channel, option, value, resolved),
      })
    } else if (option.required && !focused) throw new ClientRefusal(`option ${option.name} is required`)
  }
  const options = typed.path
    .toReversed()
    .reduce<Json[]>((inner, step) => [{ type: step.type, name: step.name, options: inner }], sent)
  const used = withoutEmpty(resolved)
  return {
    id: typed.command.id,
    name: typed.command.name,
    type: 1,
    ...(typed.command.guild_id && { guild_id: typed.command.guild_id }),
    ...(options.length > 0 && { options }),
    ...(Object.keys(used).length > 0 && { resolved: used }),
  }
}

function resolveValue(
  platform: Platform,
  channel: ChannelState,
  option: OptionJson,
  value: OptionValue,
  resolved: Resolved,
): Json {
  const odd = () => new ClientRefusal(`option ${option.name} cannot be ${JSON.stringify(value)}`)
  if (option.type === 3 || option.type === 4 || option.type === 10) return plainValue(option, value)
  if (option.type === 5) {
    if (typeof value !== 'boolean') throw odd()
    return value
  }
  if (typeof value !== 'object') throw odd()
  if (option.type === 11) {
    if (!('bytes' in value)) throw odd()
    return upload(platform, channel, value, resolved)
  }
  if (!('id' in value)) throw odd()
  return mentionable(platform, channel, option, value.id, resolved)
}

function plainValue(option: OptionJson, value: OptionValue): string | number {
  const refused = (why: string) => new ClientRefusal(`option ${option.name}: ${JSON.stringify(value)} ${why}`)
  if (option.choices?.length) {
    const choice = option.choices.find(
      one =>
        one.value === value ||
        one.name === value ||
        Object.values(one.name_localizations ?? {}).includes(String(value)),
    )
    if (!choice) throw refused('is not a choice')
    return choice.value
  }
  if (option.type === 3) {
    if (typeof value !== 'string') throw refused('is not text')
    if (value.length < (option.min_length ?? 1) || value.length > (option.max_length ?? 6000))
      throw refused('has a refused length')
    return value
  }
  if (typeof value !== 'number' || (option.type === 4 && !Number.isInteger(value))) throw refused('is not a number')
  if (value < (option.min_value ?? -(2 ** 53)) || value > (option.max_value ?? 2 ** 53))
    throw refused('is out of range')
  return value
}

/** Uploads a file that goes with an interaction; returns its id. */
export function upload(platform: Platform, channel: ChannelState, file: Upload, resolved: Resolved): string {
  const stored = {
    id: platform.state.nextId(),
    name: file.name,
    contentType: file.contentType ?? 'application/octet-stream',
    bytes: file.bytes,
    description: null,
  }
  platform.state.uploads.set(stored.id, stored)
  resolved.attachments[stored.id] = {
    ...attachmentJson(platform.baseUrl, channel.id, stored),
    ...(file.claimedSize !== undefined && { size: file.claimedSize }),
    ephemeral: true,
  }
  return stored.id
}

function mentionable(
  platform: Platform,
  channel: ChannelState,
  option: OptionJson,
  id: string,
  resolved: Resolved,
): string {
  const { state } = platform
  const guild = channel.guildId ? state.guilds.get(channel.guildId) : undefined
  const user = state.users.get(id)
  const role = guild?.roles.get(id)
  const other = state.channels.get(id)
  if (user && (option.type === 6 || option.type === 9)) {
    resolved.users[id] = userJson(user)
    const member = guild?.members.get(id)
    if (guild && member) {
      const { user: _, deaf: __, mute: ___, ...rest } = memberJson(state, member)
      resolved.members[id] = {
        ...rest,
        permissions: permissionsOf(guild, member, channel).toString(),
      }
    }
  } else if (role && (option.type === 8 || option.type === 9)) resolved.roles[id] = roleJson(role)
  else if (other && option.type === 7) resolved.channels[id] = { ...channelJson(state, other), permissions: '0' }
  else throw new ClientRefusal(`option ${option.name}: ${id} is not of its type`)
  return id
}
