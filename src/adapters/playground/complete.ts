/** Completion while somebody types a command: names, then arguments, in the person's language. */
import type { App } from '../../app.ts'
import { type Arg, type Asker, type Entry, type Leaf, leaves, type Registry, reaches } from '../../chat/command.ts'
import { usage } from '../../chat/line.ts'
import { plainWriter, renderText } from '../../chat/text.ts'
import type { Dispatch } from '../../dispatch.ts'
import { recognise } from '../../features/people/index.ts'
import { type Locale, nearestLocale } from '../../lib/locale.ts'
import type { Key } from '../../messages/index.ts'
import type { CastMember, World } from './cast.ts'
import { lineAsk, type Where } from './intake.ts'
import { MAX_SUGGESTIONS } from './limits.ts'

interface Suggestion {
  /** What the line becomes. */
  readonly insert: string
  readonly label: string
  readonly description: string
}

export interface Completion {
  readonly suggestions: readonly Suggestion[]
  /** How the command is typed, once it is known. */
  readonly usage: string | null
  readonly hint: string | null
}

type Writer = (key: Key) => string
const NOTHING: Completion = { suggestions: [], usage: null, hint: null }

/** What may follow `text` when `member` types it there. */
export async function complete(
  app: App,
  dispatch: Dispatch,
  world: World,
  member: CastMember,
  where: Where,
  text: string,
): Promise<Completion> {
  const typed = /^\s*[/／](.*)$/s.exec(text)?.[1]
  if (typed === undefined) return NOTHING
  const ask = lineAsk(world, member, where, { eventId: 'completion', text, messageId: 0, at: app.clock.now() })
  const asker = (await recognise(app, ask))?.asker
  const locale: Locale = asker?.locale ?? nearestLocale(member.locale) ?? app.defaults.locale
  const words: Writer = key => renderText({ kind: 'text', key, values: {} }, locale, plainWriter)
  const may = (entry: Entry) => leaves(entry).some(leaf => isAllowed(leaf.node as Leaf, asker, member, where))

  const [path, rest] = known(dispatch.registry, typed)
  const entry = dispatch.registry.find(path)
  if (!entry || entry.node.kind === 'group') {
    const within = entry ? entry.children : dispatch.registry.entries
    const prefix = rest.toLowerCase()
    return {
      ...NOTHING,
      suggestions: within
        .filter(candidate => candidate.node.name.startsWith(prefix) && may(candidate))
        .map(candidate => ({
          insert: `/${candidate.path.join(' ')} `,
          label: `/${candidate.path.join(' ')}`,
          description: words(candidate.node.description),
        })),
    }
  }
  if (!may(entry)) return NOTHING
  const at = argumentAt(entry.node, rest)
  const before = text.slice(0, text.length - at.typed.length)
  // Where several arguments could follow, their names come first: their values only once one is named or begun.
  const values =
    at.name === null || (at.names.length > 1 && at.typed === '')
      ? []
      : await valuesOf(entry.node.args[at.name] as Arg, at)
  const suggestions = [
    ...at.names.map(name => ({
      insert: `${before}${name}:`,
      label: `${name}:`,
      description: words((entry.node as Leaf).args[name]?.label as Key),
    })),
    ...values.map(({ value, label }) => ({ insert: `${before}${value} `, label, description: '' })),
  ]
  return {
    suggestions: suggestions.slice(0, MAX_SUGGESTIONS),
    usage: usage(entry),
    hint: at.name === null ? words(entry.node.description) : words(entry.node.args[at.name]?.label as Key),
  }

  async function valuesOf(arg: Arg, at: Position): Promise<Array<{ value: string; label: string }>> {
    const prefix = at.value.toLowerCase()
    switch (arg.kind) {
      case 'choice':
        return Object.entries(arg.options)
          .filter(([value, key]) => value.startsWith(prefix) || words(key).toLowerCase().startsWith(prefix))
          .map(([value, key]) => ({ value: at.prefix + value, label: words(key) }))
      case 'member':
        return [...world.people.values()]
          .filter(({ id, name }) => [id, name.toLowerCase()].some(word => word.startsWith(prefix.replace(/^@/, ''))))
          .map(({ id, name }) => ({ value: `${at.prefix}@${id}`, label: name }))
      case 'item': {
        const found = await dispatch.complete(ask, path, at.name ?? '', at.value)
        return found.map(({ value, label }) => ({ value: at.prefix + value, label }))
      }
      default:
        return []
    }
  }
}

function isAllowed(leaf: Leaf, asker: Asker | undefined, member: CastMember, where: Where): boolean {
  if (leaf.where === 'direct' && where === 'group') return false
  return reaches(asker?.role ?? member.role, leaf.who)
}

/** The command words that are complete (followed by a space), and what follows them. */
function known(registry: Registry, typed: string): [path: string[], rest: string] {
  const path: string[] = []
  let rest = typed
  for (;;) {
    const word = /^(\S+)\s+/.exec(rest)
    const next = word && [...path, (word[1] ?? '').toLowerCase()]
    if (!word || !next || !registry.find(next)) return [path, rest]
    path.push(next.at(-1) as string)
    rest = rest.slice(word[0].length)
  }
}

interface Position {
  /** The argument being typed; null when none is left. */
  readonly name: string | null
  /** The word being typed, with its `name:`, and its two parts. */
  readonly typed: string
  readonly prefix: string
  readonly value: string
  /** Arguments that may still be named here. */
  readonly names: readonly string[]
}

/** Which argument the last word belongs to: the one it names, else the first that is still open. */
function argumentAt(leaf: Leaf, rest: string): Position {
  const names = Object.keys(leaf.args)
  const words = rest.split(/\s+/)
  const typed = words.pop() ?? ''
  const named = (word: string) => /^([a-z][a-z0-9_]*)[:：]/.exec(word)?.[1]
  const taken = new Set(words.map(named).filter(name => name !== undefined && names.includes(name)))
  const own = named(typed)
  if (own !== undefined && names.includes(own))
    return { name: own, typed, prefix: `${own}:`, value: typed.slice(own.length + 1), names: [] }
  const hasText = names.some(name => leaf.args[name]?.kind === 'text')
  const positions = names.filter(
    name => !taken.has(name) && !(hasText && leaf.args[name]?.optional && leaf.args[name]?.kind !== 'text'),
  )
  const unnamed = words.filter(word => named(word) === undefined).length
  const name = positions[Math.min(unnamed, positions.length - 1)] ?? null
  const left = names.filter(candidate => !taken.has(candidate) && candidate.startsWith(typed))
  // One argument alone needs no name.
  return { name, typed, prefix: '', value: typed, names: names.length > 1 ? left : [] }
}
