import { attachment, defineCommand, text } from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Answers with what it knows of the file. */
export const submit = defineCommand({
  name: 'submit',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 60,
  args: {
    file: attachment('checkin.arg.note', { maxBytes: 1024 * 1024, accepts: ['png', 'jpeg', 'pdf', 'text'] }),
    note: text('checkin.arg.note', { max: 50, optional: true }),
  },
  async run(_app, { args: { file, note } }) {
    return plain(t('checkin.note', { note: [file.name, file.kind, file.size, note ?? '-'].join(' | ') }))
  },
})
