/** What Muster answers: data that every adapter draws in its own most native way, and that can be stored and drawn later. */
import { Buffer } from 'node:buffer'
import type { Locale } from '../lib/locale.ts'
import type { Text } from './text.ts'

export type Visibility = 'public' | 'private'

/** A line of a board or history: drawn as a list, the person's own line emphasised. */
export interface Row {
  /** Place on the board; omitted where the order says nothing. */
  readonly rank?: number
  readonly label: Text
  readonly value?: Text
  readonly own?: boolean
}

/** A picture by what it shows; drawn when the reply is sent, so a stored reply holds no bytes. */
export type Picture = StreakDays | StoredPhoto

/** A photo that somebody sent, from the files folder. */
export interface StoredPhoto {
  readonly kind: 'photo'
  /** The file's id. */
  readonly file: string
  readonly alt: Text
}

export interface StreakDays {
  readonly kind: 'streak'
  /** Said by screen readers, and shown where pictures cannot be. */
  readonly alt: Text
  readonly title: Text
  readonly caption: Text
  /** Oldest first; the last one is today. */
  readonly days: ReadonlyArray<{ readonly day: string; readonly state: 'done' | 'missed' | 'open' | 'off' }>
}

/** What a button or menu entry carries: a command and a few short arguments. Longer state belongs in a row, its id here. */
export interface Button {
  readonly label: Text
  readonly command: string
  readonly args: Readonly<Record<string, string>>
  /** Who may press it: whoever asked (default), or anyone. */
  readonly by: 'asker' | 'anyone'
  /** Whether the answer replaces the message that carries the button, or is a message of its own. */
  readonly answer: 'update' | 'new'
  readonly style: 'primary' | 'secondary' | 'danger'
}

/** A menu: one argument of one command, chosen from up to 25 entries. */
export interface Select {
  readonly placeholder: Text
  readonly options: ReadonlyArray<{ readonly label: Text | string; readonly button: Button }>
}

/** A document by what it holds; written when the reply is sent, so a stored reply holds no bytes. */
export interface Document {
  /** Everything kept about a person. */
  readonly kind: 'export'
  readonly personId: string
  /** What the file is called. */
  readonly name: string
}

/**
 * Asks for arguments of a command: shown whole where a platform can, question by question elsewhere. What is handed in runs the
 * command as if it had been typed.
 */
export interface Form {
  readonly title: Text
  readonly command: string
  /** Arguments that are settled already. */
  readonly args: Readonly<Record<string, string>>
  /** Names of the arguments asked for, 1 to 5, in order. */
  readonly fields: readonly string[]
  /** What the fields hold to begin with. */
  readonly values: Readonly<Record<string, string>>
}

export interface Reply {
  /** Success and plain replies follow the command's declared visibility; a notice and a refusal are private. */
  readonly tone: 'success' | 'plain' | 'notice' | 'refusal'
  readonly visibility?: Visibility
  /** The language to answer in, where it is not the asker's: they have just changed it. */
  readonly locale?: Locale
  readonly title?: Text
  readonly lines: readonly Text[]
  readonly rows?: readonly Row[]
  /** Small print under everything else. */
  readonly footer?: Text
  readonly picture?: Picture
  readonly document?: Document
  readonly buttons: readonly Button[]
  readonly select?: Select
  /** The answer is this form; the words stand where it cannot be shown. */
  readonly form?: Form
}

type Part =
  | Text
  | Button
  | { title: Text }
  | { rows: readonly Row[] }
  | { footer: Text }
  | { picture: Picture }
  | { document: Document }
  | { select: Select }

function build(tone: Reply['tone'], parts: readonly Part[], visibility?: Visibility): Reply {
  const lines: Text[] = []
  const buttons: Button[] = []
  let rest: Partial<Reply> = {}
  for (const part of parts) {
    if ('kind' in part) lines.push(part)
    else if ('command' in part) buttons.push(part)
    else rest = { ...rest, ...part }
  }
  return { tone, ...(visibility && { visibility }), lines, buttons, ...rest }
}

/** Something was done. */
export const success = (...parts: Part[]): Reply => build('success', parts)
/** An answer to a question. */
export const plain = (...parts: Part[]): Reply => build('plain', parts)
/** An ordinary "no", or news for the asker alone: private. */
export const notice = (...parts: Part[]): Reply => build('notice', parts, 'private')
/** What was wrong and what to do: private. */
export const refusal = (...parts: Part[]): Reply => build('refusal', parts, 'private')

/** The reply, seen by the asker alone. */
export const privately = (reply: Reply): Reply => ({ ...reply, visibility: 'private' })

/** As many as fit in one window of every platform. */
const MAX_FIELDS = 5

/** Asks for arguments of `command`. Return it from a command that declares `opens: 'form'`. */
export function form(
  title: Text,
  command: string,
  fields: readonly string[],
  how: { args?: Form['args']; values?: Form['values'] } = {},
): Reply {
  if (fields.length < 1 || fields.length > MAX_FIELDS)
    throw new RangeError(`a form of /${command} has ${fields.length} fields; 1 to ${MAX_FIELDS} fit`)
  return { ...plain(title), form: { title, command, fields, args: how.args ?? {}, values: how.values ?? {} } }
}

/** A button that runs `command` with `args`, as if typed; it passes every check of a typed command when pressed. */
export function button(
  label: Text,
  command: string,
  args: Readonly<Record<string, string>> = {},
  how: Partial<Pick<Button, 'by' | 'answer' | 'style'>> = {},
): Button {
  const size = Buffer.byteLength(writeArgs(args))
  if (size > MAX_ARGS_BYTES) {
    throw new RangeError(
      `a button of /${command} carries ${size} bytes of arguments; ${MAX_ARGS_BYTES} fit: put the rest in a row`,
    )
  }
  const by = how.by ?? 'asker'
  return {
    label,
    command,
    args,
    by,
    answer: how.answer ?? (by === 'anyone' ? 'new' : 'update'),
    style: how.style ?? 'secondary',
  }
}

/** Typed arguments of a button, at most this many bytes once written. */
export const MAX_ARGS_BYTES = 40

/** `window=week&page=2`, with the separators escaped. */
export function writeArgs(args: Readonly<Record<string, string>>): string {
  return Object.entries(args)
    .map(([name, value]) => `${name}=${value.replace(/[%&=:]/g, c => `%${c.charCodeAt(0).toString(16)}`)}`)
    .join('&')
}

export function readArgs(written: string): Record<string, string> {
  const args: Record<string, string> = {}
  for (const pair of written.split('&').filter(Boolean)) {
    const at = pair.indexOf('=')
    if (at > 0)
      args[pair.slice(0, at)] = pair
        .slice(at + 1)
        .replace(/%([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
  return args
}
