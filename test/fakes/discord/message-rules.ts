/** Discord's rules for messages that the OpenAPI document does not state. */
import { isObject, type Json, type JsonObject, type Problem } from './schema.ts'
import { type ComponentJson, type EmbedJson, flatten, type Pings } from './state.ts'

const EMBED_TOTAL = 6000
const ROWS = 5
export const FLAG_EPHEMERAL = 1 << 6
export const FLAG_LOADING = 1 << 7
export const FLAG_COMPONENTS_V2 = 1 << 15

const ROW = 1
const BUTTON = 2
const SELECTS = new Set([3, 5, 6, 7, 8])
const LINK_STYLE = 5
const PREMIUM_STYLE = 6

const length = (text: string | undefined) => [...(text ?? '')].length

export const list = <T>(value: Json | undefined): T[] => (Array.isArray(value) ? (value as T[]) : [])

/** Everything wrong with a message body that already fits its schema. */
export function messageProblems(body: JsonObject, path: string[] = []): Problem[] {
  const embeds = list<EmbedJson>(body.embeds)
  const components = list<ComponentJson>(body.components)
  const problems: Problem[] = []
  if (embeds.reduce((sum, embed) => sum + embedLength(embed), 0) > EMBED_TOTAL)
    problems.push({
      path: [...path, 'embeds'],
      code: 'MAX_EMBED_SIZE_EXCEEDED',
      message: `Embed size exceeds maximum size of ${EMBED_TOTAL}`,
    })
  for (const [index, embed] of embeds.entries())
    for (const [at, field] of (embed.fields ?? []).entries())
      for (const key of ['name', 'value'] as const)
        if (!field[key]?.trim())
          problems.push({
            path: [...path, 'embeds', String(index), 'fields', String(at), key],
            code: 'BASE_TYPE_REQUIRED',
            message: 'This field is required',
          })
  const newLayout = (Number(body.flags ?? 0) & FLAG_COMPONENTS_V2) !== 0
  if (newLayout) problems.push(...newLayoutProblems(body, components, path))
  else problems.push(...rowProblems(components, [...path, 'components']))
  problems.push(...duplicateIds(components, [...path, 'components']))
  return problems
}

function embedLength(embed: EmbedJson): number {
  const fields = (embed.fields ?? []).reduce((sum, one) => sum + length(one.name) + length(one.value), 0)
  return (
    length(embed.title) + length(embed.description) + length(embed.footer?.text) + length(embed.author?.name) + fields
  )
}

function newLayoutProblems(body: JsonObject, components: ComponentJson[], path: string[]): Problem[] {
  const problems: Problem[] = []
  for (const key of ['content', 'embeds', 'poll'])
    if (body[key] && list(body[key]).length + (typeof body[key] === 'string' ? 1 : 0) > 0)
      problems.push({
        path: [...path, key],
        code: 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
        message: `The '${key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
      })
  if (flatten(components).length > 40)
    problems.push({
      path: [...path, 'components'],
      code: 'BASE_TYPE_MAX_LENGTH',
      message: 'Must be 40 or fewer in length.',
    })
  return problems
}

function rowProblems(components: ComponentJson[], path: string[]): Problem[] {
  const problems: Problem[] = []
  if (components.length > ROWS)
    problems.push({ path, code: 'BASE_TYPE_BAD_LENGTH', message: `Must be between 1 and ${ROWS} in length.` })
  for (const [index, row] of components.entries()) {
    const here = [...path, String(index)]
    if (row.type !== ROW) {
      problems.push({
        path: [...here, 'type'],
        code: 'UNION_TYPE_CHOICES',
        message: 'Value of field "type" must be one of (1,).',
      })
      continue
    }
    const inside = row.components ?? []
    if (inside.some(one => SELECTS.has(one.type)) && inside.length > 1)
      problems.push({
        path: [...here, 'components'],
        code: 'COMPONENT_LAYOUT_WIDTH_EXCEEDED',
        message: 'The specified component exceeds the maximum width',
      })
    for (const [at, one] of inside.entries())
      problems.push(...controlProblems(one, [...here, 'components', String(at)]))
  }
  return problems
}

function controlProblems(one: ComponentJson, path: string[]): Problem[] {
  const problems: Problem[] = []
  const required = (key: string) =>
    problems.push({ path: [...path, key], code: 'BASE_TYPE_REQUIRED', message: 'This field is required' })
  if (one.type === BUTTON) {
    if (one.style === LINK_STYLE) {
      if (!one.url) required('url')
      if (one.custom_id)
        problems.push({
          path,
          code: 'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE',
          message: 'A custom id and url cannot both be specified',
        })
    } else if (one.style !== PREMIUM_STYLE && !one.custom_id) required('custom_id')
    if (!one.label && !('emoji' in one) && one.style !== PREMIUM_STYLE)
      problems.push({ path, code: 'BUTTON_COMPONENT_INVALID_LABEL', message: 'A button needs a label or an emoji' })
  }
  if (one.type === 3) problems.push(...selectProblems(one, path))
  return problems
}

/** What is wrong with a select of strings. */
export function selectProblems(one: ComponentJson, path: string[]): Problem[] {
  const problems: Problem[] = []
  const values = (one.options ?? []).map(option => option.value)
  if (new Set(values).size < values.length)
    problems.push({
      path: [...path, 'options'],
      code: 'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
      message: 'The specified option value is already used',
    })
  if ((one.min_values ?? 1) > (one.max_values ?? 1) || (one.max_values ?? 1) > values.length)
    problems.push({ path: [...path, 'max_values'], code: 'NUMBER_TYPE_MAX', message: 'More values than options' })
  return problems
}

export function duplicateIds(components: ComponentJson[], path: string[]): Problem[] {
  const ids = flatten(components).flatMap(one => (one.custom_id === undefined ? [] : [one.custom_id]))
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index)
  if (repeated === undefined) return []
  return [{ path, code: 'COMPONENT_CUSTOM_ID_DUPLICATED', message: 'Component custom id cannot be duplicated' }]
}

/** Who a content notifies under these allowed_mentions. Without them Discord parses everything. */
export function pingsOf(content: string, allowed: Json | undefined): { pings: Pings; parsed: string[] } {
  const rules = isObject(allowed) ? allowed : { parse: ['users', 'roles', 'everyone'] }
  const parse = new Set(list<string>(rules.parse))
  const ids = (pattern: RegExp) => [...new Set([...content.matchAll(pattern)].map(match => match[1] ?? ''))]
  const parsed: string[] = []
  const pick = (kind: 'users' | 'roles', found: string[]) => {
    if (parse.has(kind)) {
      parsed.push(...found)
      return found
    }
    const listed = new Set(list<string>(rules[kind]))
    return found.filter(id => listed.has(id))
  }
  const everyone = parse.has('everyone') && /@(everyone|here)\b/.test(content)
  if (everyone) parsed.push('@everyone')
  const pings = { users: pick('users', ids(/<@!?(\d+)>/g)), roles: pick('roles', ids(/<@&(\d+)>/g)), everyone }
  return { pings, parsed }
}

/** allowed_mentions that Discord refuses: a kind both parsed and listed. */
export function mentionProblems(allowed: Json | undefined, path: string[]): Problem[] {
  if (!isObject(allowed)) return []
  const parse = new Set(list<string>(allowed.parse))
  return (['users', 'roles'] as const)
    .filter(kind => parse.has(kind) && list(allowed[kind]).length > 0)
    .map(kind => ({
      path: [...path, 'allowed_mentions'],
      code: 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
      message: `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
    }))
}
