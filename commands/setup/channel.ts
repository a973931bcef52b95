import type { App } from '#src/app.ts'
import { type Asker, type Community, choice, defineCommand, item } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, plain, type Reply, success } from '#src/chat/reply.ts'
import type { ChatReference, PlaceSighting } from '#src/chat/request.ts'
import { list, t } from '#src/chat/text.ts'
import {
  type ChannelChange,
  channelName,
  channelsOf,
  chatPlaces,
  decisionOf,
  PURPOSES,
  type Purpose,
  purposeName,
  removeChannel,
  setChannel,
} from '#src/features/settings/index.ts'

const purposes = {
  announcements: 'setup.purpose.announcements',
  staff: 'setup.purpose.staff',
  digest: 'setup.purpose.digest',
  welcome: 'setup.purpose.welcome',
} as const
/** Words for `use` that are no chat. */
const HERE = 'here'
const NONE = 'none'

interface Here {
  readonly asker: Asker
  readonly community: Community
  readonly chat: ChatReference
  readonly place: PlaceSighting | null
}

const overview = () => button(t('setup.button.overview'), 'setup show')

/** Every purpose with its chats; where an answer is shown in the chat itself, a button makes it one. */
async function show(app: App, { community, chat, place }: Here): Promise<Reply> {
  const channels = await channelsOf(app, community.id)
  const here = place !== null && chat.ephemeral
  const used = PURPOSES.filter(purpose => channels.some(channel => channel.purpose === purpose))
  return plain(
    { title: t('setup.channel.title') },
    t('setup.channel.how'),
    {
      rows: PURPOSES.flatMap(purpose => {
        const of = channels.filter(channel => channel.purpose === purpose)
        const chats = of.length > 0 ? of.map(channelName) : [t('setup.none')]
        return chats.map(value => ({ label: t('setup.row', { name: purposeName(purpose), value }) }))
      }),
    },
    ...(here
      ? PURPOSES.map(purpose =>
          button(t('setup.channel.here', { purpose: purposeName(purpose) }), 'setup channel', { purpose, use: HERE }),
        )
      : used.map(purpose =>
          button(t('setup.channel.none', { purpose: purposeName(purpose) }), 'setup channel', { purpose, use: NONE }),
        )),
    overview(),
  )
}

/** Makes the chat that `use` means the one for a purpose. */
async function assign(app: App, here: Here, purpose: Purpose, use: string): Promise<ChannelChange> {
  const { asker, community, chat, place } = here
  const decision = decisionOf(community.id, asker)
  if (use.toLowerCase() === HERE) {
    if (!place) throw new Refusal(t('setup.channel.where', { purpose }))
    return setChannel(app, decision, { platform: asker.platform, place }, purpose, chat, chat.title)
  }
  const wanted = use.toLowerCase()
  const found = (await chatPlaces(app, community.id)).filter(
    ({ id, title }) => id === use || title.toLowerCase() === wanted,
  )
  const [only] = found
  if (!only || found.length > 1) throw new Refusal(t('setup.channel.unknown', { typed: use.slice(0, 40), purpose }))
  return setChannel(app, decision, { placeId: only.id }, purpose, only.chat)
}

export const channel = defineCommand({
  name: 'channel',
  description: 'setup.channel.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 60,
  args: {
    purpose: choice('setup.arg.purpose', { options: purposes, optional: true }),
    use: item('setup.arg.chat', {
      optional: true,
      complete: async (app, { community }, typed) =>
        [
          { value: HERE, label: HERE },
          { value: NONE, label: NONE },
          ...(community ? await chatPlaces(app, community.id) : []).map(({ id, title }) => ({
            value: id,
            label: title,
          })),
        ].filter(({ label }) => label.toLowerCase().includes(typed.trim().toLowerCase())),
    }),
  },
  async run(app, { asker, community, chat, place, args }) {
    const here = { asker, community, chat, place }
    const { purpose, use = HERE } = args
    if (purpose === undefined) {
      if (args.use !== undefined) throw new Refusal(t('setup.channel.purpose'))
      return show(app, here)
    }
    const name = purposeName(purpose)
    if (use.toLowerCase() === NONE) {
      const spot = place && { platform: asker.platform, place }
      const titles = await removeChannel(app, decisionOf(community.id, asker), purpose, spot)
      return titles.length === 0
        ? plain(t('setup.channel.none.before', { purpose: name }), overview())
        : success(t('setup.channel.removed', { purpose: name, chats: list(titles) }), overview())
    }
    const change = await assign(app, here, purpose, use)
    switch (change.kind) {
      case 'no-place':
        throw new Refusal(t('setup.channel.where', { purpose }))
      case 'same':
        return plain(t('setup.channel.same', { purpose: name, chat: change.title }), overview())
      case 'changed':
        return success(
          t('setup.channel.saved', { purpose: name, chat: change.title }),
          ...(change.before !== null && change.before !== change.title
            ? [t('setup.channel.instead', { chat: change.before })]
            : []),
          button(t('setup.channel.undo'), 'setup channel', { purpose, use: NONE }),
          overview(),
        )
    }
  },
})
