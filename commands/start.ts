import { defineCommand } from '#src/chat/command.ts'
import { button, plain, privately, success } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { redeemPrivately } from '#src/features/inbox/index.ts'
import { LINK_PAYLOAD, redeemed } from '#src/features/linking/index.ts'

export const start = defineCommand({
  name: 'start',
  description: 'start.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 80,
  deepLink: true,
  async run(app, { asker, member, community, payload }) {
    if (payload.startsWith(LINK_PAYLOAD) && asker.direct) {
      const trying = { accountId: asker.accountId, communityId: community?.id ?? null }
      return redeemed(app, payload.slice(LINK_PAYLOAD.length), trying)
    }
    if (payload !== '' && asker.direct) {
      const answer = await redeemPrivately(app, asker.accountId, payload)
      if (answer === 'gone') return plain(t('start.private.gone'))
      if (answer !== 'not-ours') return privately(answer.reply)
    }
    if (!member || !community) return plain(t('start.alone', { who: asker.name }))
    return success(
      t('start.hello', { who: asker.name, community: community.name }),
      t('start.next'),
      button(t('checkin.button'), 'checkin', {}, { answer: 'new', style: 'primary' }),
      button(t('help.title'), 'help', {}, { answer: 'new' }),
    )
  },
})
