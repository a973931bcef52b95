/** Reading argument values by their declaration: bounded, and refused with a sentence that says what to do. */
import { isDay } from '../lib/time.ts'
import type { Arg, Args, ArgsOf, Entry, Leaf, Member } from './command.ts'
import { usage } from './line.ts'
import type { RawArg } from './request.ts'
import { list, type Text, t } from './text.ts'

/** Files are read by their description; fetching and storing them comes after everything else was found sound. */
export type ReadArgs =
  | { readonly ok: true; readonly values: ArgsOf<Args>; readonly files: Readonly<Record<string, SentFile>> }
  | { readonly ok: false; readonly why: readonly Text[] }

/** A file that was sent and is still where the platform keeps it. */
export type SentFile = Extract<RawArg, { kind: 'file' }>

/** Finds the member that a raw argument means, among those known in the community. */
export type FindMember = (raw: RawArg) => Promise<Member | null>

const MEGABYTE = 1024 * 1024
/** How much of a wrong value is shown back. */
const SHOWN = 40
const shown = (typed: string): string => (typed.length > SHOWN ? `${[...typed].slice(0, SHOWN).join('')}…` : typed)

/** Every value of a leaf's arguments, or everything that is wrong with them. Unknown names are refused too. */
export async function readArgs(
  entry: Entry,
  leaf: Leaf,
  raw: Readonly<Record<string, RawArg>>,
  findMember: FindMember,
): Promise<ReadArgs> {
  const command = entry.path.join(' ')
  for (const name of Object.keys(raw)) {
    if (!Object.hasOwn(leaf.args, name))
      return { ok: false, why: [t('refusal.arg.unknown', { command, arg: name, usage: usage(entry) })] }
  }
  const values: Record<string, ArgsOf<Args>[string]> = {}
  const files: Record<string, SentFile> = {}
  const why: Text[] = []
  for (const [name, arg] of Object.entries(leaf.args)) {
    const given = raw[name]
    if (given === undefined || given === '') {
      if (!arg.optional) why.push(t('refusal.arg.missing', { command, arg: name, description: t(arg.label) }))
      continue
    }
    const read = await readArg(name, arg, given, findMember)
    if ('why' in read) why.push(read.why)
    else if ('file' in read) files[name] = read.file
    else values[name] = read.value
  }
  return why.length > 0 ? { ok: false, why } : { ok: true, values, files }
}

type ReadArg = { value: ArgsOf<Args>[string] } | { file: SentFile } | { why: Text }

const MAX_LINK = 500

/** Reads one value by its declaration. A file that was sent is passed on as it is: it is fetched later. */
export async function readArg(name: string, arg: Arg, raw: RawArg, findMember: FindMember): Promise<ReadArg> {
  const typed = typeof raw === 'object' ? '' : String(raw).trim()
  switch (arg.kind) {
    case 'member': {
      const member = await findMember(raw)
      const words = typeof raw === 'object' && raw.kind === 'member' ? raw.sighting.name : typed
      return member ? { value: member } : { why: t('refusal.arg.member', { typed: shown(words) }) }
    }
    case 'whole':
      return readWhole(name, arg, typed)
    case 'choice': {
      const wanted = typed.toLowerCase()
      const value = Object.keys(arg.options).find(option => option.toLowerCase() === wanted)
      if (value !== undefined) return { value }
      return {
        why: t('refusal.arg.choice', { arg: name, choices: list(Object.keys(arg.options)), typed: shown(typed) }),
      }
    }
    case 'text':
    case 'item': {
      const size = [...typed].length
      return size <= arg.max ? { value: typed } : { why: t('refusal.arg.long', { arg: name, limit: arg.max, size }) }
    }
    case 'link':
      return isLink(typed) ? { value: typed } : { why: t('refusal.arg.link', { arg: name, typed: shown(typed) }) }
    case 'day':
      return isDay(typed)
        ? { value: typed }
        : { why: t('refusal.arg.day', { arg: name, example: '2026-03-04', typed: shown(typed) }) }
    case 'attachment': {
      if (typeof raw === 'object' && raw.kind === 'stored') return { value: raw.file }
      if (typeof raw !== 'object' || raw.kind !== 'file') return { why: t('refusal.arg.attachment', { arg: name }) }
      if (raw.size > arg.maxBytes) {
        const limit = Math.floor(arg.maxBytes / MEGABYTE)
        return { why: t('refusal.arg.attachment.big', { arg: name, limit, size: Math.ceil(raw.size / MEGABYTE) }) }
      }
      return { file: raw }
    }
  }
}

/** Only what a person would open: https, a host with a dot, no password in it. */
function isLink(typed: string): boolean {
  if (typed.length > MAX_LINK || !URL.canParse(typed)) return false
  const { protocol, hostname, username, password } = new URL(typed)
  return protocol === 'https:' && hostname.includes('.') && username === '' && password === ''
}

function readWhole(name: string, arg: Extract<Arg, { kind: 'whole' }>, typed: string): ReadArg {
  const value = /^[+-]?\d{1,15}$/.test(typed) ? Number(typed) : Number.NaN
  if (Number.isNaN(value)) return { why: t('refusal.arg.whole', { arg: name, typed: shown(typed) }) }
  if (value < arg.min) return { why: t('refusal.arg.least', { arg: name, limit: arg.min, typed: shown(typed) }) }
  if (value > arg.max) return { why: t('refusal.arg.most', { arg: name, limit: arg.max, typed: shown(typed) }) }
  return { value }
}
