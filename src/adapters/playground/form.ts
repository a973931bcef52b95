/** Form -> a card that the page draws and hands in whole: its fields by the command's declarations, in the language of the answer. */
import type { Arg, Leaf, Registry } from '../../chat/command.ts'
import type { Answer } from '../../chat/port.ts'
import { encodePress } from '../../chat/press.ts'
import { plainWriter, renderText, type Text, t } from '../../chat/text.ts'
import { MEDIA_TYPES } from '../../lib/file-kind.ts'
import { formatList, type Locale } from '../../lib/locale.ts'
import { formButton } from '../../questions.ts'

type Kind =
  | { readonly kind: 'member' | 'link' | 'day' }
  | { readonly kind: 'whole'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly options: ReadonlyArray<{ readonly value: string; readonly label: string }> }
  | { readonly kind: 'text'; readonly max: number; readonly long: boolean }
  | { readonly kind: 'item'; readonly max: number }
  | {
      readonly kind: 'attachment'
      readonly limit: number
      /** What a file picker offers, and the same in words. */
      readonly types: string
      readonly kinds: string
    }

export type FormField = Kind & {
  readonly name: string
  readonly label: string
  readonly optional: boolean
  /** What stands in it to begin with. */
  readonly value?: string
}

export interface BodyForm {
  readonly id: string
  readonly command: string
  readonly locale: Locale
  readonly title: string
  readonly fields: readonly FormField[]
  readonly cancel: { readonly label: string; readonly data: string }
  /** Why nothing can be handed in with this card any more. */
  readonly over?: 'handed' | 'continued' | 'closed'
}

const MEGABYTE = 1024 * 1024

/** The card of a form that was opened, or is shown again. */
export function formatForm(form: NonNullable<Answer['form']>, registry: Registry, answer: Answer): BodyForm {
  const leaf = registry.find(form.command.split(' '))?.node as Leaf
  const { locale, askerId } = answer
  const words = (text: Text) => renderText(text, locale, plainWriter)
  const cancel = formButton({ id: form.id, step: 0 }, 'stop', t('form.cancel'))
  return {
    id: form.id,
    command: form.command,
    locale,
    title: words(form.title),
    fields: form.fields.map(name => {
      const arg = leaf.args[name]
      if (!arg) throw new Error(`/${form.command} has no argument "${name}" to ask for`)
      const value = form.values[name]
      return {
        name,
        label: words({ kind: 'text', key: arg.label, values: {} }),
        optional: arg.optional,
        ...kindOf(arg, locale, words),
        ...(value !== undefined && { value }),
      }
    }),
    cancel: { label: words(cancel.label), data: encodePress(cancel, askerId) },
  }
}

function kindOf(arg: Arg, locale: Locale, words: (text: Text) => string): Kind {
  switch (arg.kind) {
    case 'whole':
      return { kind: arg.kind, min: arg.min, max: arg.max }
    case 'text':
      return { kind: arg.kind, max: arg.max, long: arg.long }
    case 'item':
      return { kind: arg.kind, max: arg.max }
    case 'choice': {
      const options = Object.entries(arg.options).map(([value, key]) => ({
        value,
        label: words({ kind: 'text', key, values: {} }),
      }))
      return { kind: arg.kind, options }
    }
    case 'attachment':
      return {
        kind: arg.kind,
        limit: Math.floor(arg.maxBytes / MEGABYTE),
        types: arg.accepts.map(kind => (kind === 'text' ? 'text/*' : MEDIA_TYPES[kind])).join(','),
        kinds: formatList(arg.accepts, locale),
      }
    case 'member':
    case 'link':
    case 'day':
      return { kind: arg.kind }
  }
}
