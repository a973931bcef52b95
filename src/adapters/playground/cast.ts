/** Who lives in the playground, and where. */
import type { Role } from '../../chat/command.ts'
import type { ChatReference, PlaceSighting, Sighting } from '../../chat/request.ts'

export const BOT = 'playground:local'
/** Author of what Muster says. */
export const MUSTER = 'muster'

export interface CastMember {
  readonly id: string
  readonly name: string
  /** The language tag of their app. */
  readonly locale: string
  readonly role: Role
  /** Whether somebody at the page can be them. */
  readonly playable: boolean
}

/** A group and its people; the page offers the playable ones. */
export interface World {
  readonly group: PlaceSighting
  readonly people: ReadonlyMap<string, CastMember>
  /** Whether a first start gives the community its history. */
  readonly seeded: boolean
}

const cast: readonly CastMember[] = [
  { id: 'ada', name: 'Ada', locale: 'en', role: 'member', playable: true },
  { id: 'lin', name: 'Lin', locale: 'zh', role: 'member', playable: true },
  { id: 'mo', name: 'Mo', locale: 'en', role: 'manager', playable: true },
  { id: 'priya', name: 'Priya', locale: 'en', role: 'member', playable: false },
  { id: 'xiaoyu', name: '王小雨', locale: 'zh-CN', role: 'member', playable: false },
  { id: 'tomas', name: 'Tomás', locale: 'es', role: 'member', playable: false },
  { id: 'siyuan', name: '陈思远', locale: 'zh-CN', role: 'member', playable: false },
  { id: 'noor', name: 'Noor', locale: 'en-GB', role: 'member', playable: false },
  { id: 'jonas', name: 'Jonas', locale: 'de', role: 'member', playable: false },
  { id: 'jia', name: '李佳', locale: 'zh-CN', role: 'member', playable: false },
  { id: 'amara', name: 'Amara', locale: 'en', role: 'member', playable: false },
  { id: 'kenji', name: 'Kenji', locale: 'ja', role: 'member', playable: false },
]

export const DEMO: World = {
  group: { platformId: 'night-owls', kind: 'group', title: 'Night Owls' },
  people: new Map(cast.map(member => [member.id, member])),
  seeded: true,
}

/** A member as the group's events describe them; a private chat tells nothing about their standing. */
export function sighting(member: CastMember, inGroup: boolean): Sighting {
  return {
    platformId: member.id,
    name: member.name,
    username: member.id,
    locale: member.locale,
    ...(inGroup && { role: member.role }),
  }
}

export type Chat = 'group' | `direct:${string}`

/** The stored name of a chat. */
export const chatOf = (reference: Pick<ChatReference, 'direct' | 'id'>): Chat =>
  reference.direct ? `direct:${reference.id}` : 'group'

/** The chat a member writes in. In the group an answer can be shown to one person alone. */
export function referenceTo(
  world: World,
  member: CastMember,
  where: 'group' | 'direct',
  messageId: number,
): ChatReference {
  return where === 'direct'
    ? { id: member.id, direct: true, ephemeral: false, forms: 'whole', messageId: String(messageId) }
    : { id: world.group.platformId, direct: false, ephemeral: true, forms: 'whole', messageId: String(messageId) }
}
