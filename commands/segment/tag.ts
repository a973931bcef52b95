import { choice, defineCommand, item, member } from '#src/chat/command.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { button, plain, success } from '#src/chat/reply.ts'
import { list, t } from '#src/chat/text.ts'
import { isTag, LONGEST_TAG, tagMember, tagOf, tagsIn, tagsOf, untagMember } from '#src/features/segments/index.ts'
import { decisionOf } from '#src/features/settings/index.ts'

const ways = { add: 'segment.tag.add', remove: 'segment.tag.remove' } as const

export const tag = defineCommand({
  name: 'tag',
  description: 'segment.tag.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 80,
  args: {
    who: member('segment.arg.who'),
    tag: item('segment.arg.tag', {
      optional: true,
      max: LONGEST_TAG + 1,
      complete: async (app, { community }, typed) =>
        (community ? await tagsIn(app, community.id) : [])
          .filter(each => each.includes(tagOf(typed)))
          .map(each => ({ value: each, label: each })),
    }),
    way: choice('segment.arg.way', { options: ways, optional: true }),
  },
  async run(app, { asker, community, args }) {
    const { who, way = 'add' } = args
    const shown = async (reply: typeof plain, said: ReturnType<typeof t>[] = []) => {
      const tags = await tagsOf(app, who.id)
      const line =
        tags.length > 0
          ? t('segment.tags', { who: who.mention, tags: list(tags) })
          : t('segment.tags.none', { who: who.mention })
      return reply(...said, line, button(t('segment.button.list'), 'segment list'))
    }
    if (args.tag === undefined) return shown(plain)
    const name = tagOf(args.tag)
    if (!isTag(name)) throw new Refusal(t('refusal.tag', { typed: args.tag, limit: LONGEST_TAG }))
    const change = decisionOf(community.id, asker)
    switch (await (way === 'add' ? tagMember : untagMember)(app, change, who.id, name)) {
      case 'too-many':
        throw new Refusal(t('refusal.tag.many'))
      case 'tagged-before':
      case 'never-tagged':
        return shown(plain)
      case 'tagged':
      case 'untagged':
        return shown(success)
    }
  },
})
