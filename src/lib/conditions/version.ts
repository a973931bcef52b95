/** Versions made comparable as texts. */

const DIGITS = 5

/**
 * A version as a text that sorts as versions do: the leading `v` and the build are left out, numbers are padded, and a version without a
 * pre-release comes after its pre-releases (semver.org, 11). Whatever is no version is `0`.
 */
export function sortable(version: unknown): string {
  const text = typeof version === 'number' ? String(version) : version
  const parts = (typeof text === 'string' && text !== '' ? text : '0').replace(/(^v|\+.*$)/g, '').split(/[-.]/)
  if (parts.length === 3) parts.push('~')
  return parts.map(part => (/^[0-9]+$/.test(part) ? part.padStart(DIGITS, ' ') : part)).join('-')
}
