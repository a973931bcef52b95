/** Everything that can stand in `audit`, and the sentence that says it. Whatever writes an action has its words here. */
import type { Key } from '../../messages/index.ts'

/**
 * Sentences may name {who}, {about} (what it was done to), {before} and {after}. An action is a noun and what happened to it.
 */
export const ACTIONS = {
  'setting.changed': 'audit.setting.changed',
  'channel.changed': 'audit.channel.changed',
  'role.changed': 'audit.role.changed',
  'link.undone': 'audit.link.undone',
  'community.connected': 'audit.community.connected',
  'community.disconnected': 'audit.community.disconnected',
  'apikey.created': 'audit.apikey.created',
  'apikey.revoked': 'audit.apikey.revoked',
  'points.awarded': 'audit.points.awarded',
  'points.reversed': 'audit.points.reversed',
  'member.forgotten': 'audit.member.forgotten',
  'segment.created': 'audit.segment.created',
  'segment.changed': 'audit.segment.changed',
  'segment.deleted': 'audit.segment.deleted',
  'tag.added': 'audit.tag.added',
  'tag.removed': 'audit.tag.removed',
  'tag.listed': 'audit.tag.listed',
} as const satisfies Record<string, Key>

export type Action = keyof typeof ACTIONS
