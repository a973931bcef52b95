import { choice, defineCommand } from '#src/chat/command.ts'
import { button, plain, type Reply } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

const note = (words: string) => t('checkin.note', { note: words })

/** Answers with a document, a photo, or the button that brings one. */
export const paper = defineCommand({
  name: 'paper',
  description: 'help.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 92,
  args: {
    what: choice('settings.arg.board', {
      options: {
        file: 'settings.choice.board.shown',
        public: 'settings.choice.board.shown',
        long: 'settings.choice.board.shown',
        photo: 'settings.choice.board.shown',
        both: 'settings.choice.board.shown',
        ask: 'settings.choice.board.hidden',
      },
      optional: true,
    }),
  },
  async run(_app, { asker, args: { what = 'file' } }): Promise<Reply> {
    const document = { document: { kind: 'export', personId: asker.personId, name: 'mine.json' } } as const
    const picture = { picture: { kind: 'photo', file: 'fil_1', alt: note('alt') } } as const
    const more = button(t('help.title'), 'paper', { what: 'file' })
    switch (what) {
      case 'ask':
        return plain(note('shall I?'), more)
      case 'photo':
        return plain(note('photo'), picture, more)
      case 'both':
        return plain(note('both'), picture, document)
      case 'long':
        return plain(note('long '.repeat(300)), document, more)
      case 'public':
        return { ...plain(note('public'), document), visibility: 'public' }
      default:
        return plain(note('file'), document, more)
    }
  },
})
