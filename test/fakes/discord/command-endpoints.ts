/** Registration of application commands, global and per guild. */
import {
  COMMANDS_PER_SCOPE,
  type CommandJson,
  CREATES_PER_DAY,
  commandProblems,
  type OptionJson,
} from './command-rules.ts'
import { ApiRefusal, invalidForm, refuse } from './errors.ts'
import { type Endpoint, GLOBAL_SCOPE, type Platform, type Request } from './platform.ts'
import type { JsonObject } from './schema.ts'

/** The scope's commands. A foreign application or guild is refused like the real one does. */
function scopeOf(platform: Platform, { params }: Request): { scope: string; commands: Map<string, CommandJson> } {
  if (params.application_id !== platform.state.bot.id)
    throw new ApiRefusal(403, 20012, 'You are not authorized to perform this action on this application')
  const scope = params.guild_id ?? GLOBAL_SCOPE
  if (params.guild_id !== undefined && !platform.state.guilds.get(params.guild_id)?.botIn) throw refuse(50001)
  const commands = platform.commands.get(scope) ?? new Map<string, CommandJson>()
  platform.commands.set(scope, commands)
  return { scope, commands }
}

const typeOf = (body: JsonObject) => Number(body.type ?? 1)
const sameCommand = (body: JsonObject) => (one: CommandJson) => one.name === body.name && one.type === typeOf(body)

/** Counts one creation of the UTC day; an overwrite or edit of a known name is free. */
function countCreation(platform: Platform, scope: string): void {
  const key = `${scope} ${new Date(platform.state.now()).toISOString().slice(0, 10)}`
  const made = (platform.creations.get(key) ?? 0) + 1
  if (made > CREATES_PER_DAY) throw refuse(30034, 'commands must be registered by difference')
  platform.creations.set(key, made)
}

/** A body as the command the server keeps: defaults filled in, absent fields as Discord shows them. */
function commandFrom(platform: Platform, scope: string, body: JsonObject, id: string): CommandJson {
  const permissions = body.default_member_permissions ?? null
  const global = scope === GLOBAL_SCOPE
  return {
    id,
    application_id: platform.state.bot.id,
    version: platform.state.nextId(),
    type: typeOf(body),
    name: String(body.name),
    name_localizations: (body.name_localizations ?? null) as CommandJson['name_localizations'],
    description: String(body.description ?? ''),
    description_localizations: (body.description_localizations ?? null) as CommandJson['description_localizations'],
    default_member_permissions: permissions === null ? null : String(permissions),
    contexts: global ? ((body.contexts ?? null) as number[] | null) : null,
    integration_types: (body.integration_types ?? [0]) as number[],
    nsfw: body.nsfw === true,
    ...(global ? { dm_permission: body.dm_permission !== false } : { guild_id: scope }),
    ...(Array.isArray(body.options) && body.options.length > 0 && { options: body.options as unknown as OptionJson[] }),
  }
}

/** Discord leaves localizations out of a list unless asked. */
function shown(command: CommandJson, full: boolean): JsonObject {
  if (full) return command as unknown as JsonObject
  return JSON.parse(
    JSON.stringify(command, (key, value) =>
      key === 'name_localizations' || key === 'description_localizations' ? undefined : value,
    ),
  )
}

const checkedBody = (body: JsonObject, path: string[] = []) => {
  const problems = commandProblems(body, path)
  if (problems.length > 0) throw invalidForm(problems)
}

const create: Endpoint = (platform, request) => {
  const { scope, commands } = scopeOf(platform, request)
  checkedBody(request.body)
  const known = [...commands.values()].find(sameCommand(request.body))
  if (!known) {
    const inKind = [...commands.values()].filter(one => one.type === typeOf(request.body)).length
    if (inKind >= COMMANDS_PER_SCOPE) throw refuse(30032, `${inKind + 1} commands in one scope`)
    countCreation(platform, scope)
  }
  const command = commandFrom(platform, scope, request.body, known?.id ?? platform.state.nextId())
  commands.set(command.id, command)
  return shown(command, true)
}

const overwrite: Endpoint = (platform, request) => {
  const { scope, commands } = scopeOf(platform, request)
  const { rows } = request
  for (const [index, row] of rows.entries()) {
    checkedBody(row, [String(index)])
    if (rows.slice(0, index).some(other => other.name === row.name && typeOf(other) === typeOf(row)))
      throw invalidForm([
        {
          path: [String(index), 'name'],
          code: 'APPLICATION_COMMANDS_DUPLICATE_NAME',
          message: 'Application command names must be unique',
        },
      ])
  }
  if (rows.filter(row => typeOf(row) === 1).length > COMMANDS_PER_SCOPE)
    throw refuse(30032, `${rows.length} commands in one scope`)
  const known = [...commands.values()]
  for (const row of rows) if (!known.some(sameCommand(row))) countCreation(platform, scope)
  commands.clear()
  for (const row of rows) {
    const id = known.find(sameCommand(row))?.id ?? platform.state.nextId()
    commands.set(id, commandFrom(platform, scope, row, id))
  }
  return [...commands.values()].map(one => shown(one, true))
}

function commandFor(platform: Platform, request: Request) {
  const { scope, commands } = scopeOf(platform, request)
  const command = commands.get(request.params.command_id ?? '')
  if (!command) throw refuse(10063)
  return { scope, commands, command }
}

const change: Endpoint = (platform, request) => {
  const { scope, commands, command } = commandFor(platform, request)
  const merged = { ...(command as unknown as JsonObject), ...request.body }
  checkedBody(merged)
  const next = commandFrom(platform, scope, merged, command.id)
  commands.set(command.id, next)
  return shown(next, true)
}

const scopes = ['/applications/{application_id}/commands', '/applications/{application_id}/guilds/{guild_id}/commands']

export const commandEndpoints: Record<string, Endpoint> = Object.fromEntries(
  scopes.flatMap((path): [string, Endpoint][] => [
    [
      `GET ${path}`,
      (platform, request) =>
        [...scopeOf(platform, request).commands.values()].map(one =>
          shown(one, request.query.with_localizations === 'true'),
        ),
    ],
    [`POST ${path}`, create],
    [`PUT ${path}`, overwrite],
    [`GET ${path}/{command_id}`, (platform, request) => shown(commandFor(platform, request).command, true)],
    [`PATCH ${path}/{command_id}`, change],
    [
      `DELETE ${path}/{command_id}`,
      (platform, request) => {
        const { commands, command } = commandFor(platform, request)
        commands.delete(command.id)
      },
    ],
  ]),
)
