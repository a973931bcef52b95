/** What a tag may be called. */

export const LONGEST_TAG = 30

/** As it is stored: small letters, one form of every character. */
export const tagOf = (typed: string): string => typed.trim().replace(/^#/, '').normalize('NFC').toLowerCase()

/** Letters of any script, digits, - and _. */
export const isTag = (tag: string): boolean =>
  /^[\p{L}\p{N}][\p{L}\p{N}\p{M}_-]*$/u.test(tag) && [...tag].length <= LONGEST_TAG
