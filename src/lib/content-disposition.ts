/** The header that makes a browser keep a file instead of showing it (RFC 6266), whatever the file is called. Pure. */

/** Control characters, and what shows nothing or turns writing around: `gpj.exe` must not read as `exe.jpg`. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
/** What separates folders anywhere, and what Windows refuses in names. */
const PATHS = /[\\/:*?"<>|]/g

/** A name that any system can keep a file under. */
export function safeFileName(name: string): string {
  const safe = name
    .toWellFormed()
    .replace(UNSEEN, '')
    .replace(PATHS, '_')
    .replace(/^[\s.]+|[\s.]+$/g, '')
  return safe === '' ? 'file' : safe
}

/** The value of Content-Disposition, as RFC 8187 writes names: nothing of a name can end the header. */
export function asAttachment(name: string): string {
  const written = encodeURIComponent(safeFileName(name)).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename*=UTF-8''${written}`
}
