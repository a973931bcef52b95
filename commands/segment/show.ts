import { defineCommand, item } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { instant, t } from '#src/chat/text.ts'
import { searchSegments, segmentNamed } from '#src/features/segments/index.ts'

export const show = defineCommand({
  name: 'show',
  description: 'segment.show.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 20,
  args: {
    segment: item('segment.arg.segment', {
      complete: async (app, { community }, typed) => (community ? searchSegments(app, community.id, typed) : []),
    }),
  },
  async run(app, { community, args }) {
    const { id, name, version, written, changedAt } = await segmentNamed(app, community.id, args.segment)
    return plain(
      { title: t('segment.title', { name }) },
      t('segment.written', { condition: written }),
      { footer: t('segment.version', { version, at: instant(changedAt, community.zone) }) },
      button(t('segment.button.count'), 'segment count', { segment: id }),
      button(t('segment.button.edit'), 'segment edit', { segment: id }, { answer: 'new' }),
      button(t('segment.button.delete'), 'segment delete', { segment: id }, { style: 'danger' }),
      button(t('segment.button.list'), 'segment list'),
    )
  },
})
