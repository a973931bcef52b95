import { type InlineButton, type Markup, type Message, StrictBreach } from './model.ts'
import type { ChatState } from './world.ts'

const actions = [
  'url',
  'callback_data',
  'web_app',
  'login_url',
  'switch_inline_query',
  'switch_inline_query_current_chat',
  'switch_inline_query_chosen_chat',
  'copy_text',
  'callback_game',
  'pay',
]

const maxButtons = 100
const maxButtonsInRow = 8

function isButtonAddress(url: string): boolean {
  try {
    const { protocol, hostname } = new URL(url.includes('://') ? url : `http://${url}`)
    if (protocol === 'tg:' || protocol === 'ton:') return true
    return ['http:', 'https:'].includes(protocol) && hostname.includes('.')
  } catch {
    return false
  }
}

function checkInlineButton(button: InlineButton): void {
  if (button.text.trim() === '') throw new StrictBreach('Bad Request: inline keyboard button text is empty')
  const given = actions.filter(action => button[action] !== undefined)
  if (given.length === 0)
    throw new StrictBreach(
      `Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard`,
    )
  if (given.length > 1) throw new StrictBreach(`Bad Request: inline keyboard button has ${given.join(' and ')}`)
  if (button.callback_data !== undefined) {
    const bytes = Buffer.byteLength(button.callback_data)
    if (bytes < 1 || bytes > 64) throw new StrictBreach('Bad Request: BUTTON_DATA_INVALID')
  }
  if (button.url !== undefined && !isButtonAddress(button.url))
    throw new StrictBreach(`Bad Request: inline keyboard button URL '${button.url}' is invalid: Wrong HTTP URL`)
  if (button.style !== undefined && !['danger', 'success', 'primary'].includes(String(button.style)))
    throw new StrictBreach('Bad Request: invalid button style specified')
}

/** The rules of `reply_markup` that the types do not say. */
export function checkMarkup(markup: Markup): void {
  const rows = markup.inline_keyboard ?? []
  for (const button of rows.flat()) checkInlineButton(button)
  if (rows.flat().length > maxButtons || rows.some(row => row.length > maxButtonsInRow))
    throw new StrictBreach('Bad Request: reply markup is too long')
  const placeholder = markup.input_field_placeholder
  if (placeholder !== undefined && (placeholder.length < 1 || placeholder.length > 64))
    throw new StrictBreach('Bad Request: input_field_placeholder must have 1-64 characters')
  if (markup.force_reply === false) throw new StrictBreach('Bad Request: force_reply must be true')
}

/** Whom the field that a message opens is opened for. */
export interface Addressed {
  readonly mentions: boolean
  readonly replied: Message | 'gone' | undefined
}

/** In a group a field is opened for one person: whom the message mentions, or who wrote what it replies to. In a channel there is nobody. */
export function checkForceReply(state: ChatState, markup: Markup | undefined, { mentions, replied }: Addressed): void {
  if (!markup?.force_reply || state.chat.type === 'private') return
  if (state.chat.type === 'channel') throw new StrictBreach('Bad Request: inline keyboard expected')
  if (!markup.selective)
    throw new StrictBreach('force_reply without selective opens a field for everybody in the group')
  const answersSomebody = replied === 'gone' || (replied?.from !== undefined && !replied.from.is_bot)
  if (!mentions && !answersSomebody) throw new StrictBreach('a selective force_reply opens a field for nobody')
}

export interface BotCommand {
  command: string
  description: string
}

/** `setMyCommands`: at most 100, names `[a-z0-9_]{1,32}`, descriptions of 1-256 characters, no name twice. */
export function checkCommands(commands: readonly BotCommand[]): void {
  if (commands.length > 100) throw new StrictBreach('Bad Request: BOT_COMMANDS_TOO_MUCH')
  for (const { command, description } of commands) {
    if (!/^[a-z0-9_]{1,32}$/.test(command)) throw new StrictBreach(`Bad Request: BOT_COMMAND_INVALID (${command})`)
    if (description.trim() === '' || description.length > 256)
      throw new StrictBreach(`Bad Request: BOT_COMMAND_DESCRIPTION_INVALID (${command})`)
  }
  const names = commands.map(({ command }) => command)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) throw new StrictBreach(`Bad Request: BOT_COMMAND_INVALID (${twice} is listed twice)`)
}

/** A two-letter code, or empty for everybody else. */
export function checkLanguageCode(code: string): void {
  if (code !== '' && !/^[a-z]{2}$/.test(code)) throw new StrictBreach('Bad Request: invalid language code specified')
}

/** What may follow `?start=` in a link to the bot. */
export function checkStartPayload(payload: string): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(payload))
    throw new StrictBreach(`start payload "${payload}" must be 1-64 characters of A-Z a-z 0-9 _ -`)
}

/** Breaks the rule for every link to this bot with a start payload that no client would accept. */
export function checkStartLink(url: string): void {
  const payload = /^(?:https?:\/\/(?:t|telegram)\.me\/\w+\?|tg:\/\/resolve\?domain=\w+&)start(?:group)?=([^&]*)/.exec(
    url,
  )?.[1]
  if (payload !== undefined) checkStartPayload(payload)
}
