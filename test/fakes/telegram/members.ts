import type { ChatMember, User } from './model.ts'

const adminRights = {
  can_be_edited: false,
  is_anonymous: false,
  can_manage_chat: true,
  can_delete_messages: true,
  can_manage_video_chats: true,
  can_restrict_members: true,
  can_promote_members: false,
  can_change_info: true,
  can_invite_users: true,
  can_post_stories: false,
  can_edit_stories: false,
  can_delete_stories: false,
  can_pin_messages: true,
  can_manage_topics: true,
}

const restrictions = {
  can_send_messages: false,
  can_send_audios: false,
  can_send_documents: false,
  can_send_photos: false,
  can_send_videos: false,
  can_send_video_notes: false,
  can_send_voice_notes: false,
  can_send_polls: false,
  can_send_other_messages: false,
  can_add_web_page_previews: false,
  can_react_to_messages: false,
  can_edit_tag: false,
  can_change_info: false,
  can_invite_users: false,
  can_pin_messages: false,
  can_manage_topics: false,
}

/** A complete ChatMember of the given status, with the rights Telegram's clients give by default. */
export function memberOf(user: User, status: ChatMember['status'], rights: Record<string, unknown> = {}): ChatMember {
  switch (status) {
    case 'creator':
      return { status, user, is_anonymous: false, ...rights }
    case 'administrator':
      return { status, user, ...adminRights, ...rights }
    case 'restricted':
      return { status, user, is_member: true, ...restrictions, until_date: 0, ...rights }
    case 'kicked':
      return { status, user, until_date: 0, ...rights }
    case 'member':
    case 'left':
      return { status, user, ...rights }
  }
}

export const isPresent = (member: ChatMember | undefined): boolean =>
  member !== undefined &&
  (member.status === 'restricted' ? member.is_member === true : !['left', 'kicked'].includes(member.status))

export const isAdmin = (member: ChatMember | undefined): boolean =>
  member !== undefined && ['creator', 'administrator'].includes(member.status)
