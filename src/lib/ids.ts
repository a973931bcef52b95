/** Identifiers and the secrets people carry. */
import { createHash, randomBytes } from 'node:crypto'

// Crockford's base 32: no i, l, o, u, so that a typed code cannot be misread.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Bytes of randomness; injected so that tests can count and seed. */
export type Random = (bytes: number) => Uint8Array

export const systemRandom: Random = bytes => randomBytes(bytes)

/** `size` random Crockford characters (5 bits each), lower case. */
export function randomCharacters(random: Random, size: number): string {
  const bytes = random(size)
  let out = ''
  for (let i = 0; i < size; i++) out += ALPHABET[(bytes[i] ?? 0) & 31]
  return out
}

/** Ten characters that sort as the instant does (48 bits of milliseconds). */
function timeCharacters(at: number): string {
  let rest = Math.max(0, Math.floor(at))
  let out = ''
  for (let i = 0; i < 10; i++) {
    out = ALPHABET[rest % 32] + out
    rest = Math.floor(rest / 32)
  }
  return out
}

/** Makes entity ids: a three-letter prefix, then 20 characters that sort by time. */
export type Ids = (prefix: string) => string

export function createIds(now: () => number, random: Random): Ids {
  return prefix => {
    if (!/^[a-z]{3}$/.test(prefix)) throw new Error(`an id prefix is three lower-case letters, not "${prefix}"`)
    return prefix + timeCharacters(now()) + randomCharacters(random, 10)
  }
}

/** Ids of this prefix made at `at` or later sort behind it. */
export const idFloor = (prefix: string, at: number): string => prefix + timeCharacters(at)

/** A secret for a link: 32 bytes, URL safe. Only its hash is stored. */
export function linkSecret(random: Random): string {
  return Buffer.from(random(32)).toString('base64url')
}

/** How a secret is stored and looked up. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Short fingerprint (`size` Crockford characters) that tells values apart; not a secret. */
export function fingerprint(value: string, size: number): string {
  const digest = createHash('sha256').update(value).digest()
  let out = ''
  for (let i = 0; i < size; i++) out += ALPHABET[(digest[i] ?? 0) & 31]
  return out
}
