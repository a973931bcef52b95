/**
 * Which fonts a text is drawn with. Noto Sans SC comes along in about a hundred slices, each one file with a few hundred characters;
 * only those that a text needs are loaded. So does Source Sans, the design its Latin letters come from, for the accents and Greek
 * letters that it lacks. Emoji are the system's coloured ones, else the Noto Emoji that comes along. Anything
 * else (Arabic, Thai, Korean...) is drawn if the system has a font for it.
 */
import { Buffer } from 'node:buffer'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas'

interface Slice {
  /** The name it is registered under: one each, because slices that share a name hide one another. */
  readonly family: string
  readonly path: string
  readonly ranges: ReadonlyArray<readonly [from: number, to: number]>
}

const require = createRequire(import.meta.url)

/** The slices of a Fontsource package (`@fontsource-variable/<id>`), from the list of ranges it carries. */
function readSlices(id: string): Slice[] {
  const list = require.resolve(`@fontsource-variable/${id}/unicode.json`)
  return Object.entries(require(list) as Record<string, string>).map(([key, ranges]) => {
    const name = key.replace(/[[\]]/g, '')
    return {
      family: `${id} ${name}`,
      path: join(dirname(list), 'files', `${id}-${name}-wght-normal.woff2`),
      ranges: ranges.split(',').map(range => {
        const [from = '', to = from] = range.replace(/^U\+/i, '').split('-')
        return [Number.parseInt(from, 16), Number.parseInt(to, 16)] as const
      }),
    }
  })
}

const COLOUR_EMOJI = ['Noto Color Emoji', 'Apple Color Emoji', 'Segoe UI Emoji']
/** Beside every family whose name begins with `Noto Sans`. */
const OTHER_SYSTEM_FONTS = [
  'PingFang SC',
  'Microsoft YaHei',
  'Apple SD Gothic Neo',
  'Malgun Gothic',
  'DejaVu Sans',
  'Arial Unicode MS',
  'Segoe UI',
  'Arial',
]

interface Library {
  readonly chinese: readonly Slice[]
  readonly european: readonly Slice[]
  readonly emoji: readonly Slice[]
  /** The system's, if it has one. */
  readonly colourEmoji: string | undefined
  readonly system: readonly string[]
}

let opened: Library | undefined
function library(): Library {
  if (!opened) {
    const families = new Set(GlobalFonts.families.map(({ family }) => family))
    const [chinese, european] = [readSlices('noto-sans-sc'), readSlices('source-sans-3')]
    opened = {
      chinese,
      european,
      emoji: readSlices('noto-emoji'),
      colourEmoji: COLOUR_EMOJI.find(family => families.has(family)),
      system: [
        ...[...families].filter(family => family.startsWith('Noto Sans')),
        ...OTHER_SYSTEM_FONTS.filter(family => families.has(family)),
      ],
    }
  }
  return opened
}

const registered = new Set<string>()
/** Loads a slice once; false when its file cannot be read. */
function register({ family, path }: Slice): boolean {
  // Fonts belong to the process: an earlier thread may have loaded it.
  if (!registered.has(family) && !GlobalFonts.has(family) && !GlobalFonts.registerFromPath(path, family)) return false
  registered.add(family)
  return true
}

type Script = 'chinese' | 'european' | 'emoji'
const found = new Map<string, readonly Slice[]>()
/** The slices that list a character. The lists promise a little more than the files have: all of them are asked. */
function slicesWith(character: string, script: Script): readonly Slice[] {
  const key = script + character
  let slices = found.get(key)
  if (!slices) {
    const point = character.codePointAt(0) ?? 0
    slices = library()[script].filter(({ ranges }) => ranges.some(([from, to]) => point >= from && point <= to))
    found.set(key, slices)
  }
  return slices
}

const isEmoji = (grapheme: string) => /^(?:\p{RGI_Emoji}|\p{Emoji_Presentation}|\p{Emoji}\ufe0f)/v.test(grapheme)
const isInvisible = (character: string) => /^[\p{Cf}\p{Variation_Selector}\p{White_Space}]$/u.test(character)
/** ASCII and white space: the Latin slice has it. */
const isPlain = (grapheme: string) => /^[\s\x20-\x7e]$/.test(grapheme)

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** What a reader takes for one character: a letter with its marks, a whole family of emoji. */
export const graphemes = (text: string): string[] => [...segmenter.segment(text)].map(({ segment }) => segment)

/** Letters that Noto Sans SC mostly lacks: a line with one is drawn in Source Sans as a whole, so that no letter stands out. */
const isEuropean = (text: string) => /[\u0100-\u024f\u0370-\u03ff\u1e00-\u1fff]/.test(text)

/** The families to draw `text` with, in order, as they are written in a CSS font. Loads what is missing. */
export function familiesFor(text: string): string {
  const { colourEmoji, system } = library()
  const order: Script[] = isEuropean(text) ? ['european', 'chinese'] : ['chinese', 'european']
  const letters: Record<Script, Set<Slice>> = { chinese: new Set(), european: new Set(), emoji: new Set() }
  const need = (character: string, script: Script) => {
    for (const slice of slicesWith(character, script)) letters[script].add(slice)
  }
  const latin = slicesWith('A', order[0] as Script)
  for (const grapheme of graphemes(text)) {
    if (isPlain(grapheme)) continue
    const sign = isEmoji(grapheme)
    for (const character of grapheme) {
      if (isInvisible(character)) continue
      if (!sign) for (const script of order) need(character, script)
      else if (!colourEmoji) need(character, 'emoji')
    }
  }
  const families = (slices: Iterable<Slice>) => [...slices].filter(register).map(({ family }) => family)
  // Emoji after the Latin letters and before the rest: emoji fonts have digits, and Chinese fonts have black stars and hearts.
  const all = new Set([
    ...families(latin),
    ...(colourEmoji ? [colourEmoji] : families(letters.emoji)),
    ...order.flatMap(script => families(letters[script])),
    ...system,
  ])
  return [...all].map(family => JSON.stringify(family)).join(', ')
}

const PROBE = 24
const NO_CHARACTER = '\u{10fffe}'
const known = new Map<string, boolean>()
/** How the box looks, by families. */
const boxes = new Map<string, Buffer>()
let probing: SKRSContext2D | undefined

/** Whether any font has this: what is missing is drawn as the same box as a character that cannot exist. */
function hasGlyph(text: string): boolean {
  let has = known.get(text)
  if (has === undefined) {
    const families = familiesFor(text)
    const box = boxes.get(families) ?? probe(NO_CHARACTER, families)
    boxes.set(families, box)
    has = !probe(text, families).equals(box)
    known.set(text, has)
  }
  return has
}

function probe(text: string, families: string): Buffer {
  probing ??= createCanvas(PROBE, PROBE).getContext('2d')
  probing.clearRect(0, 0, PROBE, PROBE)
  probing.font = `${PROBE / 2}px ${families}`
  probing.fillText(text, PROBE / 4, (PROBE * 3) / 4)
  return Buffer.from(probing.getImageData(0, 0, PROBE, PROBE).data)
}

/**
 * The text as far as it can be drawn: emoji that no font has are left out. Null when a letter is missing: a picture that
 * shows a box for somebody's name says less than words do.
 */
export function drawable(text: string): string | null {
  let out = ''
  for (const grapheme of graphemes(text.normalize('NFC'))) {
    if (isPlain(grapheme)) out += grapheme
    else if (isEmoji(grapheme)) out += hasGlyph(grapheme) ? grapheme : ''
    else if ([...grapheme].every(character => isInvisible(character) || hasGlyph(character))) out += grapheme
    else return null
  }
  return out
}
