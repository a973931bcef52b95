import { defineCommand, item } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { plain, success } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { chooseCommunity, communitiesOf } from '#src/features/people/index.ts'

export const community = defineCommand({
  name: 'community',
  description: 'community.description',
  where: 'direct',
  who: 'member',
  reply: 'private',
  menu: 60,
  args: {
    name: item('community.arg.name', {
      optional: true,
      complete: async (app, { asker }, typed) =>
        (await communitiesOf(app, asker.personId))
          .filter(({ name }) => name.toLowerCase().includes(typed.toLowerCase()))
          .map(({ id, name }) => ({ value: id, label: name })),
    }),
  },
  async run(app, { asker, community: current, args }) {
    const mine = await communitiesOf(app, asker.personId)
    if (args.name !== undefined) {
      const wanted = args.name.toLowerCase()
      const found = mine.find(({ id, name }) => id === args.name || name.toLowerCase() === wanted)
      if (!found) throw new Refusal(t('community.unknown', { name: args.name.slice(0, 60) }))
      await chooseCommunity(app, asker.accountId, found.id)
      return success(t('community.now', { community: found.name }))
    }
    const [first] = mine
    if (!first) throw new Refusal(t('refusal.where.no-community'))
    // A community that was left is no longer what the chat is about.
    const about = mine.find(({ id }) => id === current?.id) ?? first
    if (about.id !== current?.id) await chooseCommunity(app, asker.accountId, about.id)
    const { name } = about
    if (mine.length === 1) return plain(t('community.only', { community: name }))
    return plain(t('community.choose', { community: name }), {
      select: {
        placeholder: t('community.arg.name'),
        options: mine.slice(0, 25).map(({ id, name: label }) => ({
          label,
          button: {
            label: t('community.switch'),
            command: 'community',
            args: { name: id },
            by: 'asker' as const,
            answer: 'update' as const,
            style: 'secondary' as const,
          },
        })),
      },
    })
  },
})
