/** Reading what was asked, and everything that can be refused before anything is done. */
import type { App } from './app.ts'
import { type FindMember, readArgs, type SentFile } from './chat/arguments.ts'
import {
  type Args,
  type ArgsOf,
  type Entry,
  type Leaf,
  leaves,
  type Part,
  type Registry,
  type Role,
  reaches,
} from './chat/command.ts'
import { nearestCommand, readLine, usage } from './chat/line.ts'
import { decodePress, mayPress, type Press } from './chat/press.ts'
import { button, plain, type Reply, refusal } from './chat/reply.ts'
import type { Ask, RawArg } from './chat/request.ts'
import { list, type Text, t } from './chat/text.ts'
import type { Draft, WaitingForm } from './features/forms/index.ts'
import { communityAt, findMember, type Identity, partsOff } from './features/people/index.ts'
import { type Handed, readHanded } from './forms.ts'
import { SECOND } from './lib/time.ts'
import { formButton } from './questions.ts'

/** A request that may run, or the reply that refuses it. */
export type Admission =
  | {
      readonly kind: 'admitted'
      readonly entry: Entry
      readonly leaf: Leaf
      readonly values: ArgsOf<Args>
      /** Files that have to be fetched before it runs, by argument. */
      readonly files: Readonly<Record<string, SentFile>>
      readonly press: Press | null
      readonly payload: string
      /** The form that the arguments were handed in with. */
      readonly handed: HandedIn | null
    }
  | Refused
  | Step

/** A form that is handed in, and everything that stood in it. */
export interface HandedIn {
  readonly waiting: WaitingForm
  readonly raw: Draft
}

/** An ask that leaves a form open, or cancels it. */
export type Step = Extract<Handed, { kind: 'step' | 'stop' | 'again' }> & {
  readonly command: string
  readonly press: Press | null
}

interface Refused {
  readonly kind: 'refused'
  readonly command: string
  readonly reply: Reply
  /** The form that was handed in with something wrong in it: what stood there is kept for the correction. */
  readonly handed?: HandedIn
}

/** What was asked, not yet checked. */
interface Asked {
  readonly kind: 'asked'
  readonly entry: Entry
  readonly leaf: Leaf
  readonly raw: Readonly<Record<string, RawArg>>
  readonly press: Press | null
  readonly payload: string
  readonly handed?: HandedIn
}

/** Decides whether an ask may run: known command, right place, right role, sound arguments, not too soon. */
export type Admit = (ask: Ask, identity: Identity | null) => Promise<Admission>

const refuse = (command: string, ...texts: Text[]): Refused => ({ kind: 'refused', command, reply: refusal(...texts) })

export function createAdmission(app: App, registry: Registry): Admit {
  const cooldowns = createCooldowns(app)
  return async (ask, identity) => {
    if (ask.kind === 'faceless') return refuse('', t('refusal.not-a-person'))
    const role = identity?.asker.role ?? ask.from.role ?? 'member'
    const find: FindMember = async value => {
      // A newcomer is not known yet, and may still name those who are.
      const known = identity?.community?.id
      const communityId = known ?? (ask.place && (await communityAt(app, ask.platform, ask.place.platformId)))
      return communityId ? findMember(app, communityId, ask.platform, value) : null
    }
    const off = await offWhere(app, ask, identity)
    const asked = await readAsk(app, registry, ask, identity, { role, off }, find)
    if (asked.kind === 'refused') return asked
    const command = asked.kind === 'asked' ? asked.entry.path.join(' ') : asked.command
    const { leaf, press } = asked
    // Asked again at every step of a form: who was a manager when it opened may be none when it is handed in.
    const where = whereProblem(leaf, command, ask, identity)
    if (where) return refuse(command, where)
    if (leaf.part && off.includes(leaf.part)) return refuse(command, t('refusal.part-off', { command }))
    if (leaf.who !== 'member' && !reaches(role, leaf.who))
      return refuse(command, t(`refusal.who.${leaf.who}`, { command }))
    if (asked.kind !== 'asked') return asked
    const { entry, raw, payload, handed } = asked
    const read = await readArgs(entry, leaf, raw, find)
    if (!read.ok) return handed ? corrected(command, handed, read.why) : refuse(command, ...read.why)
    const seconds = leaf.cooldown
      ? cooldowns.wait(leaf.cooldown, `${command} ${ask.platform} ${ask.from.platformId}`)
      : 0
    if (seconds > 0) return refuse(command, t('refusal.too-soon', { command, seconds }))
    const { values, files } = read
    return { kind: 'admitted', entry, leaf, values, files, press, payload, handed: handed ?? null }
  }
}

/** A form with something wrong in it: everything that is wrong, and the way to mend it without typing the rest again. */
export function corrected(command: string, handed: HandedIn, why: readonly Text[]): Refused {
  const reply = refusal(...why, formButton(handed.waiting, 'again', t('form.again')))
  return { kind: 'refused', command, reply, handed }
}

/** Whether this person may use a command here, arguments aside. */
export const mayUse = (ask: Ask, identity: Identity, leaf: Leaf): boolean =>
  whereProblem(leaf, leaf.name, ask, identity) === null &&
  !(leaf.part && identity.community?.off.includes(leaf.part)) &&
  reaches(identity.asker.role, leaf.who)

/** What decides which commands of a group are shown. */
interface Allowed {
  readonly role: Role
  readonly off: readonly Part[]
}

/** The parts that are off where somebody asks; a newcomer is not known yet, and the place may be. */
async function offWhere(app: App, ask: Ask, identity: Identity | null): Promise<readonly Part[]> {
  if (identity || !ask.place) return identity?.community?.off ?? []
  const communityId = await communityAt(app, ask.platform, ask.place.platformId)
  return communityId ? partsOff(app, communityId) : []
}

/** The command that an ask names, with its raw arguments; or the reply that says what was wrong with it. */
async function readAsk(
  app: App,
  registry: Registry,
  ask: Exclude<Ask, { kind: 'faceless' }>,
  identity: Identity | null,
  asker: Allowed,
  find: FindMember,
): Promise<Asked | Refused | Step> {
  const press = ask.kind === 'press' ? decodePress(ask.data) : null
  const handed = await readHanded(app, registry, ask, press, identity, find)
  if (!handed) return readCommand(registry, ask as Commanding, press, asker)
  switch (handed.kind) {
    case 'closed':
      return { kind: 'refused', command: handed.command, reply: handed.reply }
    case 'complete': {
      const { entry, leaf, waiting, raw } = handed
      return { kind: 'asked', entry, leaf, raw, press, payload: '', handed: { waiting, raw } }
    }
    default:
      return { ...handed, command: handed.waiting.form.command, press }
  }
}

/** What names a command, and not a form. */
type Commanding = Extract<Ask, { kind: 'line' | 'command' | 'press' }>

function readCommand(registry: Registry, ask: Commanding, press: Press | null, asker: Allowed): Asked | Refused {
  if (ask.kind === 'press') {
    const entry = press && registry.find(press.path)
    if (!press || entry?.node.kind !== 'leaf') return refuse('', t('refusal.old-button.unknown'))
    const command = entry.path.join(' ')
    if (!mayPress(press, ask.from.platformId)) return refuse(command, t('refusal.others-button', { command }))
    // An argument that the command no longer has: made by another version.
    if (Object.keys(press.args).some(name => !Object.hasOwn((entry.node as Leaf).args, name)))
      return refuse(command, t('refusal.old-button', { command }))
    return { kind: 'asked', entry, leaf: entry.node, raw: press.args, press, payload: '' }
  }
  if (ask.kind === 'command') {
    const entry = registry.find(ask.path)
    if (entry?.node.kind !== 'leaf') return refuse('', unknown(registry, ask.path.join(' ')))
    return { kind: 'asked', entry, leaf: entry.node, raw: ask.args, press: null, payload: '' }
  }
  const read = readLine(registry, ask.line)
  switch (read.kind) {
    case 'unknown':
      return refuse('', read.name === '' ? t('refusal.not-a-command') : unknown(registry, read.name))
    case 'extra': {
      const command = read.entry.path.join(' ')
      if (read.entry.node.kind === 'group') return groupMenu(read.entry, asker, 'refused')
      return refuse(
        command,
        t('refusal.arg.extra', { command, typed: read.typed.slice(0, 40), usage: usage(read.entry) }),
      )
    }
    case 'group':
      return groupMenu(read.entry, asker, 'plain')
    case 'leaf':
      return {
        kind: 'asked',
        entry: read.entry,
        leaf: read.leaf,
        raw: withHints(read.leaf, read.args, ask),
        press: null,
        payload: read.rest,
      }
  }
}

function unknown(registry: Registry, typed: string): Text {
  const near = nearestCommand(registry, typed)
  const suggestion = near ? t('refusal.suggestion', { command: near }) : t('refusal.suggestion.help')
  return t('refusal.unknown-command', { command: typed.slice(0, 40), suggestion })
}

/** A group typed alone shows what this person may do with it. */
function groupMenu(entry: Entry, { role, off }: Allowed, tone: 'plain' | 'refused'): Refused {
  const command = entry.path.join(' ')
  const working = leaves(entry).filter(({ node }) => node.kind === 'leaf' && !(node.part && off.includes(node.part)))
  if (working.length === 0) return refuse(command, t('refusal.part-off', { command }))
  const allowed = working.filter(leaf => leaf.node.kind === 'leaf' && reaches(role, leaf.node.who))
  const parts = list(allowed.map(leaf => `/${leaf.path.join(' ')}`))
  const text = t('refusal.group', { command, parts })
  const buttons = allowed
    .filter(leaf => leaf.node.kind === 'leaf' && Object.values(leaf.node.args).every(arg => arg.optional))
    .map(leaf => button(t(leaf.node.description), leaf.path.join(' '), {}, { answer: 'new' }))
  const reply = tone === 'plain' ? plain(text, ...buttons) : refusal(text, ...buttons)
  return { kind: 'refused', command, reply: { ...reply, visibility: 'private' } }
}

/** Whom the line answers or names, and the file that came with it, fill the arguments that the words leave open. */
function withHints(
  leaf: Leaf,
  args: Readonly<Record<string, RawArg>>,
  ask: Extract<Ask, { kind: 'line' }>,
): Record<string, RawArg> {
  const filled: Record<string, RawArg> = { ...args }
  for (const [name, arg] of Object.entries(leaf.args)) {
    const given = filled[name]
    if (arg.kind === 'member') {
      const named =
        typeof given === 'string' && ask.named && Object.hasOwn(ask.named, given) ? ask.named[given] : undefined
      if (named) filled[name] = { kind: 'member', sighting: named }
      else if (given === undefined && ask.about) filled[name] = { kind: 'member', sighting: ask.about }
    }
    if (arg.kind === 'attachment' && given === undefined && ask.file) filled[name] = ask.file
  }
  return filled
}

function whereProblem(leaf: Leaf, command: string, ask: Ask, identity: Identity | null): Text | null {
  if (leaf.where === 'direct' && ask.place) return t('refusal.where.direct', { command })
  if (leaf.where === 'community' && !ask.place) {
    if (!identity?.community) return t('refusal.where.no-community')
    if (!identity.member) return t('refusal.where.community', { command })
  }
  // What is their own stays open to them: leaving, taking along, being forgotten.
  if (leaf.where === 'community' && identity?.banned) return t('refusal.banned')
  return null
}

/** The command an ask was about, as far as its words tell. */
export function commandOf(registry: Registry, ask: Ask): string {
  if (ask.kind === 'command') return ask.path.join(' ')
  if (ask.kind === 'press') return decodePress(ask.data)?.path.join(' ') ?? ''
  if (ask.kind === 'faceless' || ask.kind === 'form' || ask.kind === 'answer') return ''
  const read = readLine(registry, ask.line)
  return read.kind === 'unknown' ? read.name : read.entry.path.join(' ')
}

/** Uses per person and command, in memory: only the owner of a bot answers for it, and forgetting them at a restart harms nobody. */
function createCooldowns(app: App) {
  const uses = new Map<string, number[]>()
  const MAX_KEPT = 10_000
  return {
    /** Seconds to wait, 0 when it may run now (and that use is counted). */
    wait({ uses: allowed, seconds }: { uses: number; seconds: number }, key: string): number {
      const now = app.clock.now()
      const recent = (uses.get(key) ?? []).filter(at => at > now - seconds * SECOND && at <= now)
      const [oldest = now] = recent
      if (recent.length >= allowed) return Math.max(1, Math.ceil((oldest + seconds * SECOND - now) / SECOND))
      if (uses.size >= MAX_KEPT) uses.clear()
      uses.set(key, [...recent, now])
      return 0
    },
  }
}
