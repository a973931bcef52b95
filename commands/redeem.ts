import { defineCommand, item } from '#src/chat/command.ts'
import { form } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { redeemed } from '#src/features/linking/index.ts'

/** `/link CODE` with a window to type the code in, for those who press rather than type. */
export const redeem = defineCommand({
  name: 'redeem',
  description: 'redeem.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  opens: 'form',
  menu: 63,
  args: { code: item('link.arg.code', { optional: true, max: 40, complete: async () => [] }) },
  async run(app, { asker, community, args }) {
    if (args.code === undefined) return form(t('redeem.title'), 'redeem', ['code'])
    return redeemed(app, args.code, { accountId: asker.accountId, communityId: community?.id ?? null })
  },
})
