// Photos that people send: what they say of themselves, what a decoder would find, and what is kept of them.
import { crc32, deflateSync } from 'node:zlib'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import { expect, test } from 'vitest'
import { pictureSize } from '#src/lib/file-kind.ts'
import { redraw } from '#src/lib/picture/photo.ts'

/** More pixels than are ever unpacked. */
const SIDE = 9000

function pngChunk(type: string, data: Buffer): Buffer {
  const [name, length, check] = [Buffer.from(type), Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(Buffer.concat([name, data])))
  return Buffer.concat([length, name, data, check])
}
const numbers = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, i * 4)
  return bytes
}
function png(side: number, before: Buffer[] = []): Buffer {
  const header = pngChunk('IHDR', Buffer.concat([numbers(side, side), Buffer.from([8, 0, 0, 0, 0])]))
  const pixels = pngChunk('IDAT', deflateSync(Buffer.alloc((side + 1) * side)))
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, ...before, header, pixels, pngChunk('IEND', Buffer.alloc(0))])
}
/** A screen of ten pixels with a frame of `side`; 35 bytes. */
function gif(side: number, extensions = Buffer.alloc(0)): Buffer {
  const screen = Buffer.from([...Buffer.from('GIF89a'), 10, 0, 10, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255])
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x44, 1, 0, 0x3b])
  frame.writeUInt16LE(side, 5)
  frame.writeUInt16LE(side, 7)
  return Buffer.concat([screen, extensions, frame])
}
function jpeg(width: number, height = width): Buffer {
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  context.fillStyle = '#204080'
  context.fillRect(0, 0, width, height / 2)
  return canvas.toBuffer('image/jpeg', 30)
}
/** A marker that has no length, read as one that has: it leaps over the frame to a small one in a comment. */
function leaping(real: Buffer): Buffer {
  const hidden = Buffer.alloc(65_533)
  const head = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0x01, 0xff, 0xe1, 0xff, 0xff]), hidden])
  Buffer.from([0xff, 0xc0, 0, 17, 8, 0, 10, 0, 10]).copy(head, 65_509)
  return Buffer.concat([head, real.subarray(2)])
}

test.each([
  ['a PNG', png(SIDE)],
  ['a PNG that declares its size behind another chunk', png(SIDE, [pngChunk('zzZz', numbers(10, 10))])],
  ['a GIF whose frame is larger than its screen', gif(SIDE)],
  ['the same behind a comment', gif(SIDE, Buffer.from([0x21, 0xfe, 2, 65, 65, 1, 65, 0]))],
  ['a JPEG', jpeg(SIDE)],
  ['a JPEG that hides its frame', leaping(jpeg(SIDE))],
])('%s that unpacks to more than can be held is refused before it is unpacked', async (_, bytes) => {
  // What a decoder makes of it, whatever it says.
  expect((await loadImage(bytes)).width).toBe(SIDE)
  const size = pictureSize(bytes)
  expect(size === null || size.width === SIDE).toBe(true)
  expect(await redraw({ bytes })).toBeNull()
})

test('a JPEG of thousands of scans, each a few bytes, is refused; one of ten is drawn', async () => {
  const whole = jpeg(16)
  const end = whole.length - 2
  const scan = Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0])
  const scans = (count: number) =>
    Buffer.concat([whole.subarray(0, end), ...Array.from({ length: count }, () => scan), whole.subarray(end)])
  expect(await redraw({ bytes: scans(5000) })).toBeNull()
  expect(await redraw({ bytes: scans(9) })).not.toBeNull()
})

test('a photo stands as it was taken, and nothing that a camera wrote is left', async () => {
  const tiff = '4d4d002a000000080001011200030000000100060000' // orientation: turned to the right
  const exif = Buffer.from(`457869660000${tiff}00000000`, 'hex')
  const plain = jpeg(40, 20)
  const taken = Buffer.concat([
    plain.subarray(0, 2),
    Buffer.from([0xff, 0xe1, 0, exif.length + 2]),
    exif,
    plain.subarray(2),
  ])
  const kept = Buffer.from((await redraw({ bytes: taken })) ?? [])
  const { width, height } = await loadImage(kept)
  expect([width, height]).toEqual([20, 40])
  expect(kept.includes('Exif')).toBe(false)
})
