import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import { describe, expect, test } from 'vitest'
import { type DayState, drawStreak, type StreakPicture } from '#src/lib/picture/index.ts'
import { fitted, type Style } from '#src/lib/picture/ink.ts'
import { CLOSE, isolate, OPEN } from '#src/lib/picture/isolate.ts'
import { encodePng } from '#src/lib/picture/png.ts'

const streak = (over: Partial<StreakPicture> = {}): StreakPicture => ({
  title: `${isolate('王小明')}：连续 12 天`,
  caption: '最长 12 天 · 最近 28 天打卡 20 天 · 累计 140 天',
  weekdays: ['周四', '周五', '周六', '周日', '周一', '周二', '周三'],
  weeks: ['2月5日', '2月12日', '2月19日', '2月26日'],
  days: Array.from({ length: 28 }, (_, i) => (i % 9 ? 'done' : 'missed')),
  ...over,
})

/** The pixels of a PNG, as another decoder reads them. */
async function pixels(png: Uint8Array | null) {
  if (!png) throw new Error('there is no picture')
  const image = await loadImage(png)
  const context = createCanvas(image.width, image.height).getContext('2d')
  context.drawImage(image, 0, 0)
  return context.getImageData(0, 0, image.width, image.height)
}

describe('a picture of a streak', () => {
  test('is a PNG of 1200 pixels across and less than 60 kB, even with every day done', async () => {
    const png = drawStreak(streak({ days: Array.from({ length: 28 }, () => 'done') }))
    expect(png?.length).toBeLessThan(60_000)
    expect((await pixels(png)).width).toBe(1200)
  })

  test('gives every state of a day a shape of its own: they differ in black and white', async () => {
    const states: DayState[] = ['done', 'missed', 'open', 'off']
    const shapes = []
    for (const state of states) {
      const { data, width } = await pixels(drawStreak(streak({ days: [...streak().days.slice(0, 27), state] })))
      // The last cell: 80 by 80 units in the lower right corner of the calendar, at 1.5 pixels a unit.
      const shape = []
      for (let y = 648; y < 768; y++) for (let x = 996; x < 1116; x++) shape.push(isDark(data, y * width + x))
      shapes.push(shape)
    }
    for (const [i, one] of shapes.entries()) {
      for (const other of shapes.slice(i + 1)) {
        expect(one.filter((dark, at) => dark !== other[at]).length).toBeGreaterThan(400)
      }
    }
  })

  test('holds as many lines as its caption needs, two at most', async () => {
    const height = async (caption: string) => (await pixels(drawStreak(streak({ caption })))).height
    const one = await height('Longest 12')
    const two = await height('Longest 12 · 20 of the last 28 days · 140 in all, and more words')
    expect(two).toBeGreaterThan(one)
    expect(await height('far too many words '.repeat(20))).toBe(two)
  })
})

const isDark = (data: Uint8ClampedArray, at: number) =>
  (data[at * 4] as number) + (data[at * 4 + 1] as number) + (data[at * 4 + 2] as number) < 600

describe('a line of a picture', () => {
  const style: Style = { size: 44, weight: 700, colour: '#000000' }

  test('that is too long cuts the name with an ellipsis, and keeps what it says about it', () => {
    const line = fitted(`${isolate('Maximiliana Alexandrina von Hohenstaufen')}: 12 in a row`, 688, style)
    expect(line).toMatch(new RegExp(`^${OPEN}Maximiliana.+…${CLOSE}: 12 in a row$`))
    expect(line.length).toBeGreaterThan(30)
  })

  test('that fits is left alone; one without a name is cut at its end', () => {
    expect(fitted(`${isolate('Ada')}: 12 in a row`, 688, style)).toBe(`${isolate('Ada')}: 12 in a row`)
    expect(fitted('word '.repeat(40), 688, style)).toMatch(/^(word )+w?o?r?d?…$/)
  })

  test('never cuts an emoji or a letter with its marks in half', () => {
    const family = '👩‍👩‍👧‍👦'
    const line = fitted(`${isolate(family.repeat(30))}: 3`, 688, style)
    expect(line.replaceAll(family, '')).toBe(`${OPEN}…${CLOSE}: 3`)
  })

  test('is not turned by what people write', () => {
    expect(isolate('Ada\u202e\u2067\n evil')).toBe(`${OPEN}Ada evil${CLOSE}`)
  })
})

describe('a PNG with a palette', () => {
  test('shows few colours exactly, and thousands closely', async () => {
    const few = new Uint8ClampedArray([255, 255, 255, 255, 11, 122, 94, 255, 27, 36, 48, 255, 255, 255, 255, 255])
    expect([...(await pixels(encodePng(few, 2, 2))).data]).toEqual([...few])

    const size = 128
    const many = new Uint8ClampedArray(size * size * 4)
    for (let i = 0; i < size * size; i++) {
      many.set([(i % size) * 2, Math.floor(i / size) * 2, 128, 255], i * 4)
    }
    const shown = (await pixels(encodePng(many, size, size))).data
    expect(Math.max(...many.map((value, i) => Math.abs(value - (shown[i] as number))))).toBeLessThan(64)
  })
})

/** Runs a script in a process that sees no system fonts, as on a fresh machine; what it prints, as JSON. */
async function withoutSystemFonts(script: string): Promise<unknown> {
  const source = `
    import { GlobalFonts } from '@napi-rs/canvas'
    import { drawStreak } from '#src/lib/picture/index.ts'
    import { drawable } from '#src/lib/picture/fonts.ts'
    if (GlobalFonts.families.length > 0) throw new Error('there are system fonts')
    const picture = name => drawStreak({ ...${JSON.stringify(streak())}, title: name })
    const same = (a, b) => Buffer.compare(a, b) === 0
    ${script}`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, DISABLE_SYSTEM_FONTS_LOAD: '1' },
    timeout: 60_000,
  })
  return JSON.parse(stdout)
}

describe('on a machine without fonts', { timeout: 60_000 }, () => {
  test('Chinese, Latin with its marks, Cyrillic, kana and emoji are drawn', async () => {
    const names = ['王小明', 'Łukasz Đặng', 'Şeyma Ōtani', 'Ωμέγα', 'Юлия', 'さくら', '🔥', '👩‍🚀🇨🇳1️⃣❤️']
    expect(await withoutSystemFonts(`console.log(JSON.stringify(${JSON.stringify(names)}.map(drawable)))`)).toEqual(
      names,
    )
    expect(await withoutSystemFonts(`console.log(same(picture('王'), picture('王🔥')))`)).toBe(false)
  })

  test('a letter that no font has makes no picture, instead of a box for a name', async () => {
    const names = ['محمد', 'สมชาย', '王\u{10fffe}']
    expect(await withoutSystemFonts(`console.log(JSON.stringify(${JSON.stringify(names)}.map(picture)))`)).toEqual([
      null,
      null,
      null,
    ])
  })

  test('6,730 of the 6,763 characters of GB 2312 can be drawn', async () => {
    const script = `
      const decoder = new TextDecoder('gb18030')
      let all = 0, drawn = 0
      for (let row = 0xb0; row <= 0xf7; row++) for (let cell = 0xa1; cell <= 0xfe; cell++) {
        if (row === 0xd7 && cell > 0xf9) continue
        all++
        if (drawable(decoder.decode(new Uint8Array([row, cell]))) !== null) drawn++
      }
      console.log(JSON.stringify({ all, drawn }))`
    expect(await withoutSystemFonts(script)).toEqual({ all: 6763, drawn: 6730 })
  })
})
