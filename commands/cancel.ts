import { defineCommand } from '#src/chat/command.ts'
import { notice, success } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { cancelForms } from '#src/features/forms/index.ts'

export const cancel = defineCommand({
  name: 'cancel',
  description: 'cancel.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 95,
  async run(app, { asker }) {
    const cancelled = await cancelForms(app, asker.accountId)
    return cancelled > 0 ? success(t('form.cancelled')) : notice(t('cancel.none'))
  },
})
