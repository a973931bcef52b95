/** Files that people of the gallery send along. */
import { Buffer } from 'node:buffer'
import { encodePng } from '../lib/picture/png.ts'
import type { FileName } from './scene.ts'

export interface Sample {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}

const WIDTH = 480
const HEIGHT = 320
const MEGABYTE = 1024 * 1024

/** A night sky with a moon. */
function drawSky(): Uint8Array {
  const rgba = new Uint8ClampedArray(WIDTH * HEIGHT * 4)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const depth = Math.floor((y / HEIGHT) * 12) * 8
      const moon = Math.hypot(x - 350, y - 90) < 46
      const hill = y > 230 + 24 * Math.sin(x / 60)
      const shade = hill ? [11, 38, 34] : moon ? [245, 240, 216] : [24 + depth, 44 + depth, 64 + depth]
      rgba.set([...shade, 255], (y * WIDTH + x) * 4)
    }
  }
  return encodePng(rgba, WIDTH, HEIGHT)
}

let sky: Uint8Array | undefined

/** A sample by its name; drawn once. */
export function sample(name: FileName): Sample {
  switch (name) {
    case 'photo':
      sky ??= drawSky()
      return { name: 'night.png', type: 'image/png', bytes: sky }
    case 'notes':
      return { name: 'night.png', type: 'image/png', bytes: Buffer.from('These are notes, whatever they are called.') }
    case 'lost':
    case 'large':
      // Only announced: nobody looks at its bytes.
      return { name: 'night.png', type: 'image/png', bytes: new Uint8Array(0) }
  }
}

/** Bytes that a platform announces for a sample. */
export const announcedSize = (name: FileName): number =>
  name === 'large' ? 50 * MEGABYTE : sample(name).bytes.byteLength
