import { defineCommand, item } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** A menu of what people wrote. */
export const choose = defineCommand({
  name: 'choose',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 20,
  args: { pick: item('settings.arg.zone', { optional: true, complete: async () => [] }) },
  async run(_app, { args }) {
    if (args.pick) return plain(t('checkin.note', { note: `chose ${args.pick}` }))
    const labels = ['<b>Ada</b> & co', '学习打卡群'.repeat(20), '🔥']
    return plain(t('community.arg.name'), {
      select: {
        placeholder: t('community.arg.name'),
        options: labels.map((label, i) => ({
          label,
          button: {
            label: t('community.switch'),
            command: 'choose',
            args: { pick: String(i) },
            by: 'anyone' as const,
            answer: 'update' as const,
            style: 'primary' as const,
          },
        })),
      },
    })
  },
})
