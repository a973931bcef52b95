/** What a file is by its first bytes; names and declared types are what people say. Pure. */

const startsWith = (bytes: Uint8Array, ...start: number[]): boolean => start.every((byte, i) => bytes[i] === byte)
const letters = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to))

/** The kind of a file, or null where it is none that we know. */
export function fileKind(bytes: Uint8Array): 'png' | 'jpeg' | 'webp' | 'gif' | 'pdf' | 'text' | 'zip' | null {
  if (startsWith(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'png'
  if (startsWith(bytes, 0xff, 0xd8, 0xff)) return 'jpeg'
  if (letters(bytes, 0, 4) === 'RIFF' && letters(bytes, 8, 12) === 'WEBP') return 'webp'
  if (/^GIF8[79]a$/.test(letters(bytes, 0, 6))) return 'gif'
  if (letters(bytes, 0, 5) === '%PDF-') return 'pdf'
  if (startsWith(bytes, 0x50, 0x4b, 0x03, 0x04)) return 'zip'
  return isText(bytes) ? 'text' : null
}

/** UTF-8 without control characters that no text has. A page with scripts is text too: it is never served as anything else. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return false
  for (const byte of bytes) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Media types by kind. */
export const MEDIA_TYPES = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  pdf: 'application/pdf',
  text: 'text/plain; charset=utf-8',
  zip: 'application/zip',
} as const

/**
 * Width and height that a decoder would unpack a picture to, before anything of it is unpacked; null where that cannot be told. Whatever is
 * written otherwise than usual is not told: decoders are more lenient than this, and would find another size behind it.
 */
export function pictureSize(bytes: Uint8Array): { width: number; height: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    switch (fileKind(bytes.subarray(0, 64))) {
      case 'png':
        // Some decoders pass over chunks they do not know, also before the one that declares the size.
        return letters(bytes, 12, 16) === 'IHDR' ? { width: view.getUint32(16), height: view.getUint32(20) } : null
      case 'gif':
        return gifSize(view)
      case 'webp':
        return webpSize(bytes, view)
      case 'jpeg':
        return jpegSize(view)
      default:
        return null
    }
  } catch {
    // Cut off before its size.
    return null
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(bytes: Uint8Array, view: DataView): { width: number; height: number } | null {
  const LOW_14_BITS = 0x3fff
  switch (letters(bytes, 12, 16)) {
    case 'VP8 ':
      return { width: view.getUint16(26, true) & LOW_14_BITS, height: view.getUint16(28, true) & LOW_14_BITS }
    case 'VP8L': {
      const bits = view.getUint32(21, true)
      return { width: (bits & LOW_14_BITS) + 1, height: ((bits >>> 14) & LOW_14_BITS) + 1 }
    }
    case 'VP8X':
      return {
        width: (view.getUint16(24, true) | (view.getUint8(26) << 16)) + 1,
        height: (view.getUint16(27, true) | (view.getUint8(29) << 16)) + 1,
      }
    default:
      return null
  }
}

/** The screen, or the first frame where it reaches beyond: https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
function gifSize(view: DataView): { width: number; height: number } | null {
  const [EXTENSION, FRAME] = [0x21, 0x2c]
  const flags = view.getUint8(10)
  const colours = flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0
  let at = 13 + colours
  while (view.getUint8(at) === EXTENSION) {
    at += 2
    for (let size = view.getUint8(at); size > 0; size = view.getUint8(at)) at += 1 + size
    at += 1
  }
  if (view.getUint8(at) !== FRAME) return null
  return {
    width: Math.max(view.getUint16(6, true), view.getUint16(at + 1, true) + view.getUint16(at + 5, true)),
    height: Math.max(view.getUint16(8, true), view.getUint16(at + 3, true) + view.getUint16(at + 7, true)),
  }
}

/** The first frame header (SOF) among the segments: ITU-T T.81, B.2.2. */
function jpegSize(view: DataView): { width: number; height: number } | null {
  const MARKER = 0xff
  const NO_FRAME = new Set([0xc4, 0xc8, 0xcc])
  // Without a length behind them. No camera writes one here.
  const isBare = (kind: number) => kind === 0x01 || (kind >= 0xd0 && kind <= 0xd9)
  for (let at = 2; view.getUint8(at) === MARKER; ) {
    const kind = view.getUint8(at + 1)
    if (kind === MARKER) {
      at++
      continue
    }
    if (isBare(kind)) return null
    if (kind >= 0xc0 && kind <= 0xcf && !NO_FRAME.has(kind))
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    at += 2 + view.getUint16(at + 2)
  }
  return null
}
