/** Marks what people wrote inside a line of a picture. Apart from the drawing, so that the main thread loads no canvas for it. */

/** Unicode's own marks (first strong isolate, pop): what stands between keeps its own writing direction. */
export const OPEN = '\u2068'
export const CLOSE = '\u2069'

/** What somebody wrote, marked: it cannot turn the words around it (UAX #9), breaks no line, and gives way when a line is too long. */
export function isolate(written: string): string {
  const clean = written.replace(/\s+/g, ' ').replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
  return `${OPEN}${clean}${CLOSE}`
}
