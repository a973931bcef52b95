import { defineCommand } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { listSegments } from '#src/features/segments/index.ts'

/** As many as a menu has entries. */
const MAX_MENU = 25

export const list = defineCommand({
  name: 'list',
  description: 'segment.list.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 10,
  async run(app, { community }) {
    const segments = await listSegments(app, community.id)
    const create = button(t('segment.button.create'), 'segment create', {}, { answer: 'new' })
    const words = button(t('segment.button.words'), 'segment words')
    const title = t('segment.list.title', { community: community.name })
    if (segments.length === 0) return plain({ title }, t('segment.none'), create, words)
    return plain(
      { title },
      {
        rows: segments.map(({ name, version }) => ({ label: t('segment.row', { name, version }) })),
      },
      {
        select: {
          placeholder: t('segment.choose'),
          options: segments.slice(0, MAX_MENU).map(({ id, name }) => ({
            label: name,
            button: button(t('segment.button.show'), 'segment show', { segment: id }),
          })),
        },
      },
      create,
      words,
    )
  },
})
