/** People and chats as Telegram describes them, in our words. */
import type { Chat, ChatMember, Message, User } from 'grammy/types'
import type { Role } from '../../chat/command.ts'
import type { ChatReference, PlaceSighting, RawArg, Sighting } from '../../chat/request.ts'
import { DOWNLOAD_MAX } from './limits.ts'

export function sightingOf(user: User): Sighting {
  const name = [user.first_name, user.last_name].filter(Boolean).join(' ').trim()
  return {
    platformId: String(user.id),
    name: name || user.username || String(user.id),
    // Empty: the platform always tells, so nothing means that there is none any more.
    username: user.username ?? '',
    ...(user.language_code && { locale: user.language_code }),
  }
}

export type GroupChat = Chat.GroupChat | Chat.SupergroupChat

export const isGroup = (chat: Chat): chat is GroupChat => chat.type === 'group' || chat.type === 'supergroup'

export const placeOf = ({ id, type, title }: GroupChat): PlaceSighting => ({
  platformId: String(id),
  kind: type,
  title: title ?? '',
})

/** Where a message is. Only a topic is kept: in other groups the same field counts replies, and sending with it is refused. */
export function chatOf(message: Message): ChatReference {
  const { chat, message_id, is_topic_message, message_thread_id, reply_to_message } = message
  // What answers nothing else answers the message that opened the topic, which names it.
  const title = is_topic_message ? reply_to_message?.forum_topic_created?.name : undefined
  return {
    id: String(chat.id),
    ...(title !== undefined && { title }),
    direct: chat.type === 'private',
    ephemeral: false,
    ...(is_topic_message && message_thread_id !== undefined && { threadId: String(message_thread_id) }),
    messageId: String(message_id),
  }
}

/** The role that an administrator's status stands for; undefined for everybody else. */
export function roleOf({ status }: ChatMember): Role | undefined {
  if (status === 'creator') return 'owner'
  return status === 'administrator' ? 'manager' : undefined
}

export const isPresent = (member: ChatMember): boolean =>
  member.status === 'restricted' ? member.is_member : member.status !== 'left' && member.status !== 'kicked'

/** Whether the platform tells, by a name that is empty, that the account is no more. */
export const isDeleted = ({ first_name }: User): boolean => first_name === ''

/** The file that came with a message; of a photo the largest size that the platform hands over. */
export function fileOf({ document, photo }: Message): Extract<RawArg, { kind: 'file' }> | undefined {
  if (document) {
    const { file_id, file_name, mime_type, file_size } = document
    return {
      kind: 'file',
      name: file_name ?? 'file',
      type: mime_type ?? 'application/octet-stream',
      size: file_size ?? 0,
      reference: file_id,
    }
  }
  const largest = photo?.findLast(({ file_size = 0 }) => file_size <= DOWNLOAD_MAX)
  if (!largest) return undefined
  return {
    kind: 'file',
    name: 'photo.jpg',
    type: 'image/jpeg',
    size: largest.file_size ?? 0,
    reference: largest.file_id,
  }
}
