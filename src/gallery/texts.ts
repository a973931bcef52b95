/** Every text of an answer, those inside others included: what a gallery is complete by. */
import type { Leaf, Registry } from '../chat/command.ts'
import type { Answer } from '../chat/port.ts'
import type { Text, Value } from '../chat/text.ts'

/** The texts of an answer, outside in. */
export function textsOf({ reply, form }: Pick<Answer, 'reply' | 'form'>): Text[] {
  const { title, lines, rows = [], footer, picture, buttons, select } = reply
  const texts: Array<Text | string | undefined> = [
    form?.title,
    title,
    ...lines,
    ...rows.flatMap(row => [row.label, row.value]),
    footer,
    ...(picture ? [picture.alt, ...(picture.kind === 'streak' ? [picture.title, picture.caption] : [])] : []),
    ...buttons.map(({ label }) => label),
    select?.placeholder,
    ...(select?.options ?? []).map(({ label }) => label),
  ]
  return texts.flatMap(text => (text === undefined || typeof text === 'string' ? [] : within(text)))
}

function within(text: Text): Text[] {
  return [text, ...Object.values(text.values).flatMap((value: Value) => (isText(value) ? within(value) : []))]
}

const isText = (value: Value): value is Text => typeof value === 'object' && value.kind === 'text'

/** Keys of the fields that a form asks for: shown by every platform in its own way. */
export function fieldKeys({ form }: Pick<Answer, 'form'>, registry: Registry): string[] {
  const leaf = form && (registry.find(form.command.split(' '))?.node as Leaf)
  return (form?.fields ?? []).flatMap(name => {
    const arg = leaf?.args[name]
    return arg ? [arg.label, ...(arg.kind === 'choice' ? Object.values(arg.options) : [])] : []
  })
}
