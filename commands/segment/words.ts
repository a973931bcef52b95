import { defineCommand } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { traits } from '#src/traits.ts'

/** Everything that a segment can ask, with an example each. */
export const words = defineCommand({
  name: 'words',
  description: 'segment.words.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 70,
  async run() {
    return plain(
      { title: t('segment.words.title') },
      t('segment.words.how'),
      {
        rows: [...traits.values()].map(({ example, help }) => ({
          label: t('segment.words.row', { example, help: t(help) }),
        })),
      },
      { footer: t('segment.words.join') },
      button(t('segment.starter.quiet'), 'segment create', { starter: 'quiet' }, { answer: 'new' }),
      button(t('segment.starter.busy'), 'segment create', { starter: 'busy' }, { answer: 'new' }),
      button(t('segment.starter.new'), 'segment create', { starter: 'new' }, { answer: 'new' }),
      button(t('segment.starter.never'), 'segment create', { starter: 'never' }, { answer: 'new' }),
    )
  },
})
