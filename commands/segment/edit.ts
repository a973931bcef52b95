import { defineCommand, item, text } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, form, plain, success } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import {
  changeSegment,
  LONGEST_NAME,
  LONGEST_WRITTEN,
  namedOnce,
  readWritten,
  refuseWritten,
  searchSegments,
  segmentNamed,
} from '#src/features/segments/index.ts'
import { decisionOf } from '#src/features/settings/index.ts'
import { traits } from '#src/traits.ts'

export const edit = defineCommand({
  name: 'edit',
  description: 'segment.edit.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  opens: 'form',
  menu: 50,
  args: {
    segment: item('segment.arg.segment', {
      complete: async (app, { community }, typed) => (community ? searchSegments(app, community.id, typed) : []),
    }),
    name: item('segment.arg.name', { optional: true, max: LONGEST_NAME, complete: async () => [] }),
    condition: text('segment.arg.condition', { max: LONGEST_WRITTEN, long: true, optional: true }),
  },
  async run(app, { asker, community, args, form: handed }) {
    const segment = await segmentNamed(app, community.id, args.segment)
    const { id } = segment
    const values = { name: segment.name, condition: segment.written }
    if (args.name === undefined && args.condition === undefined && !handed)
      return form(t('segment.edit.form', { name: segment.name }), 'segment edit', ['name', 'condition'], {
        args: { segment: id },
        values,
      })
    const { name, condition } = { ...values, ...args }
    const read = readWritten(traits, condition ?? values.condition)
    if (!read.ok) throw refuseWritten(read.mistakes)
    const draft = { name: namedOnce(name ?? values.name), condition: read.json, written: condition ?? values.condition }
    const saved = await changeSegment(app, decisionOf(community.id, asker), id, draft)
    const show = button(t('segment.button.show'), 'segment show', { segment: id })
    const count = button(t('segment.button.count'), 'segment count', { segment: id })
    switch (saved?.kind) {
      case undefined:
        throw new Refusal(t('refusal.segment.unknown', { typed: segment.name }))
      case 'name-taken':
      case 'too-many':
        throw new Refusal(t('refusal.segment.taken', { name: draft.name }))
      case 'same':
        return plain(t('segment.same', { name: segment.name }), show, count)
      case 'saved':
        return success(t('segment.changed', { name: saved.segment.name, version: saved.segment.version }), count, show)
    }
  },
})
