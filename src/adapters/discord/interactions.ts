/** What is done with an interaction: stored, run and answered; completed; or politely refused where the bot is not. */
import { type APIInteraction, InteractionResponseType, MessageFlags, type REST, Routes } from 'discord.js'
import type { App } from '../../app.ts'
import type { Responder } from '../../chat/port.ts'
import { plain, type Reply, refusal } from '../../chat/reply.ts'
import { t } from '../../chat/text.ts'
import type { Dispatch } from '../../dispatch.ts'
import { type Received, TOKEN_USABLE_MS } from '../../features/inbox/index.ts'
import { randomCharacters } from '../../lib/ids.ts'
import { nearestLocale } from '../../lib/locale.ts'
import { describe } from './errors.ts'
import { formatReply } from './formatter.ts'
import { type GuildView, type Incoming, pressedBefore, readInteraction } from './intake.ts'
import { COMPLETION_MS, MAX_CHOICE_LABEL, MAX_OPTIONS, MAX_VALUE } from './limits.ts'
import { cutWords } from './markdown.ts'
import { createResponder, type Drawer, type Exchange } from './responder.ts'

const INCIDENT_SIZE = 4

export interface InteractionParts {
  readonly app: App
  readonly dispatch: Dispatch
  readonly bot: string
  readonly applicationId: string
  readonly rest: REST
  readonly drawer: Drawer
  /** The guild with this id, if the bot is in it. */
  readonly guildOf: (id: string) => Promise<GuildView | null>
  readonly onQueued: () => void
}

export interface Interactions {
  /** Takes one interaction from its arrival to its answer. Never throws. */
  take(interaction: APIInteraction): Promise<void>
  /** For what came in before a restart, when only the stored request and its token are left; null once the token is too old. */
  responderFor(received: Received, receivedAt: number): Responder | null
}

export function createInteractions(parts: InteractionParts): Interactions {
  const { app, dispatch, bot, rest, onQueued } = parts

  const respondTo = (exchange: Omit<Exchange, 'applicationId'>): Responder =>
    createResponder(rest, { ...exchange, applicationId: parts.applicationId }, parts.drawer)

  async function read(interaction: APIInteraction): Promise<void> {
    const guildId = interaction.guild_id
    const guild = guildId === undefined ? null : await parts.guildOf(guildId)
    const incoming = readInteraction(interaction, { bot, now: app.clock.now(), guild })
    switch (incoming.kind) {
      case 'ask':
        return answer(interaction, incoming)
      case 'completion':
        return complete(interaction, incoming)
      case 'elsewhere':
        return sayOnce(interaction, plain(t('start.alone', { who: incoming.from.name })))
      case 'unknown':
        app.log.debug({ bot, type: interaction.type }, 'an interaction of a kind that Muster does not use')
    }
  }

  async function answer(interaction: APIInteraction, { ask, pressed }: Extract<Incoming, { kind: 'ask' }>) {
    let received: Received | null
    try {
      received = await dispatch.receive(ask, interaction.token)
    } catch (error) {
      // Discord does not deliver it again: the person is told that nothing happened.
      const code = randomCharacters(app.random, INCIDENT_SIZE).toUpperCase()
      app.log.error({ err: error, incident: code, bot }, 'an interaction could not be stored')
      return sayOnce(interaction, refusal(t('refusal.fault', { code })))
    }
    if (!received) return
    const { id, token } = interaction
    // A form cannot answer another one.
    const opens = ask.kind !== 'form'
    const responder = respondTo({ interactionId: id, token, direct: ask.chat.direct, pressed, opens, inherited: false })
    await dispatch.process(received, responder)
    onQueued()
  }

  async function complete(interaction: APIInteraction, asked: Extract<Incoming, { kind: 'completion' }>) {
    const found = await withinTime(dispatch.complete(asked.ask, asked.path, asked.arg, asked.typed)).catch(error => {
      app.log.warn({ err: error, bot, command: asked.path.join(' ') }, 'a completion failed; the list stays empty')
      return []
    })
    const choices = found
      .filter(({ value }) => value !== '' && value.length <= MAX_VALUE)
      .slice(0, MAX_OPTIONS)
      .map(({ value, label }) => ({ name: cutWords(label || value, MAX_CHOICE_LABEL), value }))
    const type = InteractionResponseType.ApplicationCommandAutocompleteResult
    await callback(interaction, { type, data: { choices } })
  }

  /** An answer that is no reply: nothing was done, and nothing is stored. */
  async function sayOnce(interaction: APIInteraction, reply: Reply): Promise<void> {
    const locale = nearestLocale('locale' in interaction ? interaction.locale : null) ?? app.defaults.locale
    const { body } = formatReply(reply, locale, '')
    const data = { ...body, flags: body.flags | MessageFlags.Ephemeral }
    await callback(interaction, { type: InteractionResponseType.ChannelMessageWithSource, data })
  }

  const callback = async ({ id, token }: APIInteraction, body: object): Promise<void> => {
    await rest.post(Routes.interactionCallback(id, token), { body, auth: false })
  }

  return {
    take: interaction =>
      read(interaction).catch(error => {
        app.log.error({ problem: describe(error), bot }, 'an interaction got no answer')
      }),
    responderFor({ request, token }, receivedAt) {
      if (request.kind === 'happening' || token === null) return null
      if (app.clock.now() - receivedAt > TOKEN_USABLE_MS) return null
      const pressed = pressedBefore(request)
      const { direct } = request.chat
      return respondTo({ interactionId: request.eventId, token, direct, pressed, opens: false, inherited: true })
    },
  }
}

/** What is found in time; nothing otherwise. */
async function withinTime<T>(work: Promise<readonly T[]>): Promise<readonly T[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly T[]>(resolve => {
    timer = setTimeout(() => resolve([]), COMPLETION_MS)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
