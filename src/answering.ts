/** Running what was admitted: files fetched and long readings read first, then one transaction with the effect, the forms it touches and the answer. */
import { type Admission, corrected, type HandedIn, type Step } from './admission.ts'
import { type App, transaction } from './app.ts'
import type { Arg, Leaf, Registry } from './chat/command.ts'
import { withoutParts } from './chat/parts.ts'
import type { Answer, Responder } from './chat/port.ts'
import type { Press } from './chat/press.ts'
import { Refusal } from './chat/refusal.ts'
import { type Form, plain, type Reply, refusal, success, type Visibility } from './chat/reply.ts'
import type { Ask, RawArg } from './chat/request.ts'
import { type Text, t } from './chat/text.ts'
import { admit as admitPerson } from './features/communities/index.ts'
import { keepFile, type WrittenFile } from './features/files/index.ts'
import { advanceForm, type Draft, endForm, formById, openForm, type WaitingForm } from './features/forms/index.ts'
import { finish, type Received } from './features/inbox/index.ts'
import { type Identity, isStill, recognise } from './features/people/index.ts'
import type { TakeFile } from './files.ts'
import { randomCharacters } from './lib/ids.ts'
import { newcomer } from './newcomer.ts'
import { formButton, question } from './questions.ts'
import { word } from './wording.ts'

const INCIDENT_SIZE = 4

export interface Produced {
  readonly answer: Answer
  readonly outcome: Reply['tone'] | 'fault'
}

/** One request on its way to an answer. */
interface Work {
  readonly received: Received
  readonly ask: Ask
  readonly identity: Identity | null
  readonly command: string
}

/** Another process finished the same row: undo what we did. */
export class DoneElsewhere extends Error {}

/** A link or connection made the asker another between recognising them and this: everything is to be decided anew. */
export class SomebodyElse extends Error {}

export type Produce = (work: Work, admission: Admission, responder: Responder | null) => Promise<Produced | null>

/** What turns an admission into a stored answer. Null when another process did. */
export function createAnswering(app: App, registry: Registry, takeFile: TakeFile): Produce {
  return async (work, admission, responder) => {
    const { admission: sound, written } = await takeFiles(takeFile, admission, responder)
    try {
      switch (sound.kind) {
        case 'refused':
          return await refuse(app, work, sound.reply, sound.reply.tone, sound.handed)
        case 'admitted':
          return await run(app, registry, work, sound, written)
        default:
          return await takeStep(app, registry, work, sound, written)
      }
    } catch (error) {
      if (error instanceof DoneElsewhere) return null
      if (error instanceof SomebodyElse) throw error
      const handed = sound.kind === 'admitted' ? sound.handed : null
      if (error instanceof FormClosed) return refuse(app, work, refusal(error.text), 'refusal')
      if (error instanceof Refusal) {
        const reply = handed ? corrected(work.command, handed, [error.text]).reply : refusal(error.text)
        return refuse(app, work, reply, 'refusal', handed ?? undefined)
      }
      const code = randomCharacters(app.random, INCIDENT_SIZE).toUpperCase()
      app.log.error({ err: error, incident: code, command: work.command, inbox: work.received.id }, 'a command failed')
      return refuse(app, work, refusal(t('refusal.fault', { code })), 'fault')
    }
  }
}

/** The form ended, or went on, while this was on its way. */
class FormClosed extends Refusal {}

type Written = Readonly<Record<string, WrittenFile>>

/** Fetches and writes the files that an admission needs; what cannot be taken turns it into the sentence that says so. */
async function takeFiles(
  takeFile: TakeFile,
  admission: Admission,
  responder: Responder | null,
): Promise<{ admission: Admission; written: Written }> {
  if (admission.kind === 'step' && admission.file) {
    const { name, arg, sent } = admission.file
    const taken = await takeFile(name, arg, sent, responder)
    if ('written' in taken) return { admission, written: { [name]: taken.written } }
    return { admission: { ...admission, step: admission.waiting.step, problem: [taken.why], file: null }, written: {} }
  }
  if (admission.kind !== 'admitted') return { admission, written: {} }
  const written: Record<string, WrittenFile> = {}
  const why: Text[] = []
  for (const [name, sent] of Object.entries(admission.files)) {
    const arg = admission.leaf.args[name] as Extract<Arg, { kind: 'attachment' }>
    const taken = await takeFile(name, arg, sent, responder)
    if ('written' in taken) written[name] = taken.written
    else why.push(taken.why)
  }
  if (why.length === 0) return { admission, written }
  const command = admission.entry.path.join(' ')
  const refused = admission.handed
    ? corrected(command, admission.handed, why)
    : ({ kind: 'refused', command, reply: refusal(...why) } as const)
  return { admission: refused, written: {} }
}

/** Who asks, known from now on where they were not before. */
async function known(inner: App, { ask, identity }: Work): Promise<Identity> {
  if (identity && !identity.stale) return unchanged(inner, ask, identity)
  // Arriving locks the community, and whoever locks a member comes after that.
  if (ask.kind !== 'faceless') await admitPerson(inner, ask)
  const now = await recognise(inner, ask)
  if (!now) return newcomer(inner, ask)
  const isAnother = identity !== null && identity.asker.personId !== now.asker.personId
  const isElsewhere = identity?.community != null && identity.community.id !== now.community?.id
  if (isAnother || isElsewhere) throw new SomebodyElse()
  return unchanged(inner, ask, now)
}

/** Somebody who is who they were when they were recognised, and stays so until the end of the transaction. */
async function unchanged(inner: App, { platform, place }: Ask, identity: Identity): Promise<Identity> {
  const { asker, member, community } = identity
  const was = { ...asker, memberId: member?.id ?? null, communityId: community?.id ?? null }
  if (await isStill(inner, was, { platform, placeId: place?.platformId ?? null })) return identity
  throw new SomebodyElse()
}

async function refuse(
  app: App,
  work: Work,
  reply: Reply,
  outcome: Produced['outcome'],
  handed?: HandedIn,
): Promise<Produced | null> {
  const { received, ask } = work
  const answer = await transaction(app, async inner => {
    // Even a refused newcomer is known from now on, so that a private answer has an account to belong to; and who was refused
    // because they are staff no longer is so in the next request too.
    const who = await known(inner, work)
    if (handed)
      await advanceForm(inner, handed.waiting, {
        draft: lasting(handed),
        step: handed.waiting.step,
        inboxId: received.id,
      })
    const worded = await word(inner, received, ask, who, reply, 'private', null)
    if (!(await finish(inner, received.id, worded))) throw new DoneElsewhere()
    return worded
  }).catch((error: unknown) => {
    // Whoever was met for this is not: the row may be gone because they are forgotten.
    if (error instanceof DoneElsewhere) return null
    throw error
  })
  return answer && { answer, outcome }
}

/** What of a form that was handed in can wait for its correction: files that are still with the platform cannot. */
function lasting({ waiting, raw }: HandedIn): Draft {
  return Object.fromEntries(
    Object.entries(raw).filter(
      ([name, value]) => waiting.form.fields.includes(name) && !(typeof value === 'object' && value.kind === 'file'),
    ),
  )
}

async function run(
  app: App,
  registry: Registry,
  work: Work,
  admission: Extract<Admission, { kind: 'admitted' }>,
  written: Written,
): Promise<Produced> {
  const { received, ask } = work
  const { leaf, press, handed } = admission
  const around = {
    payload: admission.payload,
    chat: ask.chat,
    place: ask.place,
    form: handed?.waiting.form ?? null,
    registry,
  }
  const found =
    leaf.before && work.identity?.member
      ? await leaf.before(app, { ...work.identity, args: admission.values, ...around })
      : null
  return transaction(app, async inner => {
    const who = await known(inner, work)
    if (handed && !(await endForm(inner, handed.waiting, 'done', handed.raw)))
      throw new FormClosed(t('form.gone.again', { command: handed.waiting.form.command }))
    const values: Record<string, unknown> = { ...admission.values }
    for (const [name, file] of Object.entries(written)) values[name] = await keepFile(inner, file, ownerOf(who))
    const told = await leaf.run(inner, {
      asker: who.asker,
      member: who.member,
      community: who.community,
      args: values as typeof admission.values,
      found,
      ...around,
    })
    const reply = withoutParts(told, who.community?.off ?? [], registry)
    const answer = reply.form
      ? await opened(inner, registry, work, who, reply, reply.form, leaf.reply, press)
      : await word(inner, received, ask, who, reply, leaf.reply, press)
    if (!(await finish(inner, received.id, answer))) throw new DoneElsewhere()
    return { answer, outcome: reply.tone }
  })
}

const ownerOf = ({ asker, community }: Identity) => ({
  accountId: asker.accountId,
  communityId: community?.id ?? null,
})

/** A private answer in a group goes to the private chat, and so do the answers to its question. */
const questionChat = ({ chat, from }: Ask, visibility: Visibility): string =>
  visibility === 'private' && !chat.direct && !chat.ephemeral ? from.platformId : chat.id

/** Opens a form: shown whole where the chat can, else by its first question. */
async function opened(
  inner: App,
  registry: Registry,
  work: Work,
  who: Identity,
  reply: Reply,
  form: Form,
  declared: Visibility,
  press: Press | null,
): Promise<Answer> {
  const { ask, received } = work
  const visibility = reply.visibility ?? declared
  const chat = questionChat(ask, visibility)
  const where = { ...ownerOf(who), bot: ask.bot, chat, inboxId: received.id }
  const id = await openForm(inner, where, form)
  const waiting = await formById(inner, id)
  if (!waiting) throw new Error('a form that was just opened could not be read')
  return asked(inner, registry, work, who, waiting, [], visibility, press)
}

/** The answer that shows a form: whole, or by the question it is at. */
async function asked(
  inner: App,
  registry: Registry,
  { ask, received }: Work,
  who: Identity,
  waiting: WaitingForm,
  problem: readonly Text[],
  visibility: Visibility,
  press: Press | null,
): Promise<Answer> {
  const { form, id } = waiting
  if (ask.chat.forms === 'whole') {
    const ready = plain(t('form.ready', { title: form.title }), formButton(waiting, 'again', t('form.open')))
    const answer = await word(inner, received, ask, who, ready, visibility, null)
    return { ...answer, form: { ...form, values: { ...form.values, ...typed(waiting.draft) }, id } }
  }
  const leaf = registry.find(form.command.split(' '))?.node as Leaf
  const answer = await word(inner, received, ask, who, question(waiting, leaf, problem), visibility, press)
  return { ...answer, asks: true }
}

/** What can stand in a field to begin with; of a person that was chosen, their id on the platform. */
const typed = (draft: Draft): Record<string, string> =>
  Object.fromEntries(
    Object.entries(draft).flatMap(([name, value]: [string, RawArg]) => {
      if (typeof value !== 'object') return [[name, String(value)]]
      return value.kind === 'member' ? [[name, value.sighting.platformId]] : []
    }),
  )

/** Goes to another question of a form, shows it again, or cancels it. */
async function takeStep(app: App, registry: Registry, work: Work, step: Step, written: Written): Promise<Produced> {
  const { received, ask } = work
  const { waiting, leaf, press } = step
  return transaction(app, async inner => {
    const who = await known(inner, work)
    const finished = async (answer: Answer, outcome: Produced['outcome']): Promise<Produced> => {
      if (!(await finish(inner, received.id, answer))) throw new DoneElsewhere()
      return { answer, outcome }
    }
    const current = (went: boolean) => {
      if (!went) throw new FormClosed(t('form.gone.again', { command: step.command }))
    }
    if (step.kind === 'stop') {
      current(await endForm(inner, waiting, 'cancelled'))
      const reply = success(t('form.cancelled'))
      return finished(await word(inner, received, ask, who, reply, leaf.reply, press), 'success')
    }
    const chat = questionChat(ask, leaf.reply)
    const next = { draft: waiting.draft, step: waiting.step, inboxId: received.id, chat }
    if (step.kind === 'step') {
      const draft: Record<string, RawArg> = { ...step.draft }
      for (const [name, file] of Object.entries(written))
        draft[name] = { kind: 'stored', file: await keepFile(inner, file, ownerOf(who)) }
      Object.assign(next, { draft, step: step.step })
    }
    current(await advanceForm(inner, waiting, next))
    const moved = { ...waiting, draft: next.draft, step: next.step, revision: waiting.revision + 1 }
    const problem = step.kind === 'step' ? step.problem : []
    return finished(await asked(inner, registry, work, who, moved, problem, leaf.reply, press), 'plain')
  })
}
