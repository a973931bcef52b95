/** Reply -> the playground's own message: runs of text and names. The page writes each as text, so nothing can become markup. */

import { encodePress } from '../../chat/press.ts'
import { drawReply } from '../../chat/render.ts'
import type { Button, Document, Picture, Reply } from '../../chat/reply.ts'
import { plainWriter, renderText, type Writer } from '../../chat/text.ts'
import type { Locale } from '../../lib/locale.ts'
import type { BodyForm } from './form.ts'
import { MAX_LABEL } from './limits.ts'

/** Text to the letter, or a person who is addressed (and notified) by it. */
type Run = string | { readonly mention: string; readonly name: string }

interface BodyButton {
  readonly label: string
  readonly data: string
  readonly style: Button['style']
}

/** What a message shows, as it is stored. */
export interface Body {
  readonly tone: Reply['tone'] | 'said'
  readonly title?: readonly Run[]
  readonly lines: ReadonlyArray<readonly Run[]>
  readonly rows?: ReadonlyArray<{
    readonly rank: string | null
    readonly label: readonly Run[]
    readonly value: readonly Run[] | null
    readonly own: boolean
  }>
  /** Whose own row one of the rows is. */
  readonly asker?: string
  readonly footer?: readonly Run[]
  readonly picture?: { readonly alt: string; readonly spec: Picture; readonly locale: Locale }
  /** Written when somebody opens it. */
  readonly document?: { readonly spec: Document; readonly locale: Locale }
  /** What came along with what somebody typed. */
  readonly file?: { readonly name: string; readonly size: number }
  readonly form?: BodyForm
  readonly buttons?: readonly BodyButton[]
  readonly select?: { readonly placeholder: string; readonly options: ReadonlyArray<{ label: string; data: string }> }
  /** The event that this message answers. */
  readonly answers?: string
}

/** Writes one JSON value a line, so that names survive the way through a string and no text can imitate one. */
const writer: Writer = {
  plain: text => (text === '' ? '' : `${JSON.stringify(text)}\n`),
  mention: ({ name, ids }) =>
    `${JSON.stringify(ids.playground === undefined ? name : { mention: ids.playground, name })}\n`,
}

function runs(written: string): Run[] {
  const merged: Run[] = []
  for (const line of written.split('\n').filter(Boolean)) {
    const run = JSON.parse(line) as Run
    const last = merged.at(-1)
    if (typeof run === 'string' && typeof last === 'string') merged[merged.length - 1] = last + run
    else merged.push(run)
  }
  return merged
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** A label cut to what a button shows, never inside a character. */
function cut(label: string): string {
  const characters = [...segmenter.segment(label)]
  if (characters.length <= MAX_LABEL) return label
  return `${characters
    .slice(0, MAX_LABEL - 1)
    .map(({ segment }) => segment)
    .join('')}…`
}

/** What somebody typed, and what came along with it. */
export const saidBody = (text: string, file?: Body['file']): Body => ({
  tone: 'said',
  lines: text === '' ? [] : [[text]],
  ...(file && { file }),
})

/** A form in the place of an answer. */
export const formBody = (form: BodyForm, answers: string): Body => ({ tone: 'plain', lines: [], form, answers })

/** Draws a reply. `canDraw`: whether its picture can be shown; else its description stands among the words. */
export function formatReply(reply: Reply, locale: Locale, askerId: string, canDraw: boolean, answers?: string): Body {
  const drawn = drawReply(reply, locale, writer, plainWriter)
  const { picture, select } = reply
  const lines = drawn.lines.map(runs)
  if (picture && !canDraw) lines.push([renderText(picture.alt, locale, plainWriter)])
  return {
    tone: reply.tone,
    lines,
    ...(drawn.title !== null && { title: runs(drawn.title) }),
    ...(drawn.rows.length > 0 && {
      rows: drawn.rows.map(row => ({
        rank: row.rank,
        label: runs(row.label),
        value: row.value === null ? null : runs(row.value),
        own: row.own,
      })),
    }),
    ...(drawn.rows.some(row => row.own) && { asker: askerId }),
    ...(drawn.footer !== null && { footer: runs(drawn.footer) }),
    ...(picture &&
      canDraw && { picture: { alt: renderText(picture.alt, locale, plainWriter), spec: picture, locale } }),
    ...(reply.document && { document: { spec: reply.document, locale } }),
    ...(drawn.buttons.length > 0 && {
      buttons: drawn.buttons.map(({ label, button }) => ({
        label: cut(label),
        data: encodePress(button, askerId),
        style: button.style,
      })),
    }),
    ...(select && {
      select: {
        placeholder: cut(renderText(select.placeholder, locale, plainWriter)),
        options: select.options.map(({ label, button }) => ({
          label: cut(typeof label === 'string' ? label : renderText(label, locale, plainWriter)),
          data: encodePress(button, askerId),
        })),
      },
    }),
    ...(answers !== undefined && { answers }),
  }
}
