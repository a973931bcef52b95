/** Reply -> a Discord message: short answers as plain content, titled lists as one embed, pictures inside it. */
import {
  type APIActionRowComponent,
  type APIAllowedMentions,
  type APIButtonComponentWithCustomId,
  type APIComponentInMessageActionRow,
  type APIEmbed,
  ButtonStyle,
  ComponentType,
  MessageFlags,
  type RawFile,
} from 'discord.js'
import { encodePress } from '../../chat/press.ts'
import { type Drawn, drawReply } from '../../chat/render.ts'
import type { Button, Reply, Select } from '../../chat/reply.ts'
import { plainWriter, renderText } from '../../chat/text.ts'
import type { Locale } from '../../lib/locale.ts'
import {
  MAX_ALT,
  MAX_CONTENT,
  MAX_EMBED_DESCRIPTION,
  MAX_EMBED_FOOTER,
  MAX_EMBED_TITLE,
  MAX_LABEL,
  MAX_OPTION_LABEL,
  MAX_OPTIONS,
  MAX_PLACEHOLDER,
  MAX_ROWS,
  MAX_VALUE,
  ROW_BUTTONS,
} from './limits.ts'
import { cutWords, cutWritten, fitLines, titleWriter, writer } from './markdown.ts'

/** The accent of pictures, darkened for nothing: Discord shows it as a stripe beside the embed. */
const ACCENT = 0x0b7a5e
/** How pictures are attached: those we draw, and photos that somebody sent. */
const PICTURES = {
  streak: { filename: 'picture.png', type: 'image/png' },
  photo: { filename: 'photo.jpg', type: 'image/jpeg' },
} as const
const MENU = 'v1:menu'
/** A line of a list is short by nature; one that is not must not push the others out. */
const MAX_ROW = 400

type Row = APIActionRowComponent<APIComponentInMessageActionRow>

/** Everything a message shows. All fields are present, so that an edit replaces what was there before. */
export interface MessageBody {
  readonly content: string
  readonly embeds: APIEmbed[]
  readonly components: Row[]
  readonly attachments: Array<{ id: string; filename: string; description?: string }>
  readonly allowed_mentions: APIAllowedMentions
  readonly flags: number
}

export interface Message {
  readonly body: MessageBody
  readonly files: RawFile[]
}

/** What a reply shows beside its words, as far as it could be made. */
export interface Enclosed {
  /** The picture; without it, words stand for it. */
  readonly picture: Uint8Array | null
  readonly document: { readonly name: string; readonly type: string; readonly bytes: Uint8Array } | null
}

const NOTHING: Enclosed = { picture: null, document: null }

/** Draws a reply for the account with this id. */
export function formatReply(reply: Reply, locale: Locale, askerId: string, enclosed: Enclosed = NOTHING): Message {
  const drawn = drawReply(reply, locale, writer, plainWriter)
  const image = enclosed.picture && reply.picture ? PICTURES[reply.picture.kind].filename : null
  const lines = [...drawn.lines, ...(image === null && drawn.pictureAlt !== null ? [drawn.pictureAlt] : [])]
  const content = fitsContent(drawn, lines, image)
  const attached = attachmentsOf(reply, locale, enclosed)
  return {
    body: {
      content: content ?? '',
      embeds: content === null ? [embedOf(reply, locale, drawn, lines, image)] : [],
      components: componentsOf(reply, drawn, locale, askerId),
      attachments: attached.map(({ filename, description }, id) => ({
        id: String(id),
        filename,
        ...(description !== undefined && { description }),
      })),
      allowed_mentions: { parse: [] },
      // Addresses that people wrote show no preview. With an embed of ours the flag would hide that one too.
      flags: content === null ? 0 : MessageFlags.SuppressEmbeds,
    },
    files: attached.map(({ filename, type, bytes }) => ({
      name: filename,
      data: Buffer.from(bytes),
      contentType: type,
    })),
  }
}

interface Attached {
  readonly filename: string
  readonly type: string
  readonly bytes: Uint8Array
  readonly description?: string
}

function attachmentsOf(reply: Reply, locale: Locale, { picture, document }: Enclosed): Attached[] {
  const attached: Attached[] = []
  if (picture && reply.picture) {
    const description = cutWords(renderText(reply.picture.alt, locale, plainWriter), MAX_ALT)
    attached.push({ ...PICTURES[reply.picture.kind], bytes: picture, description })
  }
  if (document) attached.push({ filename: document.name, type: document.type, bytes: document.bytes })
  return attached
}

/** The words as plain content, where nothing asks for an embed and they are not too many. */
function fitsContent(drawn: Drawn, lines: readonly string[], image: string | null): string | null {
  if (drawn.title !== null || drawn.rows.length > 0 || image) return null
  const text = [...lines, ...(drawn.footer === null ? [] : [`-# ${drawn.footer}`])].join('\n')
  return text.length <= MAX_CONTENT ? text : null
}

function embedOf(reply: Reply, locale: Locale, drawn: Drawn, lines: readonly string[], image: string | null): APIEmbed {
  const rows = drawn.rows.map(row => {
    const rank = row.rank === null ? '' : `${row.rank}\\. `
    const text = cutWritten(`${rank}${row.label}${row.value === null ? '' : ` · ${row.value}`}`, MAX_ROW)
    return row.own ? `**${text}**` : text
  })
  const gap = lines.length > 0 && rows.length > 0 ? [''] : []
  const description = fitLines([...lines, ...gap, ...rows], MAX_EMBED_DESCRIPTION)
  const { title, footer } = reply
  return {
    color: ACCENT,
    ...(title && { title: cutWritten(renderText(title, locale, titleWriter), MAX_EMBED_TITLE) }),
    ...(description && { description }),
    // Footers are drawn without markup and without mentions.
    ...(footer && { footer: { text: cutWords(renderText(footer, locale, plainWriter), MAX_EMBED_FOOTER) } }),
    ...(image && { image: { url: `attachment://${image}` } }),
  }
}

const STYLES = { primary: ButtonStyle.Primary, secondary: ButtonStyle.Secondary, danger: ButtonStyle.Danger } as const

function componentsOf(reply: Reply, drawn: Drawn, locale: Locale, askerId: string): Row[] {
  const data = uniquePresses(askerId)
  const rows: Row[] = []
  if (reply.select && reply.select.options.length > 0) rows.push(menuOf(reply.select, locale, data))
  const buttons = drawn.buttons.map(
    ({ label, button }): APIButtonComponentWithCustomId => ({
      type: ComponentType.Button,
      custom_id: data(button),
      label: cutWords(label, MAX_LABEL),
      style: STYLES[button.style],
    }),
  )
  for (let i = 0; i < buttons.length && rows.length < MAX_ROWS; i += ROW_BUTTONS)
    rows.push({ type: ComponentType.ActionRow, components: buttons.slice(i, i + ROW_BUTTONS) })
  return rows
}

function menuOf({ placeholder, options }: Select, locale: Locale, data: (button: Button) => string): Row {
  return {
    type: ComponentType.ActionRow,
    components: [
      {
        type: ComponentType.StringSelect,
        custom_id: MENU,
        min_values: 1,
        max_values: 1,
        placeholder: cutWords(renderText(placeholder, locale, plainWriter), MAX_PLACEHOLDER),
        options: options.slice(0, MAX_OPTIONS).map(({ label, button }) => ({
          label: cutWords(typeof label === 'string' ? label : renderText(label, locale, plainWriter), MAX_OPTION_LABEL),
          value: data(button),
        })),
      },
    ],
  }
}

/** Two controls of one message may do the same, but not under the same id. A further `&` changes nothing when it is read. */
function uniquePresses(askerId: string): (button: Button) => string {
  const used = new Set<string>()
  return button => {
    let data = encodePress(button, askerId)
    while (used.has(data)) data += '&'
    if (data.length > MAX_VALUE)
      throw new RangeError(`more equal buttons of /${button.command} than ids can tell apart`)
    used.add(data)
    return data
  }
}
