/** Photos that people sent, drawn anew: what comes out holds pixels and nothing else. */
import { createCanvas, loadImage } from '@napi-rs/canvas'
import { fileKind, pictureSize } from '../file-kind.ts'

/** A picture that unpacks to more is refused before it is unpacked. */
const MAX_PIXELS = 50_000_000
/** A progressive JPEG has about ten scans; each one more is drawn over the whole picture, and takes a few bytes. */
const MAX_SCANS = 100
/** Longest side of what is kept. */
const MAX_SIDE = 2048
const QUALITY = 85

/** A photo as JPEG, at most 2048 pixels a side, without what cameras and programs write into it. Null where it is no picture that can be drawn. */
export async function redraw({ bytes }: { readonly bytes: Uint8Array }): Promise<Uint8Array | null> {
  const size = pictureSize(bytes)
  if (!size || size.width < 1 || size.height < 1 || size.width * size.height > MAX_PIXELS) return null
  if (scansIn(bytes) > MAX_SCANS) return null
  try {
    const image = await loadImage(Buffer.from(bytes))
    const scale = Math.min(1, MAX_SIDE / Math.max(image.width, image.height))
    const width = Math.max(1, Math.round(image.width * scale))
    const height = Math.max(1, Math.round(image.height * scale))
    const canvas = createCanvas(width, height)
    const context = canvas.getContext('2d')
    // JPEG knows no transparency.
    context.fillStyle = '#ffffff'
    context.fillRect(0, 0, width, height)
    context.drawImage(image, 0, 0, width, height)
    return new Uint8Array(await canvas.encode('jpeg', QUALITY))
  } catch {
    return null
  }
}

/** Scans (SOS, ITU-T T.81, B.2.3) that a JPEG may have; bytes that only look like one are rare. */
function scansIn(bytes: Uint8Array): number {
  if (fileKind(bytes.subarray(0, 64)) !== 'jpeg') return 0
  const SOS = Buffer.from([0xff, 0xda])
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let scans = 0
  for (let at = buffer.indexOf(SOS); at !== -1; at = buffer.indexOf(SOS, at + 2)) scans++
  return scans
}
