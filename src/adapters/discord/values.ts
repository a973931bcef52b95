/** What people gave: the options of a command, the fields of a form. Pure. */
import {
  type APIApplicationCommandInteractionDataBasicOption,
  type APIApplicationCommandInteractionDataOption,
  type APIAttachment,
  type APIInteractionDataResolved,
  type APIModalSubmission,
  type APIUser,
  ApplicationCommandOptionType,
  ComponentType,
  type InteractionType,
  type ModalSubmitLabelComponent,
} from 'discord.js'
import type { RawArg, Sighting } from '../../chat/request.ts'

/** The name people have everywhere: nicknames differ from guild to guild, and an account has one name here. */
export const describe = (user: APIUser): Sighting => ({
  platformId: user.id,
  name: user.global_name ?? user.username,
  username: user.username,
})

type Option = APIApplicationCommandInteractionDataOption<
  InteractionType.ApplicationCommand | InteractionType.ApplicationCommandAutocomplete
>
type Value = APIApplicationCommandInteractionDataBasicOption<
  InteractionType.ApplicationCommand | InteractionType.ApplicationCommandAutocomplete
>

/** The names from the command down to the leaf, and the values below. */
export function readOptions(name: string, options: readonly Option[]): { path: string[]; options: Value[] } {
  const path = [name]
  let level = options
  for (;;) {
    const [only] = level
    if (
      only?.type !== ApplicationCommandOptionType.Subcommand &&
      only?.type !== ApplicationCommandOptionType.SubcommandGroup
    )
      return { path, options: level as Value[] }
    path.push(only.name)
    level = only.options ?? []
  }
}

/** The value of an option, as it arrived. */
export function rawArg(option: Value, resolved: APIInteractionDataResolved): RawArg {
  switch (option.type) {
    case ApplicationCommandOptionType.User:
      return memberOf(option.value, resolved)
    case ApplicationCommandOptionType.Attachment:
      return attachmentOf(option.value, resolved)
    case ApplicationCommandOptionType.Boolean:
      return String(option.value)
    default:
      return option.value
  }
}

/** Tells our forms apart from those of another version. */
const FORM = /^f1:(.+)$/s
/** The custom id of a form's window. */
export const formId = (form: string): string => `f1:${form}`

/** A form as it was handed in: its id, empty where it is none of ours, and its fields by their names. */
export function readFields({ custom_id, components, resolved = {} }: APIModalSubmission): {
  form: string
  values: Record<string, RawArg>
} {
  const values: Record<string, RawArg> = {}
  for (const one of components) {
    if (one.type !== ComponentType.Label) continue
    const value = fieldOf(one.component, resolved)
    if (value !== undefined) values[one.component.custom_id] = value
  }
  return { form: FORM.exec(custom_id)?.[1] ?? '', values }
}

/** What stands in a field; '' for one that was left empty. A file that is not sent again leaves the one before in its place. */
function fieldOf(field: ModalSubmitLabelComponent['component'], resolved: APIInteractionDataResolved) {
  switch (field.type) {
    case ComponentType.TextInput:
      return field.value
    case ComponentType.StringSelect:
      return field.values[0] ?? ''
    case ComponentType.UserSelect:
      return field.values[0] === undefined ? '' : memberOf(field.values[0], resolved)
    case ComponentType.FileUpload:
      return field.values[0] === undefined ? undefined : attachmentOf(field.values[0], resolved)
    default:
      return undefined
  }
}

function memberOf(id: string, { users }: APIInteractionDataResolved): RawArg {
  const user = users?.[id]
  return user ? { kind: 'member', sighting: describe(user) } : id
}

function attachmentOf(id: string, { attachments }: APIInteractionDataResolved): RawArg {
  const file = attachments?.[id]
  return file ? fileOf(file) : id
}

const fileOf = (file: APIAttachment): RawArg => ({
  kind: 'file',
  name: file.filename,
  type: file.content_type ?? 'application/octet-stream',
  size: file.size,
  reference: file.url,
})
