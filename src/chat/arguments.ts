/** Reading argument values by their declaration: bounded, and refused with a sentence that says what to do. */
import { isDay } from '../lib/time.ts'
import type { Arg, Args, ArgsOf, Entry, Leaf, Member } from './command.ts'
import { usage } from './line.ts'
import type { RawArg } from './request.ts'
import { list, type Text, t } from './text.ts'

export type ReadArgs = { readonly ok: true; readonly values: ArgsOf<Args> } | { readonly ok: false; readonly why: Text }

/** Finds the member that a raw argument means, among those known in the community. */
export type FindMember = (raw: RawArg) => Promise<Member | null>

const MEGABYTE = 1024 * 1024
/** How much of a wrong value is shown back. */
const SHOWN = 40
const shown = (typed: string): string => (typed.length > SHOWN ? `${[...typed].slice(0, SHOWN).join('')}…` : typed)

/** Every value of a leaf's arguments, or the first thing wrong with them. Unknown names are refused too. */
export async function readArgs(
  entry: Entry,
  leaf: Leaf,
  raw: Readonly<Record<string, RawArg>>,
  findMember: FindMember,
): Promise<ReadArgs> {
  const command = entry.path.join(' ')
  for (const name of Object.keys(raw)) {
    if (!Object.hasOwn(leaf.args, name))
      return { ok: false, why: t('refusal.arg.unknown', { command, arg: name, usage: usage(entry) }) }
  }
  const values: Record<string, ArgsOf<Args>[string]> = {}
  for (const [name, arg] of Object.entries(leaf.args)) {
    const given = raw[name]
    if (given === undefined || given === '') {
      if (arg.optional) continue
      return { ok: false, why: t('refusal.arg.missing', { command, arg: name, description: t(arg.label) }) }
    }
    const read = await readArg(name, arg, given, findMember)
    if ('why' in read) return { ok: false, why: read.why }
    values[name] = read.value
  }
  return { ok: true, values }
}

type ReadArg = { value: ArgsOf<Args>[string] } | { why: Text }

async function readArg(name: string, arg: Arg, raw: RawArg, findMember: FindMember): Promise<ReadArg> {
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
    case 'day':
      return isDay(typed)
        ? { value: typed }
        : { why: t('refusal.arg.day', { arg: name, example: '2026-03-04', typed: shown(typed) }) }
    case 'attachment': {
      if (typeof raw !== 'object' || raw.kind !== 'file') return { why: t('refusal.arg.attachment', { arg: name }) }
      if (raw.size > arg.maxBytes) {
        const limit = Math.floor(arg.maxBytes / MEGABYTE)
        return { why: t('refusal.arg.attachment.big', { arg: name, limit, size: Math.ceil(raw.size / MEGABYTE) }) }
      }
      return { value: { name: raw.name, type: raw.type, size: raw.size, reference: raw.reference } }
    }
  }
}

function readWhole(name: string, arg: Extract<Arg, { kind: 'whole' }>, typed: string): ReadArg {
  const value = /^[+-]?\d{1,15}$/.test(typed) ? Number(typed) : Number.NaN
  if (Number.isNaN(value)) return { why: t('refusal.arg.whole', { arg: name, typed: shown(typed) }) }
  if (value < arg.min) return { why: t('refusal.arg.least', { arg: name, limit: arg.min, typed: shown(typed) }) }
  if (value > arg.max) return { why: t('refusal.arg.most', { arg: name, limit: arg.max, typed: shown(typed) }) }
  return { value }
}
