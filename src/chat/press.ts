/** What a button carries over the wire: `v1:<command path>:<how><asker>:<args>`, at most 64 bytes (Telegram's limit). */
import { Buffer } from 'node:buffer'
import { fingerprint } from '../lib/ids.ts'
import { type Button, readArgs, writeArgs } from './reply.ts'

const VERSION = 'v1'
const MAX_BYTES = 64
// Tells askers apart; what protects anything is the permission check that every press passes.
const ASKER_SIZE = 4

export interface Press {
  /** Command names from the outside in. */
  readonly path: readonly string[]
  readonly args: Readonly<Record<string, string>>
  readonly answer: Button['answer']
  /** Fingerprint of the one who may press, or null for anyone. */
  readonly asker: string | null
}

/** The wire form of a button in an answer to the account with this platform id. */
export function encodePress(button: Button, askerId: string): string {
  const how = button.answer === 'update' ? 'u' : 'n'
  const asker = button.by === 'anyone' ? '*' : fingerprint(askerId, ASKER_SIZE)
  const path = button.command.replaceAll(' ', '.')
  const data = `${VERSION}:${path}:${how}${asker}:${writeArgs(button.args)}`
  const size = Buffer.byteLength(data)
  if (size > MAX_BYTES) throw new RangeError(`the button of /${button.command} takes ${size} bytes; ${MAX_BYTES} fit`)
  return data
}

/** Reads a wire form back; null when it is of another version or not ours. */
export function decodePress(data: string): Press | null {
  const match = /^v1:([^:]+):([un])([^:]+):(.*)$/s.exec(data)
  if (!match) return null
  const [, path = '', how, asker = '', args = ''] = match
  return {
    path: path.split('.'),
    args: readArgs(args),
    answer: how === 'u' ? 'update' : 'new',
    asker: asker === '*' ? null : asker,
  }
}

/** Whether the account with this platform id may press. */
export function mayPress(press: Press, platformId: string): boolean {
  return press.asker === null || press.asker === fingerprint(platformId, ASKER_SIZE)
}
