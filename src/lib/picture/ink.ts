/** The visual language of all pictures: size, colours, and text that is measured before it is drawn. */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas'
import { drawable, familiesFor, graphemes } from './fonts.ts'
import { CLOSE, OPEN } from './isolate.ts'
import { encodePng } from './png.ts'

/** Pictures are laid out 800 wide on a grid of 8; phones show them with more pixels than that. */
export const WIDTH = 800
export const MARGIN = 56
const SCALE = 1.5

/** Light, so that a picture is a card of its own in a dark chat. Contrast on paper: ink 15.7, quiet 5.7, accent 5.3, outline 3.2 to 1. */
export const colours = {
  paper: '#ffffff',
  ink: '#1b2430',
  quiet: '#5d6876',
  outline: '#84909d',
  faint: '#d5dbe2',
  accent: '#0b7a5e',
  accentSoft: '#d9f0e8',
} as const

/** Text sizes; nothing is smaller than 26, which is readable on a phone at arm's length. */
export const sizes = { title: 44, body: 28, small: 26 } as const

export type Pen = SKRSContext2D

export interface Style {
  readonly size: number
  readonly weight: 400 | 500 | 700
  readonly colour: string
  /** Where x is. */
  readonly align?: 'left' | 'center' | 'right'
}

let sheet: Pen | undefined
/** One sheet for all pictures, as high as the highest so far: fresh memory costs more time than drawing. */
function cleanSheet(height: number): Pen {
  if (!sheet || sheet.canvas.height < height * SCALE)
    sheet = createCanvas(WIDTH * SCALE, height * SCALE).getContext('2d')
  sheet.setTransform(SCALE, 0, 0, SCALE, 0, 0)
  sheet.fillStyle = colours.paper
  sheet.fillRect(0, 0, WIDTH, height)
  return sheet
}

/** A PNG of the given height, a multiple of 8; `draw` works in layout units. */
export function picture(height: number, draw: (pen: Pen) => void): Uint8Array {
  const pen = cleanSheet(height)
  draw(pen)
  const pixels = pen.getImageData(0, 0, WIDTH * SCALE, height * SCALE)
  const png = encodePng(pixels.data, pixels.width, pixels.height)
  // Gives the megabytes back now: the collector does not see them, and would let dozens of pictures pile up.
  if (pixels.data.buffer instanceof ArrayBuffer) pixels.data.buffer.transfer(0)
  return png
}

function use(pen: Pen, text: string, style: Style): void {
  pen.font = `${style.weight} ${style.size}px ${familiesFor(text)}`
  // The fonts that come along are variable: without this they are drawn at their thinnest.
  pen.fontVariationSettings = `'wght' ${style.weight}`
  pen.fillStyle = style.colour
  pen.textAlign = style.align ?? 'left'
  pen.direction = 'ltr'
}

let ruler: Pen | undefined
function widthOf(text: string, style: Style): number {
  ruler ??= createCanvas(1, 1).getContext('2d')
  use(ruler, text, style)
  return ruler.measureText(text).width
}

/** One line, its baseline at `y`. */
export function write(pen: Pen, text: string, x: number, y: number, style: Style): void {
  use(pen, text, style)
  pen.fillText(text, x, y)
}

/** The texts as far as they can be drawn, or null when one of them has a letter that no font has. */
export function writable<T extends Record<string, string>>(texts: T): T | null {
  const out: Record<string, string> = {}
  for (const [name, text] of Object.entries(texts)) {
    const can = drawable(text)
    if (can === null) return null
    out[name] = can
  }
  return out as T
}

const segmenter = new Intl.Segmenter('zh', { granularity: 'word' })
const words = (text: string) => [...segmenter.segment(text)].map(({ segment }) => segment)

/** The line, short enough for `width`: what people wrote is cut first (the longest piece), else the end; always with an ellipsis. */
export function fitted(line: string, width: number, style: Style): string {
  if (widthOf(line, style) <= width) return line
  const pieces = [...line.matchAll(new RegExp(`${OPEN}([^${CLOSE}]*)${CLOSE}`, 'g'))]
  const longest = pieces.sort((a, b) => b[0].length - a[0].length)[0]
  if (longest) {
    const [before, after] = [line.slice(0, longest.index), line.slice(longest.index + longest[0].length)]
    const cut = shorten(longest[1] ?? '', piece => `${before}${OPEN}${piece}${CLOSE}${after}`, width, style)
    if (cut !== null) return cut
  }
  return shorten(line, piece => piece, width, style) ?? ''
}

/** The most graphemes of `text` with which `line` fits; null when not even one does. */
function shorten(text: string, line: (piece: string) => string, width: number, style: Style): string | null {
  const all = graphemes(text)
  const cut = (count: number) => line(`${all.slice(0, count).join('').trimEnd()}…`)
  let [fits, tooMany] = [0, all.length]
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1
    if (widthOf(cut(middle), style) <= width) fits = middle
    else tooMany = middle
  }
  return fits === 0 ? null : cut(fits)
}

/** The text on as many lines as it needs, broken between words, at most `most`; the last one is cut. */
export function wrap(text: string, width: number, style: Style, most: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words(text)) {
    if (line.trim() && lines.length < most - 1 && widthOf((line + word).trimEnd(), style) > width) {
      lines.push(line.trim())
      line = ''
    }
    line += word
  }
  lines.push(line.trim())
  return lines.map(each => fitted(each, width, style))
}
