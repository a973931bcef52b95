import {
  type Asker,
  type Community,
  defineCommand,
  type Entry,
  item,
  leaves,
  type Member,
  type Registry,
  reaches,
} from '#src/chat/command.ts'
import { usage } from '#src/chat/line.ts'
import { Refusal } from '#src/chat/refusal.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** The commands that this person may use where they ask. */
function allowed(
  registry: Registry,
  asker: Asker,
  here: { member: Member | null; community: Community | null },
): Entry[] {
  return registry.entries.flatMap(leaves).filter(({ node }) => {
    if (node.kind !== 'leaf' || !reaches(asker.role, node.who)) return false
    if (node.part && here.community?.off.includes(node.part)) return false
    if (node.where === 'direct') return asker.direct
    return node.where === 'anywhere' || here.member !== null
  })
}

export const help = defineCommand({
  name: 'help',
  description: 'help.description',
  where: 'anywhere',
  who: 'member',
  reply: 'private',
  menu: 90,
  args: {
    command: item('help.arg.command', {
      optional: true,
      complete: async (_app, { asker, member, community, registry }, typed) =>
        allowed(registry, asker, { member, community })
          .map(({ path }) => path.join(' '))
          .filter(path => path.includes(typed.trim().replace(/^\//, '').toLowerCase()))
          .map(path => ({ value: path, label: `/${path}` })),
    }),
  },
  async run(_app, { asker, member, community, args, registry }) {
    const entries = allowed(registry, asker, { member, community })
    if (args.command !== undefined) {
      const wanted = args.command.replace(/^\//, '').toLowerCase()
      const found = entries.filter(entry => entry.path.join(' ') === wanted || entry.path[0] === wanted)
      if (found.length === 0) throw new Refusal(t('help.unknown', { command: wanted }))
      return plain(
        ...found.flatMap(entry => [
          t('help.row', { command: entry.path.join(' '), description: t(entry.node.description) }),
          t('help.usage', { usage: usage(entry) }),
        ]),
      )
    }
    return plain(
      { title: t('help.title') },
      {
        rows: entries.map(entry => ({
          label: t('help.row', { command: entry.path.join(' '), description: t(entry.node.description) }),
        })),
      },
    )
  },
})
