import { choice, defineCommand, item } from '#src/chat/command.ts'
import { button, plain, success } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { deleteSegment, searchSegments, segmentNamed } from '#src/features/segments/index.ts'
import { decisionOf } from '#src/features/settings/index.ts'

export const remove = defineCommand({
  name: 'delete',
  description: 'segment.delete.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 60,
  args: {
    segment: item('segment.arg.segment', {
      complete: async (app, { community }, typed) => (community ? searchSegments(app, community.id, typed) : []),
    }),
    sure: choice('segment.arg.sure', { options: { yes: 'segment.sure.yes' }, optional: true }),
  },
  async run(app, { asker, community, args }) {
    const { id, name } = await segmentNamed(app, community.id, args.segment)
    const back = button(t('segment.button.list'), 'segment list')
    if (args.sure === undefined)
      return plain(
        t('segment.delete.sure', { name }),
        button(t('segment.button.delete.sure'), 'segment delete', { segment: id, sure: 'yes' }, { style: 'danger' }),
        back,
      )
    await deleteSegment(app, decisionOf(community.id, asker), id)
    return success(t('segment.deleted', { name }), back)
  },
})
