/** Reply -> what Telegram shows: text with entities, an inline keyboard, a picture. */
import type { InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types'
import type { DrawPicture } from '../../chat/port.ts'
import { encodePress } from '../../chat/press.ts'
import { type Drawn, drawReply } from '../../chat/render.ts'
import type { Button, Reply } from '../../chat/reply.ts'
import { plainWriter, renderText } from '../../chat/text.ts'
import type { Locale } from '../../lib/locale.ts'
import { ALERT_MAX, BUTTONS_MAX, CAPTION_MAX, LABEL_MAX, ROW_BUTTONS, ROW_COLUMNS, TEXT_MAX } from './limits.ts'
import { joined, markingWriter, type Rich, readMarked, shortened, split } from './rich.ts'

/** One message as it is sent. */
export interface Payload {
  readonly rich: Rich
  readonly photo: Uint8Array | null
  readonly keyboard: InlineKeyboardMarkup | undefined
}

/** What is needed to draw a reply for one person. */
export interface Drawable {
  readonly reply: Reply
  readonly locale: Locale
  readonly askerId: string
}

/** The messages of a reply, in their order: usually one. Buttons are under the last. */
export async function payloads({ reply, locale, askerId }: Drawable, draw: DrawPicture): Promise<Payload[]> {
  const photo = reply.picture ? await draw(reply.picture, locale) : null
  const drawn = drawReply(reply, locale, markingWriter, plainWriter)
  const rich = compose(drawn, photo === null)
  const keyboard = keyboardOf(drawn, reply, locale, askerId)
  // A caption holds less than a message: longer words follow the picture.
  const captioned = photo !== null && rich.text.length <= CAPTION_MAX
  const texts = captioned ? [rich] : split(rich, TEXT_MAX)
  const messages = texts.map((text, i) => ({ rich: text, photo: captioned && i === 0 ? photo : null }))
  if (photo !== null && !captioned) messages.unshift({ rich: { text: '', entities: [] }, photo })
  if (messages.length === 0) throw new RangeError('a reply without words cannot be sent')
  return messages.map((message, i) => ({ ...message, keyboard: i === messages.length - 1 ? keyboard : undefined }))
}

/** The words of a reply for the box that answers a press, or null where a message must carry it. */
export function alertOf({ reply, locale }: Drawable): string | null {
  if (reply.buttons.length > 0 || reply.select || reply.rows?.length || reply.picture) return null
  const texts = [...(reply.title ? [reply.title] : []), ...reply.lines, ...(reply.footer ? [reply.footer] : [])]
  const words = texts
    .map(text => renderText(text, locale, plainWriter))
    .join('\n')
    .toWellFormed()
    .replaceAll('\0', '')
  return words.length <= ALERT_MAX && words.trim() !== '' ? words : null
}

function compose(drawn: Drawn, withAlt: boolean): Rich {
  const lines = [...drawn.lines, ...(withAlt && drawn.pictureAlt !== null ? [drawn.pictureAlt] : [])]
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

function keyboardOf(drawn: Drawn, reply: Reply, locale: Locale, askerId: string): InlineKeyboardMarkup | undefined {
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
  const text = shortened(label.toWellFormed().replaceAll('\0', '').trim(), LABEL_MAX) || '·'
  const style = button.style === 'secondary' ? undefined : button.style
  return { text, callback_data: encodePress(button, askerId), ...(style && { style }) }
}

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
