/** What all adapters need to draw a reply: its words, in order, written for one platform. */
import type { Locale } from '../lib/locale.ts'
import { formatNumber } from '../lib/locale.ts'
import type { Button, Reply } from './reply.ts'
import { plainWriter, renderText, type Text, type Writer } from './text.ts'

/** The words of a reply for one platform, and which buttons follow; menus are drawn by the adapter. */
export interface Drawn {
  readonly title: string | null
  readonly lines: readonly string[]
  readonly rows: ReadonlyArray<{
    readonly rank: string | null
    readonly label: string
    readonly value: string | null
    readonly own: boolean
  }>
  readonly footer: string | null
  /** Said where the picture cannot be shown. */
  readonly pictureAlt: string | null
  readonly buttons: ReadonlyArray<{ readonly label: string; readonly button: Button }>
}

/** Renders every text of a reply. Labels of buttons are plain words on every platform. */
export function drawReply(reply: Reply, locale: Locale, writer: Writer, labels: Writer): Drawn {
  const words = (text: Text) => renderText(text, locale, writer)
  return {
    title: reply.title ? words(reply.title) : null,
    lines: reply.lines.map(words),
    rows: (reply.rows ?? []).map(row => ({
      rank: row.rank === undefined ? null : formatNumber(row.rank, locale),
      label: words(row.label),
      value: row.value ? words(row.value) : null,
      own: row.own ?? false,
    })),
    footer: reply.footer ? words(reply.footer) : null,
    pictureAlt: reply.picture ? words(reply.picture.alt) : null,
    buttons: reply.buttons.map(button => ({ label: renderText(button.label, locale, labels), button })),
  }
}

/** The bare words of a reply, line by line, for where nothing else can be shown. */
export function wordsOf(reply: Reply, locale: Locale): string[] {
  const { title, lines, rows, footer, pictureAlt } = drawReply(reply, locale, plainWriter, plainWriter)
  const listed = rows.map(({ rank, label, value }) => [rank && `${rank}.`, label, value].filter(Boolean).join(' '))
  return [title, ...lines, ...listed, pictureAlt, footer].filter(words => words !== null)
}
