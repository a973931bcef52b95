/** Discord's rules for application commands that the OpenAPI document does not state. */
import { isObject, type Json, type JsonObject, LOCALES, type Problem } from './schema.ts'

export const COMMANDS_PER_SCOPE = 100
export const CREATES_PER_DAY = 200
const COMMAND_SIZE = 8000
const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u
export const SUBCOMMAND = 1
export const GROUP = 2

type Localizations = Record<string, string> | null

export type OptionJson = {
  type: number
  name: string
  name_localizations?: Localizations
  description: string
  description_localizations?: Localizations
  required?: boolean
  autocomplete?: boolean
  choices?: { name: string; name_localizations?: Localizations; value: string | number }[]
  options?: OptionJson[]
  min_value?: number
  max_value?: number
  min_length?: number
  max_length?: number
}

export type CommandJson = {
  id: string
  application_id: string
  guild_id?: string
  version: string
  type: number
  name: string
  name_localizations?: Localizations
  description: string
  description_localizations?: Localizations
  options?: OptionJson[]
  default_member_permissions: string | null
  dm_permission?: boolean
  contexts: number[] | null
  integration_types: number[]
  nsfw: boolean
}

const lowerCaseName = (name: string) => NAME.test(name) && name === name.toLowerCase()

/** Everything wrong with one command that already fits its schema. */
export function commandProblems(body: JsonObject, path: string[] = []): Problem[] {
  const problems: Problem[] = []
  const type = body.type ?? 1
  if (type === 1) problems.push(...nameProblems(body, path), ...optionProblems(body.options, path))
  else if (body.description)
    problems.push({
      path: [...path, 'description'],
      code: 'APPLICATION_COMMAND_DESCRIPTION_INVALID',
      message: 'Context menu commands cannot have description',
    })
  if (type === 1 && !body.description)
    problems.push({ path: [...path, 'description'], code: 'BASE_TYPE_REQUIRED', message: 'This field is required' })
  if (commandSize(body as unknown as OptionJson) > COMMAND_SIZE)
    problems.push({
      path,
      code: 'APPLICATION_COMMAND_TOO_LARGE',
      message: `Command exceeds maximum size (${COMMAND_SIZE})`,
    })
  const permissions = body.default_member_permissions
  if (typeof permissions === 'string' && !/^\d+$/.test(permissions))
    problems.push({
      path: [...path, 'default_member_permissions'],
      code: 'NUMBER_TYPE_COERCE',
      message: `Value "${permissions}" is not int.`,
    })
  return problems
}

function nameProblems(node: JsonObject, path: string[]): Problem[] {
  const problems: Problem[] = []
  if (typeof node.name === 'string' && !lowerCaseName(node.name))
    problems.push({
      path: [...path, 'name'],
      code: 'APPLICATION_COMMAND_INVALID_NAME',
      message: 'Command name is invalid',
    })
  problems.push(...localeProblems(node, path))
  for (const [locale, name] of Object.entries(isObject(node.name_localizations) ? node.name_localizations : {}))
    if (typeof name === 'string' && !lowerCaseName(name))
      problems.push({
        path: [...path, 'name_localizations', locale],
        code: 'APPLICATION_COMMAND_INVALID_NAME',
        message: 'Command name is invalid',
      })
  return problems
}

function localeProblems(node: JsonObject, path: string[]): Problem[] {
  return ['name_localizations', 'description_localizations'].flatMap(key =>
    Object.keys(isObject(node[key]) ? node[key] : {})
      .filter(locale => !LOCALES.has(locale))
      .map(locale => ({
        path: [...path, key, locale],
        code: 'ENUM_TYPE_COERCE',
        message: `Value "${locale}" is not a valid enum value.`,
      })),
  )
}

function optionProblems(options: Json | undefined, path: string[]): Problem[] {
  if (!Array.isArray(options)) return []
  const problems: Problem[] = []
  const nodes = options.filter(isObject)
  const names = nodes.map(one => one.name)
  const here = [...path, 'options']
  if (new Set(names).size < names.length)
    problems.push({
      path: here,
      code: 'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS',
      message: 'Option name already exists',
    })
  const nested = nodes.filter(one => one.type === SUBCOMMAND || one.type === GROUP)
  if (nested.length > 0 && nested.length < nodes.length)
    problems.push({
      path: here,
      code: 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      message: 'Sub-command and sub-command group option types are mutually exclusive to all other types',
    })
  let optionalSeen = false
  for (const [index, one] of nodes.entries()) {
    const at = [...here, String(index)]
    if (one.required === true && optionalSeen)
      problems.push({
        path: at,
        code: 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        message: 'Required options must be placed before non-required options',
      })
    optionalSeen ||= one.required !== true
    problems.push(...nameProblems(one, at), ...choiceProblems(one, at), ...optionProblems(one.options, at))
  }
  return problems
}

function choiceProblems(option: JsonObject, path: string[]): Problem[] {
  const choices = (Array.isArray(option.choices) ? option.choices : []).filter(isObject)
  const problems = choices.flatMap((one, index) => localeProblems(one, [...path, 'choices', String(index)]))
  if (choices.length > 0 && option.autocomplete === true)
    problems.push({
      path: [...path, 'autocomplete'],
      code: 'APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE',
      message: 'Option cannot have both choices and autocomplete',
    })
  if (new Set(choices.map(one => one.name)).size < choices.length)
    problems.push({
      path: [...path, 'choices'],
      code: 'APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS',
      message: 'Option choice name already exists',
    })
  return problems
}

const longest = (text: string | undefined, localized: Localizations | undefined) =>
  Math.max(...[text ?? '', ...Object.values(localized ?? {})].map(one => [...one].length))

/** Characters of names, descriptions and choice values; of each localized text the longest counts. */
function commandSize(node: OptionJson): number {
  const own = longest(node.name, node.name_localizations) + longest(node.description, node.description_localizations)
  const choices = (node.choices ?? []).reduce(
    (sum, one) => sum + longest(one.name, one.name_localizations) + String(one.value).length,
    0,
  )
  return own + choices + (node.options ?? []).reduce((sum, one) => sum + commandSize(one), 0)
}
