import { defineCommand, item } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { list, t } from '#src/chat/text.ts'
import { countSegment, findSegment, searchSegments, segmentNamed } from '#src/features/segments/index.ts'
import { traits } from '#src/traits.ts'

export const count = defineCommand({
  name: 'count',
  description: 'segment.count.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 30,
  cooldown: { uses: 10, seconds: 60 },
  args: {
    segment: item('segment.arg.segment', {
      complete: async (app, { community }, typed) => (community ? searchSegments(app, community.id, typed) : []),
    }),
  },
  async before(app, { community, args }) {
    const segment = await findSegment(app, community.id, args.segment)
    return segment && countSegment(app, traits, community.id, segment)
  },
  async run(app, { community, args, found }) {
    const { id, name } = await segmentNamed(app, community.id, args.segment)
    const { size, sample } = found ?? { size: 0, sample: [] }
    return plain(
      t('segment.counted', { name, count: size }),
      ...(sample.length > 0
        ? [t(size > sample.length ? 'segment.sample' : 'segment.sample.all', { names: list(sample) })]
        : []),
      ...(size === 0 ? [t('segment.counted.none')] : []),
      button(t('segment.button.show'), 'segment show', { segment: id }),
      button(t('segment.button.again'), 'segment count', { segment: id }),
    )
  },
})
