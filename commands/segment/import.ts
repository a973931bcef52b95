import { defineCommand, item, text } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, form, success } from '#src/chat/reply.ts'
import { list, t } from '#src/chat/text.ts'
import {
  createSegment,
  findSegment,
  isTag,
  LONGEST_TAG,
  listedIn,
  tagListed,
  tagOf,
  tagsIn,
} from '#src/features/segments/index.ts'
import { decisionOf } from '#src/features/settings/index.ts'

const LONGEST_LIST = 4000
const SHOWN = 10

/** Tags everybody on a pasted list, and keeps a segment of that tag. */
export const importList = defineCommand({
  name: 'import',
  description: 'segment.import.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  opens: 'form',
  menu: 90,
  args: {
    tag: item('segment.arg.tag', {
      optional: true,
      max: LONGEST_TAG + 1,
      complete: async (app, { community }, typed) =>
        (community ? await tagsIn(app, community.id) : [])
          .filter(each => each.includes(tagOf(typed)))
          .map(each => ({ value: each, label: each })),
    }),
    members: text('segment.arg.members', { max: LONGEST_LIST, long: true, optional: true }),
  },
  async run(app, { asker, community, args, form: handed }) {
    const { tag: typed = '', members = '' } = args
    if (!handed && (typed === '' || members === ''))
      return form(t('segment.import.form'), 'segment import', ['tag', 'members'], {
        values: { ...(typed && { tag: typed }), ...(members && { members }) },
      })
    const tag = tagOf(typed)
    if (!isTag(tag)) throw new Refusal(t('refusal.tag', { typed, limit: LONGEST_TAG }))
    const change = decisionOf(community.id, asker)
    const { tagged, before, unknown } = await tagListed(app, change, tag, listedIn(members))
    const condition = { tag }
    const draft = { name: tag, condition, written: `tag: ${tag}` }
    if (tagged + before > 0 && !(await findSegment(app, community.id, tag))) await createSegment(app, change, draft)
    const segment = await findSegment(app, community.id, tag)
    const names = list(unknown.slice(0, SHOWN))
    return success(
      t('segment.imported', { tag, count: tagged }),
      ...(before > 0 ? [t('segment.imported.before', { count: before })] : []),
      ...(unknown.length > 0 ? [t('segment.imported.unknown', { names, count: unknown.length })] : []),
      ...(segment ? [button(t('segment.button.count'), 'segment count', { segment: segment.id })] : []),
      button(t('segment.button.list'), 'segment list'),
    )
  },
})
