/** Discord's interactions -> our requests. Pure: reads the payload and what is known of its guild. */
import {
  type APIApplicationCommandAutocompleteInteraction,
  type APIInteraction,
  type APIMessageComponentInteraction,
  type APIUser,
  ApplicationCommandType,
  InteractionContextType,
  InteractionType,
  MessageFlags,
  PermissionFlagsBits,
  SnowflakeUtil,
} from 'discord.js'
import type { Role } from '../../chat/command.ts'
import { decodePress } from '../../chat/press.ts'
import type { Ask, ChatReference, PlaceSighting, Sighting } from '../../chat/request.ts'
import { CLOCK_SKEW_MS } from './limits.ts'
import { describe, rawArg, readFields, readOptions } from './values.ts'

/** What the gateway told about a guild the bot is in. */
export interface GuildView {
  readonly name: string
  readonly ownerId: string
}

/** Where the pressed button is, and what its answer does to that message. */
export interface Pressed {
  readonly messageId: string
  /** Null where it is not known: the interaction came in before a restart. */
  readonly private: boolean | null
  readonly updates: boolean
}

export type Incoming =
  | { readonly kind: 'ask'; readonly ask: Ask; readonly pressed: Pressed | null }
  | {
      readonly kind: 'completion'
      readonly ask: Ask
      readonly path: readonly string[]
      readonly arg: string
      readonly typed: string
    }
  /** In a guild or group chat where the bot itself is not. */
  | { readonly kind: 'elsewhere'; readonly from: Sighting }
  | { readonly kind: 'unknown' }

interface Where {
  readonly bot: string
  readonly now: number
  /** The guild of the interaction, if the bot is in it. */
  readonly guild: GuildView | null
}

/** Reads an interaction; kinds that Muster never asked for are `unknown`. */
export function readInteraction(interaction: APIInteraction, where: Where): Incoming {
  const user = interaction.member?.user ?? interaction.user
  if (interaction.type === InteractionType.Ping || !user) return { kind: 'unknown' }
  const inGuild = interaction.guild_id !== undefined
  const from = sightingOf(user, interaction, where.guild)
  const inBotChat = !inGuild && (interaction.context ?? InteractionContextType.BotDM) === InteractionContextType.BotDM
  if (inGuild ? !where.guild : !inBotChat) return { kind: 'elsewhere', from }
  const base = {
    platform: 'discord',
    bot: where.bot,
    eventId: interaction.id,
    at: askedAt(interaction.id, where.now),
    from,
    place: placeOf(interaction, where.guild),
  } as const
  const chat: ChatReference = {
    id: channelOf(interaction),
    ...(inGuild && titleOf(interaction)),
    direct: !inGuild,
    ephemeral: inGuild,
    forms: 'whole',
  }
  switch (interaction.type) {
    case InteractionType.ApplicationCommand: {
      if (interaction.data.type !== ApplicationCommandType.ChatInput) return { kind: 'unknown' }
      const { name, options = [], resolved = {} } = interaction.data
      const typed = readOptions(name, options)
      const args = Object.fromEntries(typed.options.map(option => [option.name, rawArg(option, resolved)]))
      return { kind: 'ask', ask: { ...base, chat, kind: 'command', path: typed.path, args }, pressed: null }
    }
    case InteractionType.ApplicationCommandAutocomplete:
      return completionOf(interaction, base, chat)
    case InteractionType.MessageComponent: {
      const data = pressOf(interaction)
      const messageId = interaction.message.id
      return {
        kind: 'ask',
        ask: { ...base, chat: { ...chat, messageId }, kind: 'press', data },
        pressed: {
          messageId,
          private: ((interaction.message.flags ?? 0) & MessageFlags.Ephemeral) !== 0,
          updates: updates(data),
        },
      }
    }
    case InteractionType.ModalSubmit: {
      // There is one where a button opened the form.
      const messageId = interaction.message?.id
      const where = { ...chat, ...(messageId !== undefined && { messageId }) }
      return {
        kind: 'ask',
        ask: { ...base, chat: where, kind: 'form', ...readFields(interaction.data) },
        pressed: null,
      }
    }
    default:
      return { kind: 'unknown' }
  }
}

/** What is known of a press once only its stored request is left. */
export function pressedBefore(ask: Ask): Pressed | null {
  if (ask.kind !== 'press' || ask.chat.messageId === undefined) return null
  return { messageId: ask.chat.messageId, private: null, updates: updates(ask.data) }
}

const updates = (data: string): boolean => decodePress(data)?.answer === 'update'

/** Ids hold the moment the person acted, which decides the day it counts for even when the event comes late. */
function askedAt(id: string, now: number): number {
  const at = SnowflakeUtil.timestampFrom(id)
  return Math.abs(now - at) < CLOCK_SKEW_MS ? at : now
}

const channelOf = (interaction: Exclude<APIInteraction, { type: InteractionType.Ping }>): string =>
  interaction.channel?.id ?? interaction.channel_id ?? ''

/** What the channel or thread is called, so that people recognise it elsewhere. */
function titleOf({ channel }: Exclude<APIInteraction, { type: InteractionType.Ping }>): { title?: string } {
  return channel && 'name' in channel && channel.name ? { title: `#${channel.name}` } : {}
}

function placeOf(interaction: APIInteraction, guild: GuildView | null): PlaceSighting | null {
  if (interaction.guild_id === undefined) return null
  return { platformId: interaction.guild_id, kind: 'guild', title: guild?.name ?? '' }
}

function sightingOf(
  user: APIUser,
  interaction: Exclude<APIInteraction, { type: InteractionType.Ping }>,
  guild: GuildView | null,
): Sighting {
  const role = interaction.member ? roleOf(user.id, interaction.member.permissions, guild) : undefined
  return { ...describe(user), locale: interaction.locale, ...(role && { role }) }
}

/** Staff are those who run the guild. */
function roleOf(userId: string, permissions: string, guild: GuildView | null): Role {
  if (guild?.ownerId === userId) return 'owner'
  const staff = PermissionFlagsBits.ManageGuild | PermissionFlagsBits.Administrator
  return (BigInt(permissions) & staff) === 0n ? 'member' : 'manager'
}

/** Of a menu the chosen entry counts; each entry is a button. */
function pressOf({ data }: APIMessageComponentInteraction): string {
  return 'values' in data ? (data.values[0] ?? '') : data.custom_id
}

function completionOf(
  interaction: APIApplicationCommandAutocompleteInteraction,
  base: Omit<Extract<Ask, { kind: 'command' }>, 'kind' | 'path' | 'args' | 'chat'>,
  chat: ChatReference,
): Incoming {
  const { name, options } = interaction.data
  const typed = readOptions(name, options)
  const focused = typed.options.find(option => 'focused' in option && option.focused)
  if (!focused) return { kind: 'unknown' }
  return {
    kind: 'completion',
    ask: { ...base, chat, kind: 'command', path: typed.path, args: {} },
    path: typed.path,
    arg: focused.name,
    typed: String(focused.value),
  }
}
