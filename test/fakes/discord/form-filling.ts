/** What a person's client does with a form: checks each field, uploads files, sends everything back. */
import type { Platform } from './platform.ts'
import type { Json, JsonObject } from './schema.ts'
import { type ChannelState, type ComponentJson, flatten } from './state.ts'
import {
  ClientRefusal,
  nothingResolved,
  type Resolved,
  resolveIds,
  type Upload,
  upload,
  withoutEmpty,
} from './typed-command.ts'

/** What is put into a field: text, option values, people (or roles, channels), files. */
export type FieldValue = string | readonly string[] | { id: string } | Upload | readonly Upload[]

const STRING_SELECT = 3
const TEXT_INPUT = 4
const FILE_UPLOAD = 19
const TEXT_LENGTH = 4000

/** The `data` of the interaction that hands a form in. A field that is not named keeps what it holds to begin with. */
export function submission(
  platform: Platform,
  channel: ChannelState,
  modal: { customId: string; components: ComponentJson[] },
  values: Record<string, FieldValue>,
): JsonObject {
  const inputs = flatten(modal.components).filter(one => one.custom_id !== undefined)
  for (const name of Object.keys(values))
    if (!inputs.some(one => one.custom_id === name)) throw new ClientRefusal(`the form has no field ${name}`)
  const resolved = nothingResolved()
  let id = 0
  const fill = (one: ComponentJson): JsonObject => {
    const own = { type: one.type, id: ++id }
    if (one.components) return { ...own, components: one.components.map(fill) }
    if (one.component) return { ...own, component: fill(one.component) }
    if (one.custom_id === undefined) return own
    const field = { ...own, custom_id: one.custom_id }
    const value = values[one.custom_id]
    if (one.type === TEXT_INPUT) return { ...field, value: written(one, value) }
    if (one.type === FILE_UPLOAD)
      return {
        ...field,
        values: counted(one, filesOf(one, value)).map(file => upload(platform, channel, file, resolved)),
      }
    return { ...field, values: chosen(platform, channel, one, value, resolved) }
  }
  const components: Json[] = modal.components.map(fill)
  const used = withoutEmpty(resolved)
  return { custom_id: modal.customId, components, ...(Object.keys(used).length > 0 && { resolved: used }) }
}

const odd = (one: ComponentJson) => new ClientRefusal(`field ${one.custom_id} takes no such value`)

function written(one: ComponentJson, given: FieldValue | undefined): string {
  const value = given ?? one.value ?? ''
  if (typeof value !== 'string') throw odd(one)
  if (one.required !== false && value === '') throw new ClientRefusal(`field ${one.custom_id} is required`)
  if (value !== '' && (value.length < (one.min_length ?? 0) || value.length > (one.max_length ?? TEXT_LENGTH)))
    throw new ClientRefusal(`field ${one.custom_id} has a refused length`)
  return value
}

function filesOf(one: ComponentJson, given: FieldValue | undefined): Upload[] {
  const files = given === undefined || given === '' ? [] : [given].flat()
  return files.map(file => {
    if (typeof file === 'string' || !('bytes' in file)) throw odd(one)
    return file
  })
}

function chosen(
  platform: Platform,
  channel: ChannelState,
  one: ComponentJson,
  given: FieldValue | undefined,
  resolved: Resolved,
): string[] {
  const preset =
    one.default_values?.map(({ id }) => id) ?? one.options?.filter(({ default: on }) => on).map(({ value }) => value)
  const wanted = given === undefined ? (preset ?? []) : given === '' ? [] : [given].flat()
  const ids = counted(one, wanted).map(value => {
    if (typeof value === 'string') return value
    if (!('id' in value)) throw odd(one)
    return value.id
  })
  if (one.type !== STRING_SELECT)
    resolveIds(platform, channel, { type: one.type, name: String(one.custom_id) }, ids, resolved)
  for (const id of ids)
    if (one.options && !one.options.some(option => option.value === id))
      throw new ClientRefusal(`field ${one.custom_id}: ${id} is not an option`)
  return ids
}

/** As many as the field takes; none at all is fine where it is not required. */
function counted<T>(one: ComponentJson, values: T[]): T[] {
  if (values.length === 0) {
    if (one.required !== false) throw new ClientRefusal(`field ${one.custom_id} is required`)
    return values
  }
  const { min_values: least = 1, max_values: most = 1 } = one
  if (values.length < least || values.length > most)
    throw new ClientRefusal(`field ${one.custom_id} takes ${least} to ${most} values`)
  return values
}
