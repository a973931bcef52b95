/** Discord's permission arithmetic: base permissions from roles, then channel overwrites. */
import type { ChannelState, GuildState, MemberState, State } from './state.ts'

export const PERMISSIONS = {
  KickMembers: 1n << 1n,
  BanMembers: 1n << 2n,
  Administrator: 1n << 3n,
  ManageChannels: 1n << 4n,
  ManageGuild: 1n << 5n,
  AddReactions: 1n << 6n,
  ViewAuditLog: 1n << 7n,
  ViewChannel: 1n << 10n,
  SendMessages: 1n << 11n,
  ManageMessages: 1n << 13n,
  EmbedLinks: 1n << 14n,
  AttachFiles: 1n << 15n,
  ReadMessageHistory: 1n << 16n,
  MentionEveryone: 1n << 17n,
  ManageRoles: 1n << 28n,
  UseApplicationCommands: 1n << 31n,
} as const

export type PermissionName = keyof typeof PERMISSIONS

const ALL_PERMISSIONS = (1n << 53n) - 1n

/** The bitfield of a list of names. */
export const bits = (names: readonly PermissionName[]): bigint =>
  names.reduce((sum, name) => sum | PERMISSIONS[name], 0n)

/** What a fresh guild lets everyone do. */
export const EVERYONE_DEFAULT = bits([
  'AddReactions',
  'ViewChannel',
  'SendMessages',
  'EmbedLinks',
  'AttachFiles',
  'ReadMessageHistory',
  'UseApplicationCommands',
])

/** What this member may do in the guild, or in one of its channels. Everything for the owner. */
export function permissionsOf(guild: GuildState, member: MemberState, channel?: ChannelState): bigint {
  if (guild.ownerId === member.userId) return ALL_PERMISSIONS
  let allowed = guild.roles.get(guild.id)?.permissions ?? 0n
  for (const id of member.roles) allowed |= guild.roles.get(id)?.permissions ?? 0n
  if (allowed & PERMISSIONS.Administrator) return ALL_PERMISSIONS
  if (!channel) return allowed
  const apply = (matching: ChannelState['overwrites']) => {
    const deny = matching.reduce((sum, one) => sum | one.deny, 0n)
    const allow = matching.reduce((sum, one) => sum | one.allow, 0n)
    allowed = (allowed & ~deny) | allow
  }
  apply(channel.overwrites.filter(one => one.id === guild.id))
  apply(channel.overwrites.filter(one => one.kind === 'role' && one.id !== guild.id && member.roles.has(one.id)))
  apply(channel.overwrites.filter(one => one.kind === 'member' && one.id === member.userId))
  return allowed
}

/** Whether the member of that id has this permission there. A person who is not a member has none. */
export function may(
  state: State,
  userId: string,
  name: PermissionName,
  guildId: string,
  channel?: ChannelState,
): boolean {
  const guild = state.guilds.get(guildId)
  const member = guild?.members.get(userId)
  return (
    guild !== undefined && member !== undefined && (permissionsOf(guild, member, channel) & PERMISSIONS[name]) !== 0n
  )
}

/** The highest position among the member's roles; @everyone is 0. */
export function topRole(guild: GuildState, member: MemberState): number {
  return Math.max(0, ...[...member.roles].map(id => guild.roles.get(id)?.position ?? 0))
}
