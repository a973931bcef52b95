import { defineCommand, whole } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Odd pages are a picture, even ones words; page 5 has more words than a caption holds. */
export const album = defineCommand({
  name: 'album',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 10,
  args: { page: whole('settings.arg.day_start', { min: 1, max: 9, optional: true }) },
  async run(_app, { args }) {
    const page = args.page ?? 1
    const title = t('checkin.note', { note: `page ${page}` })
    const picture = {
      kind: 'streak' as const,
      alt: t('checkin.note', { note: 'alt' }),
      title,
      caption: title,
      days: [],
    }
    return plain(
      title,
      ...(page === 5 ? [t('checkin.note', { note: 'long '.repeat(300) })] : []),
      ...(page % 2 === 1 ? [{ picture }] : []),
      button(t('points.history.older'), 'album', { page: String(page + 1) }),
      button(t('points.history.newest'), 'album', { page: String(page + 2) }),
      button(t('help.title'), 'album', { page: String(page) }),
    )
  },
})
