/** A form as questions, one after the other: what is asked, and the buttons beside it. */
import type { Arg, Leaf } from './chat/command.ts'
import { type Button, button, plain, type Reply } from './chat/reply.ts'
import type { RawArg } from './chat/request.ts'
import { list, type Text, t, type Value } from './chat/text.ts'
import type { WaitingForm } from './features/forms/index.ts'

/** What buttons of forms carry as their command; no command has this name. */
export const FORM = 'form'
/** `again` shows a form once more; the others belong to its questions. */
export type FormAct = 'again' | 'back' | 'keep' | 'skip' | 'stop' | 'pick'

const MEGABYTE = 1024 * 1024

/** A button that does something to a form. */
export function formButton(form: Pick<WaitingForm, 'id' | 'step'>, act: FormAct, label: Text, pick?: number): Button {
  // The step tells a second tap from a first: by then the form is at another question.
  const at = pick === undefined ? String(form.step) : `${form.step}.${pick}`
  const how = act === 'again' ? ({ answer: 'new', style: 'primary' } as const) : ({ answer: 'update' } as const)
  return button(label, FORM, { f: form.id, do: act, n: at }, how)
}

/** What stands in a field, as it can be shown. */
function shown(arg: Arg, raw: RawArg): Value {
  if (typeof raw === 'number') return raw
  if (typeof raw !== 'string')
    return raw.kind === 'member' ? raw.sighting.name : raw.kind === 'stored' ? raw.file.name : raw.name
  const option = arg.kind === 'choice' && Object.hasOwn(arg.options, raw) ? arg.options[raw] : undefined
  return option ? t(option) : raw
}

/** How an answer has to look; choices are buttons and need no words. */
export function hint(arg: Arg): Text[] {
  switch (arg.kind) {
    case 'whole':
      return [t('form.hint.whole', { min: arg.min, max: arg.max })]
    case 'text':
      return [t('form.hint.text', { max: arg.max })]
    case 'link':
      return [t('form.hint.link')]
    case 'day':
      return [t('form.hint.day', { example: '2026-03-04' })]
    case 'attachment':
      return [t('form.hint.attachment', { limit: Math.floor(arg.maxBytes / MEGABYTE), kinds: list(arg.accepts) })]
    case 'member':
      return [t('form.hint.member')]
    case 'item':
    case 'choice':
      return []
  }
}

/** The question that a form is at, with what was wrong with the last answer where something was. */
export function question(waiting: WaitingForm, leaf: Leaf, problem: readonly Text[] = []): Reply {
  const { form, draft, step } = waiting
  const name = form.fields[step] ?? ''
  const arg = leaf.args[name]
  if (!arg) throw new Error(`/${form.command} has no argument "${name}" to ask for`)
  const value = draft[name] ?? form.values[name]
  const picks =
    arg.kind === 'choice'
      ? Object.values(arg.options).map((label, pick) => formButton(waiting, 'pick', t(label), pick))
      : []
  return plain(
    ...(step === 0 && problem.length === 0 ? [{ title: form.title }] : []),
    ...problem,
    form.fields.length > 1
      ? t('form.question', { step: step + 1, count: form.fields.length, question: t(arg.label) })
      : t('form.question.only', { question: t(arg.label) }),
    ...hint(arg),
    ...(value === undefined ? [] : [t('form.now', { value: shown(arg, value) })]),
    ...picks,
    ...(value === undefined ? [] : [formButton(waiting, 'keep', t('form.keep'))]),
    ...(arg.optional ? [formButton(waiting, 'skip', t(value === undefined ? 'form.skip' : 'form.empty'))] : []),
    ...(step > 0 ? [formButton(waiting, 'back', t('form.back'))] : []),
    formButton(waiting, 'stop', t('form.cancel')),
  )
}
