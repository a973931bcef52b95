/** Reply -> what Telegram shows: text with entities, an inline keyboard, a picture, a document. */
import type { ForceReply, InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types'
import { encodePress } from '../../chat/press.ts'
import { type Drawn, drawReply } from '../../chat/render.ts'
import type { Button, Reply } from '../../chat/reply.ts'
import { plainWriter, renderText, t } from '../../chat/text.ts'
import type { Locale } from '../../lib/locale.ts'
import { FORM, type FormAct } from '../../questions.ts'
import {
  ALERT_MAX,
  BUTTONS_MAX,
  CAPTION_MAX,
  LABEL_MAX,
  PLACEHOLDER_MAX,
  ROW_BUTTONS,
  ROW_COLUMNS,
  TEXT_MAX,
} from './limits.ts'
import { joined, markingWriter, type Rich, readMarked, shortened, split } from './rich.ts'

/** A picture or a file beside words. */
export interface Media {
  readonly kind: 'photo' | 'document'
  readonly name: string
  readonly bytes: Uint8Array
}

/** One message as it is sent. */
export interface Payload {
  readonly rich: Rich
  readonly media: Media | null
  readonly markup: InlineKeyboardMarkup | ForceReply | undefined
}

/**
 * How a question in a group is answered: by a reply that the asker's app opens by itself (the message must answer theirs), or by one
 * that they open themselves.
 */
export type Asking = 'opened' | 'unopened'

/** What is needed to draw a reply for one person. */
interface Drawable {
  readonly reply: Reply
  readonly locale: Locale
  readonly askerId: string
  readonly asks?: Asking | undefined
}

/** What was made for a reply. */
export interface Enclosed {
  readonly picture: Media | null
  readonly document: Media | null
}

/** The messages of a reply, in their order: usually one. Buttons are under the last. */
export function payloads(drawable: Drawable, { picture, document }: Enclosed): Payload[] {
  const { reply, locale } = drawable
  const drawn = drawReply(reply, locale, markingWriter, plainWriter)
  const rich = compose(drawn, picture === null, hintOf(drawable))
  const markup = forceReplyOf(drawable) ?? keyboardOf(drawn, drawable)
  const media = [picture, document].filter(one => one !== null)
  // A caption holds less than a message: longer words follow the picture.
  const captioned = media.length > 0 && rich.text.length <= CAPTION_MAX
  const messages = [
    ...media.map((one, i) => ({ rich: captioned && i === 0 ? rich : NO_WORDS, media: one })),
    ...(captioned ? [] : split(rich, TEXT_MAX).map(words => ({ rich: words, media: null }))),
  ]
  if (messages.length === 0) throw new RangeError('a reply without words cannot be sent')
  return messages.map((message, i) => ({ ...message, markup: i === messages.length - 1 ? markup : undefined }))
}

const NO_WORDS: Rich = { text: '', entities: [] }

/** What a button under a question does; undefined for every other button. */
const actOf = ({ command, args }: Button): FormAct | undefined =>
  command === FORM ? (args.do as FormAct | undefined) : undefined

/** Whether a reply is the question of a form: each can be cancelled. */
export const isQuestion = ({ buttons }: Reply): boolean => buttons.some(button => actOf(button) === 'stop')

/** Whether a question is answered by its buttons alone. */
const isChoice = ({ buttons }: Reply): boolean => buttons.some(button => actOf(button) === 'pick')

/** Said under a question in a group: only a reply to it is heard. */
const hintOf = ({ reply, locale, asks }: Drawable): string | null =>
  asks && !isChoice(reply) ? renderText(t('form.reply'), locale, markingWriter) : null

const ANSWERS: ReadonlySet<FormAct | undefined> = new Set(['pick', 'keep', 'skip'])

/** The field where the asker answers, already open. It takes the place of buttons, so a question that buttons can answer keeps these. */
function forceReplyOf({ reply, locale, asks }: Drawable): ForceReply | undefined {
  if (asks !== 'opened' || reply.buttons.some(button => ANSWERS.has(actOf(button)))) return undefined
  const [question] = reply.lines.slice(-1)
  const placeholder = question ? buttonText(renderText(question, locale, plainWriter), PLACEHOLDER_MAX) : '·'
  return { force_reply: true, selective: true, input_field_placeholder: placeholder }
}

/** The words of a reply for the box that answers a press, or null where a message must carry it. */
export function alertOf({ reply, locale }: Pick<Drawable, 'reply' | 'locale'>): string | null {
  if (reply.buttons.length > 0 || reply.select || reply.rows?.length || reply.picture || reply.document) return null
  const texts = [...(reply.title ? [reply.title] : []), ...reply.lines, ...(reply.footer ? [reply.footer] : [])]
  const words = texts
    .map(text => renderText(text, locale, plainWriter))
    .join('\n')
    .toWellFormed()
    .replaceAll('\0', '')
  return words.length <= ALERT_MAX && words.trim() !== '' ? words : null
}

function compose(drawn: Drawn, withAlt: boolean, hint: string | null): Rich {
  const alt = withAlt ? drawn.pictureAlt : null
  const lines = [...drawn.lines, ...[alt, hint].filter(line => line !== null)]
  const rows = drawn.rows.map(row => {
    const words = `${row.rank === null ? '' : `${row.rank}. `}${row.label}${row.value === null ? '' : ` · ${row.value}`}`
    return readMarked(words, row.own ? 'bold' : undefined)
  })
  const head = [
    ...(drawn.title === null ? [] : [readMarked(drawn.title, 'bold')]),
    ...lines.map(line => readMarked(line)),
  ]
  const blocks = [head, rows, drawn.footer === null ? [] : [readMarked(drawn.footer, 'italic')]]
  return joined(
    blocks.filter(block => block.length > 0).map(block => joined(block, '\n')),
    '\n\n',
  )
}

function keyboardOf(drawn: Drawn, { reply, locale, askerId }: Drawable): InlineKeyboardMarkup | undefined {
  const buttons = drawn.buttons.map(({ label, button }) => pressable(label, button, askerId))
  // Telegram has no menus under a message: each entry is a button with a row to itself.
  const entries = (reply.select?.options ?? []).map(({ label, button }) =>
    pressable(typeof label === 'string' ? label : renderText(label, locale, plainWriter), button, askerId),
  )
  const rows = [...entries.map(entry => [entry]), ...inRows(buttons)]
  if (rows.length === 0) return undefined
  if (entries.length + buttons.length > BUTTONS_MAX)
    throw new RangeError(`a message carries at most ${BUTTONS_MAX} buttons`)
  return { inline_keyboard: rows }
}

function pressable(label: string, button: Button, askerId: string): InlineKeyboardButton {
  const text = buttonText(label, LABEL_MAX)
  const style = button.style === 'secondary' ? undefined : button.style
  return { text, callback_data: encodePress(button, askerId), ...(style && { style }) }
}

/** Words for where there is little room, and must be some. */
const buttonText = (words: string, limit: number): string =>
  shortened(words.toWellFormed().replaceAll('\0', '').replaceAll(/\s+/g, ' ').trim(), limit) || '·'

/** A link under a message. */
export const linkKeyboard = (text: string, url: string): InlineKeyboardMarkup => ({
  inline_keyboard: [[{ text: shortened(text, LABEL_MAX), url }]],
})

const columns = (label: string): number => {
  let count = 0
  for (const character of label) count += (character.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1
  return count
}

function inRows(buttons: readonly InlineKeyboardButton[]): InlineKeyboardButton[][] {
  const rows: InlineKeyboardButton[][] = []
  let room = 0
  for (const button of buttons) {
    // Buttons of a row are equally wide: the longest label counts for each.
    const row = rows.at(-1)
    const width = columns(button.text) + 2
    const widest = Math.max(width, ...(row ?? []).map(other => columns(other.text) + 2))
    if (row && row.length < ROW_BUTTONS && widest * (row.length + 1) <= room) row.push(button)
    else {
      rows.push([button])
      room = ROW_COLUMNS
    }
  }
  return rows
}
