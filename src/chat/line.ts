/** Reading a typed line: `/points history page:2`. Pure; the values are read by arguments.ts. */
import type { Entry, Leaf, Registry } from './command.ts'
import type { RawArg } from './request.ts'

export type ReadLine =
  | {
      readonly kind: 'leaf'
      readonly entry: Entry
      readonly leaf: Leaf
      readonly args: Readonly<Record<string, RawArg>>
      readonly rest: string
    }
  /** Words that stop at a group. */
  | { readonly kind: 'group'; readonly entry: Entry }
  /** No command of ours; the name is empty where the line is no command at all. */
  | { readonly kind: 'unknown'; readonly name: string }
  /** A word that no argument takes. */
  | { readonly kind: 'extra'; readonly entry: Entry; readonly typed: string }

/** The words of a line, quotes kept together, with where each begins. */
function words(line: string): Array<{ word: string; at: number }> {
  const found: Array<{ word: string; at: number }> = []
  for (const match of line.matchAll(/(?:[^\s"“]|["“][^"”]*["”]?)+/g)) found.push({ word: match[0], at: match.index })
  return found
}

const unquote = (word: string): string => word.replace(/^["“](.*?)["”]?$/s, '$1')

/** What shows nothing: zero-width spaces and joiners, marks of direction. */
const INVISIBLE = /\p{Cf}/gu

/**
 * Finds the command a line names and takes its arguments apart. Any argument may be written `name:value`; without names, required
 * ones come in their order, or where there are none the first optional one. Where a command has free text, the optional others need
 * their name and the text is all the rest, to the letter; elsewhere a `name:value` that no argument has is passed on to be refused by
 * its name. So a new optional argument never changes what an older line means.
 */
export function readLine(registry: Registry, line: string): ReadLine {
  const all = words(line.trim().replace(/^[/／]/, ''))
  const [first] = all
  const name = (first?.word ?? '').replace(/@.*$/s, '').replace(INVISIBLE, '').toLowerCase()
  let entry = registry.find([name])
  if (!entry) return { kind: 'unknown', name: /^[/／]/.test(line.trim().replace(INVISIBLE, '')) ? name : '' }
  let used = 1
  while (entry.node.kind === 'group') {
    const typed: string | undefined = all[used]?.word.toLowerCase()
    const next: string | undefined = typed ?? entry.node.alone
    const child: Entry | undefined = next === undefined ? undefined : registry.find([...entry.path, next])
    if (!child) {
      return next === undefined ? { kind: 'group', entry } : { kind: 'extra', entry, typed: all[used]?.word ?? '' }
    }
    entry = child
    if (typed !== undefined) used++
  }
  const text = line.trim().replace(/^[/／]/, '')
  const rest = all[used] ? text.slice(all[used]?.at).trim() : ''
  return readArguments(entry, entry.node, all.slice(used), text, rest)
}

function readArguments(
  entry: Entry,
  leaf: Leaf,
  tokens: Array<{ word: string; at: number }>,
  line: string,
  rest: string,
): ReadLine {
  if (leaf.deepLink) return { kind: 'leaf', entry, leaf, args: {}, rest }
  const args: Record<string, RawArg> = {}
  const names = Object.keys(leaf.args)
  const free = names.find(name => leaf.args[name]?.kind === 'text')
  const named = (word: string): string | undefined => {
    const name = /^([a-z][a-z0-9_]*)[:：]/.exec(word)?.[1]
    return name !== undefined && Object.hasOwn(leaf.args, name) && !(name in args) ? name : undefined
  }
  // A name that nothing has: a mistake to be told, not a value. Quotes and addresses (`https://…`) are values.
  const unheard = (word: string): string | undefined => {
    const name = free === undefined ? /^([a-z][a-z0-9_]*)[:：](?!\/\/)/.exec(word)?.[1] : undefined
    return name !== undefined && !Object.hasOwn(leaf.args, name) ? name : undefined
  }
  const begins = (word = ''): boolean => named(word) !== undefined || unheard(word) !== undefined
  const byPosition = names.filter(name => !['text', 'attachment'].includes(leaf.args[name]?.kind ?? ''))
  const required = byPosition.filter(name => !leaf.args[name]?.optional)
  // Of optional arguments only the very first: one that is added later comes after it and takes no word away.
  const positional = required.length > 0 || free !== undefined ? required : byPosition.slice(0, 1)
  // A value of several words: without free text after it, it ends where the next `name:` begins.
  const runsOn = (name: string): boolean =>
    free === undefined && ['item', 'member'].includes(leaf.args[name]?.kind ?? '')
  for (let i = 0; i < tokens.length; i++) {
    const { word, at } = tokens[i] as { word: string; at: number }
    const name = named(word)
    if (name !== undefined && name === free) {
      args[name] = unquote(line.slice(at + name.length + 1).trim())
      break
    }
    if (name !== undefined) {
      const value = [word.slice(name.length + 1)]
      // So that `zone:New York` needs no quotes.
      const mayRunOn = runsOn(name) && !/^["“]/.test(value[0] ?? '')
      while (mayRunOn && i + 1 < tokens.length && !begins(tokens[i + 1]?.word)) value.push(tokens[++i]?.word ?? '')
      args[name] = unquote(value.join(' ').trim())
      continue
    }
    const wrong = unheard(word)
    if (wrong !== undefined) {
      args[wrong] = word.slice(wrong.length + 1)
      continue
    }
    const next = positional.find(candidate => !(candidate in args))
    if (next !== undefined) {
      const value = [word]
      const last = positional.at(-1) === next && runsOn(next) && !/^["“]/.test(word)
      while (last && i + 1 < tokens.length && !begins(tokens[i + 1]?.word)) value.push(tokens[++i]?.word ?? '')
      args[next] = unquote(value.join(' '))
      continue
    }
    if (free !== undefined) {
      args[free] = line.slice(at).trim()
      break
    }
    return { kind: 'extra', entry, typed: word }
  }
  return { kind: 'leaf', entry, leaf, args, rest }
}

/** How a command is typed: `/checkin [note]`. */
export function usage(entry: Entry): string {
  const args = entry.node.kind === 'leaf' ? Object.entries(entry.node.args) : [['…', { optional: false }] as const]
  const parts = args.map(([name, arg]) => (arg.optional ? `[${name}]` : name === '…' ? name : `<${name}>`))
  return `/${[...entry.path, ...parts].join(' ')}`
}

/** The known command that a mistyped one most likely meant, at most two slips away. */
export function nearestCommand(registry: Registry, typed: string): string | undefined {
  let best: { name: string; slips: number } | undefined
  for (const entry of registry.entries) {
    const name = entry.node.name
    const slips = name.startsWith(typed) && typed.length >= 3 ? 1 : distance(name, typed)
    if (slips <= 2 && slips < typed.length && (!best || slips < best.slips)) best = { name, slips }
  }
  return best?.name
}

/** Edits (insert, delete, replace, swap of neighbours) between two short words: optimal string alignment. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let value = Math.min((rows[i - 1]?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (rows[i - 1]?.[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        value = Math.min(value, (rows[i - 2]?.[j - 2] ?? 0) + 1)
      row.push(value)
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 3
}
