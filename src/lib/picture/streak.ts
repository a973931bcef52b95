/** A streak as a calendar: seven days a row, today in the last place. */
import { colours, fitted, MARGIN, type Pen, picture, type Style, sizes, WIDTH, wrap, writable, write } from './ink.ts'

export type DayState = 'done' | 'missed' | 'open' | 'off'

/** Words and days to draw. What people wrote is isolated (isolate.ts). */
export interface StreakPicture {
  readonly title: string
  readonly caption: string
  /** Headings of the columns; the last one is today's weekday. */
  readonly weekdays: readonly string[]
  /** Beside each row: its first day. */
  readonly weeks: readonly string[]
  /** Oldest first, the last one is today. */
  readonly days: readonly DayState[]
}

interface Cell {
  readonly state: DayState
  readonly column: number
  readonly row: number
}

const COLUMNS = 7
const CELL = 80
const RADIUS = 28
const LEFT = WIDTH - MARGIN - COLUMNS * CELL
const TOP = 192
const LINE = 40

const title: Style = { size: sizes.title, weight: 700, colour: colours.ink }
const label: Style = { size: sizes.small, weight: 400, colour: colours.quiet }
const caption: Style = { size: sizes.small, weight: 400, colour: colours.ink }

const xOf = (cell: { column: number }) => LEFT + cell.column * CELL + CELL / 2
const yOf = (cell: { row: number }) => TOP + cell.row * CELL + CELL / 2

/** The PNG, or null when a letter cannot be drawn on this machine. */
export function drawStreak(streak: StreakPicture): Uint8Array | null {
  const texts = writable({ title: streak.title, caption: streak.caption })
  if (!texts) return null
  const cells = placed(streak.days)
  const end = TOP + Math.ceil(cells.length / COLUMNS) * CELL
  const lines = wrap(texts.caption, WIDTH - 2 * MARGIN, caption, 2)
  return picture(end + 24 + lines.length * LINE + 40, pen => {
    write(pen, fitted(texts.title, WIDTH - 2 * MARGIN, title), MARGIN, 96, title)
    streak.weekdays.forEach((weekday, i) => {
      const column = COLUMNS - streak.weekdays.length + i
      const today = column === COLUMNS - 1
      const style: Style = today ? { ...label, weight: 700, colour: colours.accent } : label
      write(pen, weekday, xOf({ column }), TOP - 16, { ...style, align: 'center' })
    })
    streak.weeks.forEach((week, row) => {
      write(pen, week, MARGIN, yOf({ row }) + 9, label)
    })
    drawRuns(pen, cells)
    for (const cell of cells) drawDay(pen, cell)
    lines.forEach((line, i) => {
      write(pen, line, MARGIN, end + 24 + (i + 1) * LINE - 8, caption)
    })
  })
}

/** Where each day stands: the rows end with today's column, so the first one may begin later. */
function placed(days: readonly DayState[]): Cell[] {
  const before = (COLUMNS - (days.length % COLUMNS)) % COLUMNS
  return days.map((state, i) => ({
    state,
    column: (before + i) % COLUMNS,
    row: Math.floor((before + i) / COLUMNS),
  }))
}

/** A band behind days done one after the other: the streak itself, seen before it is counted. */
function drawRuns(pen: Pen, cells: readonly Cell[]): void {
  pen.strokeStyle = colours.accentSoft
  pen.lineWidth = 2 * RADIUS
  pen.lineCap = 'butt'
  cells.forEach((cell, i) => {
    const next = cells[i + 1]
    if (cell.state !== 'done' || next?.state !== 'done' || next.row !== cell.row) return
    pen.beginPath()
    pen.moveTo(xOf(cell), yOf(cell))
    pen.lineTo(xOf(next), yOf(next))
    pen.stroke()
  })
}

/** Each state has a shape of its own: a disc with a tick, a hollow ring, a ring with a dot, a small dot. */
function drawDay(pen: Pen, cell: Cell): void {
  const [x, y] = [xOf(cell), yOf(cell)]
  switch (cell.state) {
    case 'done':
      disc(pen, x, y, RADIUS, colours.accent)
      tick(pen, x, y)
      break
    case 'missed':
      ring(pen, x, y, RADIUS - 2, 3, colours.outline)
      break
    case 'open':
      ring(pen, x, y, RADIUS - 2, 4, colours.accent)
      disc(pen, x, y, 8, colours.accent)
      break
    case 'off':
      disc(pen, x, y, 6, colours.faint)
  }
}

function disc(pen: Pen, x: number, y: number, radius: number, colour: string): void {
  pen.fillStyle = colour
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
  pen.fill()
}

function ring(pen: Pen, x: number, y: number, radius: number, width: number, colour: string): void {
  pen.strokeStyle = colour
  pen.lineWidth = width
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
  pen.stroke()
}

function tick(pen: Pen, x: number, y: number): void {
  pen.strokeStyle = colours.paper
  pen.lineWidth = 5
  pen.lineCap = 'round'
  pen.lineJoin = 'round'
  pen.beginPath()
  pen.moveTo(x - 11, y + 1)
  pen.lineTo(x - 3, y + 9)
  pen.lineTo(x + 12, y - 8)
  pen.stroke()
}
