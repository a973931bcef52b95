import { attachment, choice, defineCommand, link, PHOTOS, text, whole } from '#src/chat/command.ts'
import { form, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

const MEGABYTE = 1024 * 1024

/**
 * Asks with a form for one argument of several kinds each; typed or handed in, answers with what it was given. Each run leaves a
 * row `survey:…` in `meta`.
 */
export const survey = defineCommand({
  name: 'survey',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  opens: 'form',
  menu: 5,
  args: {
    mood: choice('settings.arg.board', {
      options: { good: 'settings.choice.board.shown', bad: 'settings.choice.board.hidden' },
      optional: true,
    }),
    size: whole('settings.arg.day_start', { min: 1, max: 10, optional: true }),
    site: link('streak.arg.member', { optional: true }),
    photo: attachment('community.arg.name', { maxBytes: MEGABYTE, accepts: PHOTOS, optional: true }),
    note: text('checkin.arg.note', { max: 200, long: true, optional: true }),
  },
  async run(app, { args, form: handed }) {
    if (!handed && Object.keys(args).length === 0)
      return form(t('settings.title'), 'survey', ['mood', 'size', 'site', 'photo', 'note'])
    await app.db
      .insertInto('meta')
      .values({ key: `survey:${app.ids('srv')}`, value: '' })
      .execute()
    const given = [args.mood, args.size, args.site, args.photo?.kind, args.note].map(value => String(value ?? '-'))
    return plain(t('checkin.note', { note: given.join(' | ') }))
  },
})
