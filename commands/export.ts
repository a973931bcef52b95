import { defineCommand } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

export const exporting = defineCommand({
  name: 'export',
  description: 'export.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 54,
  // Each one reads everything there is about a person.
  cooldown: { uses: 3, seconds: 600 },
  async run(_app, { asker }) {
    return plain(t('export.here'), t('export.format'), {
      document: { kind: 'export', personId: asker.personId, name: 'muster-export.json' },
    })
  },
})
