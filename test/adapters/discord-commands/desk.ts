import { attachment, defineCommand, PHOTOS } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Hands things out: a button that opens a form, a document, and the photo that it was given. */
export const desk = defineCommand({
  name: 'desk',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 5,
  args: { photo: attachment('community.arg.name', { maxBytes: 1024 * 1024, accepts: PHOTOS, optional: true }) },
  async run(_app, { asker, args }) {
    const open = button(t('settings.title'), 'apply', {}, { answer: 'new', by: 'anyone' })
    if (!args.photo)
      return plain(t('help.title'), open, {
        document: { kind: 'export', personId: asker.personId, name: 'everything.zip' },
      })
    return plain(t('help.title'), open, {
      picture: { kind: 'photo', file: args.photo.id, alt: t('checkin.note', { note: 'a face' }) },
    })
  },
})
