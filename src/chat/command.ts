/** Commands are data plus one verb: what each surface needs to draw them, and `run`. */
import type { App } from '../app.ts'
import type { Locale } from '../lib/locale.ts'
import type { Day } from '../lib/time.ts'
import type { Key } from '../messages/index.ts'
import type { Form, Reply, Visibility } from './reply.ts'
import type { ChatReference, PlaceSighting } from './request.ts'
import type { Mention, Platform } from './text.ts'

/** Who may use a command; each includes those after it. */
export const ROLES = ['member', 'reviewer', 'manager', 'owner'] as const
export type Role = (typeof ROLES)[number]
export type Where = 'community' | 'direct' | 'anywhere'

/** Parts of Muster that a community may do without. */
export const PARTS = ['checkin', 'points', 'boards', 'welcome'] as const
export type Part = (typeof PARTS)[number]

/** Whether someone with `role` may do what asks for `needed`. */
export const reaches = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed)

/** A member as commands see one. */
export interface Member {
  readonly id: string
  readonly communityId: string
  readonly personId: string
  readonly name: string
  readonly mention: Mention
}

/** What a file is by its first bytes, whatever it is called. */
export const FILE_KINDS = ['png', 'jpeg', 'webp', 'gif', 'pdf', 'text', 'zip'] as const
export type FileKind = (typeof FILE_KINDS)[number]
/** What can be looked at; stored anew, without what cameras write into pictures. */
export const PHOTOS = ['png', 'jpeg', 'webp', 'gif'] as const satisfies readonly FileKind[]

/** A file that somebody sent, once it is in the files folder. */
export interface StoredFile {
  readonly id: string
  /** As they called it. */
  readonly name: string
  readonly kind: FileKind
  /** Bytes as stored. */
  readonly size: number
}

export interface Community {
  readonly id: string
  readonly name: string
  readonly zone: string
  readonly locale: Locale
  /** Parts that this community has turned off. */
  readonly off: readonly Part[]
}

/** Everything known about who asks, where and in which language. */
export interface Asker {
  readonly platform: Platform
  readonly accountId: string
  readonly personId: string
  /** The asker on their platform. */
  readonly platformId: string
  readonly name: string
  readonly mention: Mention
  readonly role: Role
  readonly locale: Locale
  /** The language of their app, as near as we speak it. */
  readonly appLocale: Locale
  /** Whether this is a private chat. */
  readonly direct: boolean
  /** When it was asked (epoch ms). */
  readonly at: number
}

interface ArgBase {
  readonly label: Key
  readonly optional: boolean
}
export type Arg = ArgBase &
  (
    | { readonly kind: 'member' }
    | { readonly kind: 'whole'; readonly min: number; readonly max: number }
    | { readonly kind: 'choice'; readonly options: Readonly<Record<string, Key>> }
    | { readonly kind: 'text'; readonly max: number; readonly long: boolean }
    | { readonly kind: 'link' }
    | { readonly kind: 'day' }
    | { readonly kind: 'attachment'; readonly maxBytes: number; readonly accepts: readonly FileKind[] }
    | { readonly kind: 'item'; readonly max: number; readonly complete: Complete }
  )
/** Who is typing, and where: what `run` would be given, but for the arguments. */
export interface Completing {
  readonly asker: Asker
  readonly member: Member | null
  readonly community: Community | null
  readonly registry: Registry
}
/** Entries that fit what was typed so far, best first. Only asked for those who may use the command. */
export type Complete = (
  app: App,
  context: Completing,
  typed: string,
) => Promise<ReadonlyArray<{ value: string; label: string }>>
export type Args = Readonly<Record<string, Arg>>

interface ArgValues {
  member: Member
  whole: number
  choice: string
  text: string
  link: string
  day: Day
  attachment: StoredFile
  item: string
}
type ValueOf<A extends Arg> = A extends { kind: 'choice'; options: infer O }
  ? Extract<keyof O, string>
  : ArgValues[A['kind']]
/** The values of a command's arguments, as `run` gets them. */
export type ArgsOf<A extends Args> = {
  readonly [K in keyof A]: A[K] extends { optional: true } ? ValueOf<A[K]> | undefined : ValueOf<A[K]>
}

type Declared<A, O> = A & { readonly label: Key; readonly optional: O }
interface Optional<O extends boolean> {
  optional?: O
}
type Is<O> = O extends true ? true : false

/** A person of this community. */
export function member<const O extends boolean = false>(
  label: Key,
  how: Optional<O> = {},
): Declared<{ readonly kind: 'member' }, Is<O>> {
  return { kind: 'member', label, optional: (how.optional ?? false) as Is<O> }
}
/** A whole number from `min` to `max`. */
export function whole<const O extends boolean = false>(
  label: Key,
  how: Optional<O> & { min: number; max: number },
): Declared<{ readonly kind: 'whole'; readonly min: number; readonly max: number }, Is<O>> {
  return { kind: 'whole', label, optional: (how.optional ?? false) as Is<O>, min: how.min, max: how.max }
}
/** One of up to 25 named values. */
export function choice<const C extends Readonly<Record<string, Key>>, const O extends boolean = false>(
  label: Key,
  how: Optional<O> & { options: C },
): Declared<{ readonly kind: 'choice'; readonly options: C }, Is<O>> {
  return { kind: 'choice', label, optional: (how.optional ?? false) as Is<O>, options: how.options }
}
/** Free text of at most `max` characters. On Telegram the one free text of a command stands last. */
export function text<const O extends boolean = false>(
  label: Key,
  how: Optional<O> & { max: number /** Room for several lines where a form asks for it. */; long?: boolean },
): Declared<{ readonly kind: 'text'; readonly max: number; readonly long: boolean }, Is<O>> {
  return { kind: 'text', label, optional: (how.optional ?? false) as Is<O>, max: how.max, long: how.long ?? false }
}
/** An address on the web, `https://…`. */
export function link<const O extends boolean = false>(
  label: Key,
  how: Optional<O> = {},
): Declared<{ readonly kind: 'link' }, Is<O>> {
  return { kind: 'link', label, optional: (how.optional ?? false) as Is<O> }
}
/** A calendar day, `2026-03-04`. */
export function day<const O extends boolean = false>(
  label: Key,
  how: Optional<O> = {},
): Declared<{ readonly kind: 'day' }, Is<O>> {
  return { kind: 'day', label, optional: (how.optional ?? false) as Is<O> }
}
/** A file of at most `maxBytes`, of one of the kinds. `run` gets it stored. */
export function attachment<const O extends boolean = false>(
  label: Key,
  how: Optional<O> & { maxBytes: number; accepts: readonly FileKind[] },
): Declared<{ readonly kind: 'attachment'; readonly maxBytes: number; readonly accepts: readonly FileKind[] }, Is<O>> {
  const { maxBytes, accepts } = how
  return { kind: 'attachment', label, optional: (how.optional ?? false) as Is<O>, maxBytes, accepts }
}
/** A value from a list too long for choices; completed while typing. `run` checks what arrives. */
export function item<const O extends boolean = false>(
  label: Key,
  how: Optional<O> & { complete: Complete; max?: number },
): Declared<{ readonly kind: 'item'; readonly max: number; readonly complete: Complete }, Is<O>> {
  return {
    kind: 'item',
    label,
    optional: (how.optional ?? false) as Is<O>,
    max: how.max ?? 100,
    complete: how.complete,
  }
}

/** What `run` is given. A command for communities always has a member; one for anywhere may not. */
export interface Context<A extends Args, W extends Where> {
  readonly asker: Asker
  readonly member: W extends 'community' ? Member : Member | null
  readonly community: W extends 'community' ? Community : Community | null
  readonly args: ArgsOf<A>
  /** Where it was asked. */
  readonly chat: ChatReference
  /** The guild or group of that chat; null in a private one. */
  readonly place: PlaceSighting | null
  /** The form that the arguments were handed in with: what it asked for and is missing was left empty. */
  readonly form: Form | null
  /** What followed a deep link (`/start payload`); empty otherwise. */
  readonly payload: string
  /** The commands of this installation. */
  readonly registry: Registry
}

/** At most `uses` by one person within `seconds`. */
export interface Cooldown {
  readonly uses: number
  readonly seconds: number
}

interface LeafBase {
  readonly name: string
  readonly description: Key
  readonly where: Where
  readonly who: Role
  /** The declared visibility; an outcome may be more private than this, never the other way round after a deferral. */
  readonly reply: Visibility
  readonly cooldown?: Cooldown
  /** Where menus list it: lower first. */
  readonly menu: number
  /** Takes what a deep link puts behind the command (`/start payload`); people never type it, and no menu shows it. */
  readonly deepLink?: true
  /** Without arguments it answers with a form: then it is never acknowledged first, because a form could not follow. */
  readonly opens?: 'form'
  /** The part of Muster it belongs to, which managers may turn off. */
  readonly part?: Part
}

export interface Leaf extends LeafBase {
  readonly kind: 'leaf'
  readonly args: Args
  // Method syntax: a leaf is run only by dispatch, with the arguments its own declaration asked for.
  before?(app: App, context: Context<Args, Where>): Promise<unknown>
  run(app: App, context: Context<Args, Where> & { readonly found: unknown }): Promise<Reply>
}

export interface Group {
  readonly kind: 'group'
  readonly name: string
  readonly description: Key
  readonly menu: number
  /** The one of its commands that runs when the group is typed alone; without one, it shows what it has. */
  readonly alone?: string
}

/**
 * Declares a command. `run` is inside one transaction: it awaits nothing but the database. What takes longer than a moment is read by
 * `before`, outside of it, and handed on as `found`; null for somebody who was never seen in the community before.
 */
export function defineCommand<const W extends Where, const A extends Args = Record<never, never>, F = null>(
  leaf: LeafBase & {
    readonly where: W
    readonly args?: A
    before?(app: App, context: Context<A, W>): Promise<F>
    run(app: App, context: Context<A, W> & { readonly found: F | null }): Promise<Reply>
  },
): Leaf {
  return { kind: 'leaf', args: {}, ...leaf } as Leaf
}

/** Declares the name above a folder of commands. */
export function defineGroup(group: Omit<Group, 'kind'>): Group {
  return { kind: 'group', ...group }
}

/** A command or a group with its children, under the words that lead to it. */
export interface Entry {
  readonly path: readonly string[]
  readonly node: Leaf | Group
  readonly children: readonly Entry[]
}

export interface Registry {
  /** In the order in which people meet them. */
  readonly entries: readonly Entry[]
  find(path: readonly string[]): Entry | undefined
}

const NAME = /^[a-z][a-z0-9_]{0,31}$/

/** Checks declarations against what every platform can show, and makes them findable. Throws at start, by name. */
export function createRegistry(entries: readonly Entry[]): Registry {
  const byPath = new Map<string, Entry>()
  const visit = (entry: Entry): void => {
    const path = entry.path.join(' ')
    const fail = (what: string): never => {
      throw new Error(`command /${path}: ${what}`)
    }
    if (entry.node.name !== entry.path.at(-1)) fail(`declares the name "${entry.node.name}"`)
    if (!NAME.test(entry.node.name)) fail('a name is a-z, 0-9 and _, at most 32 characters')
    if (byPath.has(path)) fail('declared twice')
    if (entry.node.kind === 'leaf') {
      const args = Object.values(entry.node.args)
      if (args.filter(arg => arg.kind === 'text').length > 1) fail('more than one free text')
      if (args.slice(0, -1).some(arg => arg.kind === 'text')) fail('free text must be the last argument')
      if (args.some((arg, i) => !arg.optional && args.slice(0, i).some(before => before.optional)))
        fail('an optional argument stands before a required one')
      if (args.length > 25) fail('more than 25 arguments')
      for (const arg of args)
        if (arg.kind === 'choice' && Object.keys(arg.options).length > 25) fail('more than 25 choices')
    } else {
      const { alone } = entry.node
      if (entry.children.length === 0 || entry.children.length > 25) fail('a group has 1 to 25 commands')
      if (alone !== undefined && !entry.children.some(({ node }) => node.kind === 'leaf' && node.name === alone))
        fail(`has no command "${alone}" to run when typed alone`)
    }
    byPath.set(path, entry)
    entry.children.forEach(visit)
  }
  entries.forEach(visit)
  return { entries, find: path => byPath.get(path.join(' ')) }
}

/** All leaves below (or at) an entry, outside in. */
export function leaves(entry: Entry): Entry[] {
  return entry.node.kind === 'leaf' ? [entry] : entry.children.flatMap(leaves)
}
