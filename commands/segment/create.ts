import { choice, defineCommand, item, text } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, form, success } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import {
  createSegment,
  LONGEST_NAME,
  LONGEST_WRITTEN,
  MOST_SEGMENTS,
  namedOnce,
  readWritten,
  refuseWritten,
  STARTERS,
} from '#src/features/segments/index.ts'
import { decisionOf } from '#src/features/settings/index.ts'
import { traits } from '#src/traits.ts'

const starters = {
  quiet: 'segment.starter.quiet',
  busy: 'segment.starter.busy',
  new: 'segment.starter.new',
  never: 'segment.starter.never',
} as const satisfies Record<keyof typeof STARTERS, string>

export const create = defineCommand({
  name: 'create',
  description: 'segment.create.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  opens: 'form',
  menu: 40,
  args: {
    starter: choice('segment.arg.starter', { options: starters, optional: true }),
    name: item('segment.arg.name', { optional: true, max: LONGEST_NAME, complete: async () => [] }),
    condition: text('segment.arg.condition', { max: LONGEST_WRITTEN, long: true, optional: true }),
  },
  async run(app, { asker, community, args, form: handed }) {
    const { name, condition, starter = 'quiet' } = args
    if (handed && name === undefined) throw new Refusal(t('refusal.segment.name', { limit: LONGEST_NAME }))
    if (name === undefined || condition === undefined)
      return form(t('segment.create.form'), 'segment create', ['name', 'condition'], {
        values: { condition: condition ?? STARTERS[starter], ...(name !== undefined && { name }) },
      })
    const read = readWritten(traits, condition)
    if (!read.ok) throw refuseWritten(read.mistakes)
    const draft = { name: namedOnce(name), condition: read.json, written: condition }
    const saved = await createSegment(app, decisionOf(community.id, asker), draft)
    switch (saved.kind) {
      case 'name-taken':
        throw new Refusal(t('refusal.segment.taken', { name }))
      case 'too-many':
        throw new Refusal(t('refusal.segment.many', { limit: MOST_SEGMENTS }))
      case 'same':
      case 'saved':
        return success(
          t('segment.created', { name: saved.segment.name }),
          button(t('segment.button.count'), 'segment count', { segment: saved.segment.id }),
          button(t('segment.button.show'), 'segment show', { segment: saved.segment.id }),
        )
    }
  },
})
