/** A form as Discord shows one: all its questions in one window, each the most native control there is for it. */
import {
  type APIComponentInLabel,
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  ComponentType,
  SelectMenuDefaultValueType,
  TextInputStyle,
} from 'discord.js'
import type { Arg, Leaf } from '../../chat/command.ts'
import type { Answer } from '../../chat/port.ts'
import { plainWriter, renderText, type Text, t } from '../../chat/text.ts'
import type { Locale } from '../../lib/locale.ts'
import { hint } from '../../questions.ts'
import { MAX_FIELD, MAX_FIELD_DESCRIPTION, MAX_FIELD_LABEL, MAX_FORM_TITLE, MAX_OPTION_LABEL } from './limits.ts'
import { cutWords } from './markdown.ts'
import { formId } from './values.ts'

type ShownForm = NonNullable<Answer['form']>

/** Draws a form for the arguments of `leaf`. */
export function drawForm(form: ShownForm, leaf: Leaf, locale: Locale): APIModalInteractionResponseCallbackData {
  return {
    custom_id: formId(form.id),
    title: cutWords(words(form.title, locale), MAX_FORM_TITLE),
    components: form.fields.map(name => {
      const arg = leaf.args[name]
      if (!arg) throw new RangeError(`/${form.command} has no argument "${name}" to ask for`)
      return fieldOf(name, arg, form.values[name] ?? '', locale)
    }),
  }
}

const words = (text: Text, locale: Locale): string => renderText(text, locale, plainWriter)

function fieldOf(name: string, arg: Arg, value: string, locale: Locale): APILabelComponent {
  return {
    type: ComponentType.Label,
    ...labelled(words(t(arg.label), locale), hinted(arg, locale)),
    component: controlOf(name, arg, value, locale),
  }
}

/** What no control shows by itself: how an answer has to look. */
function hinted(arg: Arg, locale: Locale): string {
  const shown = arg.kind === 'whole' || arg.kind === 'day' || arg.kind === 'link' || arg.kind === 'attachment'
  return shown
    ? hint(arg)
        .map(text => words(text, locale))
        .join(' ')
    : ''
}

/** A label too long for its line goes on in the small print below it. */
function labelled(text: string, rule: string): { label: string; description?: string } {
  if (text.length <= MAX_FIELD_LABEL)
    return { label: text, ...(rule !== '' && { description: cutWords(rule, MAX_FIELD_DESCRIPTION) }) }
  const room = text.slice(0, MAX_FIELD_LABEL - 1)
  const space = room.lastIndexOf(' ')
  // Languages without spaces break anywhere, but never inside a character.
  const head = space > MAX_FIELD_LABEL / 2 ? room.slice(0, space) : cutWords(text, MAX_FIELD_LABEL).slice(0, -1)
  const rest = `…${text.slice(head.length).trim()}`
  return { label: `${head}…`, description: cutWords([rest, rule].filter(Boolean).join(' '), MAX_FIELD_DESCRIPTION) }
}

function controlOf(name: string, arg: Arg, value: string, locale: Locale): APIComponentInLabel {
  const required = !arg.optional
  // Discord wants at least one of what is required, and counts one where nothing is said.
  const single = { custom_id: name, min_values: required ? 1 : 0, max_values: 1, required }
  switch (arg.kind) {
    case 'text':
      return written(name, required, value, arg.max, arg.long ? TextInputStyle.Paragraph : TextInputStyle.Short)
    case 'item':
      return written(name, required, value, arg.max)
    // As long as Discord allows: what is wrong is told in words, where a cut one could be taken for right.
    case 'whole':
    case 'day':
    case 'link':
      return written(name, required, value, MAX_FIELD)
    case 'choice':
      return {
        type: ComponentType.StringSelect,
        ...single,
        options: Object.entries(arg.options).map(([option, label]) => ({
          label: cutWords(words(t(label), locale), MAX_OPTION_LABEL),
          value: option,
          ...(option === value && { default: true }),
        })),
      }
    case 'member':
      return {
        type: ComponentType.UserSelect,
        ...single,
        ...(/^\d{17,20}$/.test(value) && { default_values: [{ id: value, type: SelectMenuDefaultValueType.User }] }),
      }
    case 'attachment':
      return { type: ComponentType.FileUpload, ...single }
  }
}

function written(
  name: string,
  required: boolean,
  value: string,
  max: number,
  style: TextInputStyle = TextInputStyle.Short,
): APIComponentInLabel {
  const max_length = Math.min(max, MAX_FIELD)
  return {
    type: ComponentType.TextInput,
    custom_id: name,
    style,
    max_length,
    required,
    // Discord refuses a form whose own text is longer than its field.
    ...(value !== '' && { value: cutWords(value, max_length) }),
  }
}
