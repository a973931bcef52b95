/** People of the fake world: they type commands, press buttons, fill forms. */

import { type FieldValue, submission } from './form-filling.ts'
import { dropMember } from './guild-endpoints.ts'
import type { Seen } from './interaction-state.ts'
import { type InteractionHandle, start } from './interactions.ts'
import { pingsOf } from './message-rules.ts'
import { blank, post } from './messages.ts'
import { may } from './permissions.ts'
import type { Platform } from './platform.ts'
import type { JsonObject } from './schema.ts'
import {
  type ChannelState,
  type ComponentJson,
  directChannel,
  flatten,
  type MessageState,
  type UserState,
} from './state.ts'
import { ClientRefusal, commandData, findCommand, type OptionValue, resolvedIn } from './typed-command.ts'

export type CommandOptions = {
  options?: Record<string, OptionValue>
  /** The client's language for this one interaction; the person's own when left out. */
  locale?: string
}

export type Pressable = MessageState | Seen

export type FakeUser = {
  readonly id: string
  readonly state: UserState
  /** The direct channel with the bot. */
  readonly dm: ChannelState
  /** Sends a registered slash command: `ada.command(general, 'points history', { options: { member: lin } })`. */
  command: (channel: ChannelState, line: string, options?: CommandOptions) => InteractionHandle
  /** Presses a button, found by custom_id or label. */
  press: (message: Pressable, customIdOrLabel: string) => InteractionHandle
  /** Chooses values of a string select, or ids of a user, role or channel select. */
  select: (message: Pressable, customId: string, values: string[]) => InteractionHandle
  /** Types `value` into an option with autocomplete; the answer's `choices` are what the client offers. */
  autocomplete: (
    channel: ChannelState,
    line: string,
    option: string,
    value: string,
    options?: CommandOptions,
  ) => InteractionHandle
  /** Fills in and sends the form that answered `opened`; only who opened it sees it. */
  submitModal: (opened: InteractionHandle, values: Record<string, FieldValue>) => Promise<InteractionHandle>
  /** Writes an ordinary message. */
  say: (channel: ChannelState, text: string) => MessageState
  /** Closes (or opens) direct messages from the bot. */
  acceptDms: (accept: boolean) => void
  /** Deletes the account: it leaves every guild, and nobody can open a channel with it any more. */
  deleteAccount: () => void
}

export function createPerson(platform: Platform, user: UserState): FakeUser {
  const { state } = platform
  const localeOf = (options?: CommandOptions) => options?.locale ?? user.locale

  function control(message: MessageState, wanted: (one: ComponentJson) => boolean, what: string): ComponentJson {
    if (message.deleted) throw new ClientRefusal('the message is deleted')
    if (message.onlyFor !== null && message.onlyFor !== user.id)
      throw new ClientRefusal('the message is not shown to this person')
    const found = flatten(message.components).find(wanted)
    if (!found) throw new ClientRefusal(`the message has no ${what}`)
    if (found.disabled) throw new ClientRefusal(`${what} is disabled`)
    if (!found.custom_id) throw new ClientRefusal(`${what} is a link`)
    return found
  }

  function use(
    target: Pressable,
    wanted: (one: ComponentJson) => boolean,
    what: string,
    more: (one: ComponentJson) => JsonObject,
  ): InteractionHandle {
    const message = messageOf(target)
    const one = control(message, wanted, what)
    const data = { id: 1, custom_id: String(one.custom_id), component_type: one.type, ...more(one) }
    return start(platform, { kind: 'component', userId: user.id, channel: channelOf(message), data, source: message })
  }

  function channelOf(message: MessageState): ChannelState {
    const channel = state.channels.get(message.channelId)
    if (!channel) throw new ClientRefusal('the channel is gone')
    return channel
  }

  return {
    id: user.id,
    state: user,
    get dm() {
      return directChannel(state, user.id)
    },
    command(channel, line, options) {
      const typed = findCommand(platform, channel, user.id, line, localeOf(options))
      const data = commandData(platform, channel, typed, options?.options ?? {}, localeOf(options))
      return start(platform, { kind: 'command', userId: user.id, channel, data, locale: options?.locale })
    },
    autocomplete(channel, line, option, value, options) {
      const typed = findCommand(platform, channel, user.id, line, localeOf(options))
      const data = commandData(platform, channel, typed, options?.options ?? {}, localeOf(options), { option, value })
      return start(platform, { kind: 'autocomplete', userId: user.id, channel, data, locale: options?.locale })
    },
    press: (message, name) =>
      use(
        message,
        one => one.type === 2 && (one.custom_id === name || one.label === name),
        `button ${name}`,
        () => ({}),
      ),
    select: (message, customId, values) =>
      use(
        message,
        one => one.custom_id === customId && one.type !== 2,
        `select ${customId}`,
        one => ({
          ...chosen(one, values),
          ...(one.type !== 3 && {
            resolved: resolvedIn(platform, channelOf(messageOf(message)), { type: one.type, name: customId }, values),
          }),
        }),
      ),
    async submitModal(opened, values) {
      const { modal } = await opened.response()
      if (!modal) throw new ClientRefusal('no form was opened')
      const { channel, source, userId } = opened.state
      if (userId !== user.id) throw new ClientRefusal('the form is not shown to this person')
      const data = submission(platform, channel, modal, values)
      return start(platform, { kind: 'modal', userId: user.id, channel, data, source })
    },
    say(channel, text) {
      if (channel.guildId && !may(state, user.id, 'SendMessages', channel.guildId, channel))
        throw new ClientRefusal('may not write here')
      const message = blank(platform, { channel, authorId: user.id })
      message.content = text
      message.pings = pingsOf(text, undefined).pings
      post(platform, message)
      return message
    },
    acceptDms(accept) {
      user.acceptsDms = accept
    },
    deleteAccount() {
      user.deleted = true
      for (const guild of state.guilds.values()) if (guild.members.has(user.id)) dropMember(platform, guild, user)
    },
  }
}

function messageOf(target: Pressable): MessageState {
  const message = 'channelId' in target ? target : target.message
  if (!message) throw new ClientRefusal('nothing to press: the answer was not a message')
  return message
}

function chosen(select: ComponentJson, values: string[]): JsonObject {
  const least = select.min_values ?? 1
  const most = select.max_values ?? 1
  if (values.length < least || values.length > most) throw new ClientRefusal(`choose ${least} to ${most} values`)
  for (const value of values)
    if (select.options && !select.options.some(option => option.value === value))
      throw new ClientRefusal(`${value} is not an option`)
  return { values }
}
