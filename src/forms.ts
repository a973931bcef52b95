/** What is handed in to a form: whole, or answer by answer. Reads and decides; nothing is written here. */
import type { App } from './app.ts'
import { type FindMember, readArg, type SentFile } from './chat/arguments.ts'
import type { Arg, Entry, Leaf, Registry } from './chat/command.ts'
import type { Press } from './chat/press.ts'
import { type Reply, refusal } from './chat/reply.ts'
import type { Ask, RawArg } from './chat/request.ts'
import { type Text, t } from './chat/text.ts'
import { type Draft, formById, type WaitingForm } from './features/forms/index.ts'
import type { Identity } from './features/people/index.ts'
import { FORM, type FormAct } from './questions.ts'

/** What an ask does to a form. */
export type Handed =
  /** Every field is filled: the command may run with these arguments. */
  | {
      readonly kind: 'complete'
      readonly entry: Entry
      readonly leaf: Leaf
      readonly waiting: WaitingForm
      readonly raw: Draft
    }
  /** The form goes to another question, or stays at this one. */
  | {
      readonly kind: 'step'
      readonly leaf: Leaf
      readonly waiting: WaitingForm
      readonly draft: Draft
      readonly step: number
      readonly problem: readonly Text[]
      /** A file that has to be fetched before the step counts. */
      readonly file: {
        readonly name: string
        readonly arg: Extract<Arg, { kind: 'attachment' }>
        readonly sent: SentFile
      } | null
    }
  | { readonly kind: 'stop' | 'again'; readonly leaf: Leaf; readonly waiting: WaitingForm }
  | { readonly kind: 'closed'; readonly command: string; readonly reply: Reply }

/** The form that an ask is about; null for an ask that is about none. */
function formOf(ask: Ask, press: Press | null): string | null {
  if (ask.kind === 'form' || ask.kind === 'answer') return ask.form
  return press?.path.join(' ') === FORM ? (press.args.f ?? '') : null
}

/** Reads what an ask does to a form. Null when it is about none. */
export async function readHanded(
  app: App,
  registry: Registry,
  ask: Exclude<Ask, { kind: 'faceless' }>,
  press: Press | null,
  identity: Identity | null,
  findMember: FindMember,
): Promise<Handed | null> {
  const id = formOf(ask, press)
  if (id === null) return null
  const waiting = await formById(app, id)
  const entry = waiting && registry.find(waiting.form.command.split(' '))
  const leaf = entry?.node.kind === 'leaf' ? entry.node : null
  if (!waiting || !entry || !leaf || waiting.form.fields.some(name => !Object.hasOwn(leaf.args, name)))
    return { kind: 'closed', command: '', reply: refusal(t('form.gone')) }
  const { command } = waiting.form
  if (waiting.accountId !== identity?.asker.accountId)
    return { kind: 'closed', command, reply: refusal(t('form.others', { command })) }
  if (!waiting.open) return { kind: 'closed', command, reply: refusal(t('form.gone.again', { command })) }
  // Calling it off is right anywhere.
  const elsewhere = waiting.community !== null && waiting.community.id !== identity.community?.id
  if (leaf.where === 'community' && elsewhere && press?.args.do !== 'stop')
    return {
      kind: 'closed',
      command,
      reply: refusal(t('form.elsewhere', { community: waiting.community?.name ?? '' })),
    }
  const complete = (draft: Draft): Handed => ({
    kind: 'complete',
    entry,
    leaf,
    waiting,
    raw: { ...waiting.form.args, ...draft },
  })
  if (ask.kind === 'form') return complete(ownFields(waiting, ask.values))
  const go = (draft: Draft, step: number): Handed =>
    step >= waiting.form.fields.length
      ? complete(draft)
      : { kind: 'step', leaf, waiting, draft, step: Math.max(0, step), problem: [], file: null }
  if (ask.kind === 'answer') return answered(waiting, leaf, ask, go, findMember)
  return press ? pressed(waiting, leaf, press, go) : null
}

/** Only what the form asks for: nothing else can be slipped in beside it. A file that was sent before stays unless another one came. */
function ownFields({ form, draft }: WaitingForm, values: Draft): Draft {
  const kept: Record<string, RawArg> = {}
  for (const name of form.fields) {
    const before = draft[name]
    const value = values[name] ?? (typeof before === 'object' && before.kind === 'stored' ? before : undefined)
    if (value !== undefined) kept[name] = value
  }
  return kept
}

type Go = (draft: Draft, step: number) => Handed

/** A message in answer to the open question. */
async function answered(
  waiting: WaitingForm,
  leaf: Leaf,
  ask: Extract<Ask, { kind: 'answer' }>,
  go: Go,
  findMember: FindMember,
): Promise<Handed> {
  const { step, draft } = waiting
  const name = waiting.form.fields[step] ?? ''
  const arg = leaf.args[name]
  if (!arg) throw new Error(`/${waiting.form.command} has no argument "${name}"`)
  const stay = (problem: readonly Text[]): Handed => ({
    kind: 'step',
    leaf,
    waiting,
    draft,
    step,
    problem,
    file: null,
  })
  const raw: RawArg | undefined =
    arg.kind === 'attachment'
      ? ask.file
      : arg.kind === 'member' && ask.about
        ? { kind: 'member', sighting: ask.about }
        : ask.text
  if (raw === undefined) return stay([t('refusal.arg.attachment', { arg: name })])
  if (raw === '')
    return stay([t('refusal.arg.missing', { command: waiting.form.command, arg: name, description: t(arg.label) })])
  const read = await readArg(name, arg, raw, findMember)
  if ('why' in read) return stay(arg.kind === 'choice' ? [t('form.choose')] : [read.why])
  const next = go({ ...draft, [name]: raw }, step + 1)
  if (!('file' in read) || next.kind !== 'step' || arg.kind !== 'attachment') return next
  return { ...next, draft, file: { name, arg, sent: read.file } }
}

/** A button under a question. One that belongs to another question than the form is at shows where it is now. */
function pressed(waiting: WaitingForm, leaf: Leaf, press: Press, go: Go): Handed {
  const { step, draft, form } = waiting
  const name = form.fields[step] ?? ''
  const [at, pick] = (press.args.n ?? '').split('.')
  const act = press.args.do as FormAct
  if (act === 'stop' || act === 'again') return { kind: act, leaf, waiting }
  if (at !== String(step)) return { kind: 'again', leaf, waiting }
  const { [name]: _dropped, ...others } = draft
  switch (act) {
    case 'back':
      return go(draft, step - 1)
    case 'skip':
      return leaf.args[name]?.optional ? go(others, step + 1) : { kind: 'again', leaf, waiting }
    case 'keep': {
      const value = draft[name] ?? form.values[name]
      return value === undefined ? { kind: 'again', leaf, waiting } : go({ ...draft, [name]: value }, step + 1)
    }
    case 'pick': {
      const arg = leaf.args[name]
      const option = arg?.kind === 'choice' ? Object.keys(arg.options)[Number(pick)] : undefined
      return option === undefined ? { kind: 'again', leaf, waiting } : go({ ...draft, [name]: option }, step + 1)
    }
    default:
      return { kind: 'again', leaf, waiting }
  }
}
