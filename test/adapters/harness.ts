// What the contract suite asks of every adapter: a world of the platform's own kind, driven through its real SDK or page protocol.
import type { TestApp } from '#test/support/app.ts'
import type { Engine } from '#test/support/engines.ts'

/** What one person got to see. */
export interface Seen {
  /** All the words, without markup; the escaped form of what people typed undone, as a client shows it. */
  readonly text: string
  readonly visibility: 'public' | 'private'
  /** Labels of the buttons, and of the entries of a menu. */
  readonly buttons: readonly string[]
  readonly pictures: number
  /** Who was notified by the words (platform ids). */
  readonly pings: readonly string[]
  /** The adapter's own view of the message, for pressing. */
  readonly message: unknown
}

export interface Person {
  readonly id: string
  readonly name: string
  /** Types a line such as `/points history`; Discord's harness sends it as the slash command it names. */
  type(line: string, where?: 'group' | 'direct'): Promise<Seen>
  /** Types the same line twice, as fast as a double tap; both answers. */
  typeTwice(line: string): Promise<[Seen, Seen]>
  /** Presses a button (or chooses a menu entry) by its label. */
  press(seen: Seen, label: string): Promise<Seen>
  /**
   * Fills in the form that `seen` shows, field by field in its order, and hands it in; what is shown then. `halfway` runs in the middle
   * of it: before it is handed in where it goes whole, between two questions elsewhere.
   */
  fill(seen: Seen, fields: readonly Field[], halfway?: () => Promise<void>): Promise<Seen>
}

/** A field of a form by its argument's name: text, an option by its label, a file, or null to leave it empty. */
export type Field = readonly [name: string, value: string | SentUpload | null]

export interface SentUpload {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}

export interface PersonOptions {
  readonly name: string
  /** Language tag of their app. */
  readonly locale?: string
  readonly role?: 'member' | 'manager'
}

export interface World extends AsyncDisposable {
  readonly test: TestApp
  /** Somebody in the group or guild, who can also be written to privately. */
  person(options: PersonOptions): Promise<Person>
  /** What the platform's own rules were broken by; empty at the end of every test. */
  violations(): readonly string[]
  /** Ends the adapter without a goodbye, and starts another on the same database. */
  restart(): Promise<void>
}

export interface Harness {
  readonly platform: 'discord' | 'telegram' | 'playground'
  /** A connected adapter over a fresh database, in a group called Night Owls whose zone is UTC; commands from `commands` (default: the real ones). */
  open(engine: Engine, options?: { commands?: URL }): Promise<World>
}
