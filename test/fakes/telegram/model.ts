// The objects the fake builds. Field names and meaning are the Bot API's; everything sent out is also checked against
// the official description, so a missing or misspelt field fails the test run.

export interface User {
  id: number
  is_bot: boolean
  first_name: string
  last_name?: string
  username?: string
  language_code?: string
}

export interface Chat {
  id: number
  type: 'private' | 'group' | 'supergroup' | 'channel'
  title?: string
  username?: string
  first_name?: string
  last_name?: string
  is_forum?: true
}

export interface Entity {
  type: string
  offset: number
  length: number
  url?: string
  user?: User
  language?: string
  custom_emoji_id?: string
}

export interface InlineButton {
  text: string
  callback_data?: string
  url?: string
  [action: string]: unknown
}

export interface Markup {
  inline_keyboard?: InlineButton[][]
  keyboard?: unknown[][]
  force_reply?: boolean
  selective?: boolean
  input_field_placeholder?: string
  [option: string]: unknown
}

export interface StoredFile {
  file_id: string
  file_unique_id: string
  file_size: number
}

export interface PhotoSize extends StoredFile {
  width: number
  height: number
}

export interface Document extends StoredFile {
  file_name: string
  mime_type: string
}

export interface Message {
  message_id: number
  message_thread_id?: number
  is_topic_message?: true
  from?: User
  sender_chat?: Chat
  chat: Chat
  date: number
  edit_date?: number
  forward_origin?: Record<string, unknown>
  is_automatic_forward?: true
  reply_to_message?: Message
  text?: string
  entities?: Entity[]
  photo?: PhotoSize[]
  document?: Document
  caption?: string
  caption_entities?: Entity[]
  new_chat_members?: User[]
  left_chat_member?: User
  new_chat_title?: string
  group_chat_created?: true
  migrate_to_chat_id?: number
  migrate_from_chat_id?: number
  pinned_message?: Message
  forum_topic_created?: { name: string; icon_color: number }
  forum_topic_closed?: Record<string, never>
  reply_markup?: { inline_keyboard: InlineButton[][] }
  [other: string]: unknown
}

export interface ChatMember {
  status: 'creator' | 'administrator' | 'member' | 'restricted' | 'left' | 'kicked'
  user: User
  [right: string]: unknown
}

export interface Reaction {
  type: string
  [field: string]: unknown
}

export interface Update {
  update_id: number
  message?: Message
  edited_message?: Message
  channel_post?: Message
  callback_query?: { id: string; from: User; message: Message; chat_instance: string; data: string }
  my_chat_member?: ChatMemberUpdated
  chat_member?: ChatMemberUpdated
  message_reaction?: {
    chat: Chat
    message_id: number
    user: User
    date: number
    old_reaction: Reaction[]
    new_reaction: Reaction[]
  }
}

export interface ChatMemberUpdated {
  chat: Chat
  from: User
  date: number
  old_chat_member: ChatMember
  new_chat_member: ChatMember
}

export type UpdateKind = Exclude<keyof Update, 'update_id'>

/** An answer of the Bot API that is an error: `{ok: false, error_code, description, parameters?}`. */
export class BotApiError extends Error {
  readonly code: number
  readonly parameters: Record<string, number> | undefined

  constructor(code: number, description: string, parameters?: Record<string, number>) {
    super(description)
    this.code = code
    this.parameters = parameters
  }
}

/** An error that also is a breach of a rule a correct bot never breaks: it lands in `violations`. */
export class StrictBreach extends BotApiError {
  constructor(description: string, code = 400) {
    super(code, description)
  }
}
