import { Buffer } from 'node:buffer'
import { choice, defineCommand, member, whole } from '#src/chat/command.ts'
import { button, MAX_ARGS_BYTES, plain, writeArgs } from '#src/chat/reply.ts'
import { instant, t, zone } from '#src/chat/text.ts'
import { type Action, auditEntries } from '#src/features/audit/index.ts'
import { describeChange, PART_SETTINGS } from '#src/features/settings/index.ts'

const PAGE = 10

const topics = {
  zone: 'setup.setting.zone',
  language: 'setup.setting.locale',
  day_start: 'setup.setting.day_start',
  parts: 'setup.button.parts',
  welcome: 'setup.setting.welcome',
  channels: 'setup.button.channels',
  staff: 'setup.button.staff',
  points: 'setup.part.points',
  links: 'audit.topic.links',
  connections: 'audit.topic.connections',
  keys: 'audit.topic.keys',
} as const
type Topic = keyof typeof topics

/** What of the changes a topic means. */
const wanted: Record<Topic, { actions: readonly Action[]; subjects?: readonly string[] }> = {
  zone: { actions: ['setting.changed'], subjects: ['zone'] },
  language: { actions: ['setting.changed'], subjects: ['locale'] },
  day_start: { actions: ['setting.changed'], subjects: ['day_start'] },
  parts: { actions: ['setting.changed'], subjects: PART_SETTINGS },
  welcome: { actions: ['setting.changed'], subjects: ['welcome'] },
  channels: { actions: ['channel.changed'] },
  staff: { actions: ['role.changed'] },
  points: { actions: ['points.awarded', 'points.reversed'] },
  links: { actions: ['link.undone'] },
  connections: { actions: ['community.connected', 'community.disconnected'] },
  keys: { actions: ['apikey.created', 'apikey.revoked'] },
}

/** Narrowed twice, it may be more than a button carries. */
const fits = (args: Record<string, string>): boolean => Buffer.byteLength(writeArgs(args)) <= MAX_ARGS_BYTES

export const audit = defineCommand({
  name: 'audit',
  description: 'audit.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 110,
  args: {
    who: member('audit.arg.who', { optional: true }),
    topic: choice('audit.arg.topic', { options: topics, optional: true }),
    // Short, because a button carries it beside a member's id.
    to: whole('audit.arg.to', { min: 1, max: 999_999_999, optional: true }),
  },
  async run(app, { community, args: { who, topic, to } }) {
    const rows = await auditEntries(app, community.id, PAGE + 1, {
      ...(to !== undefined && { before: to }),
      ...(who && { member: who }),
      ...(topic && wanted[topic]),
    })
    const title = t('audit.title', { community: community.name })
    const narrowed = { ...(who && { who: who.id }), ...(topic && { topic }) }
    if (rows.length === 0) {
      const none = to !== undefined ? 'audit.none.older' : who || topic ? 'audit.none.narrowed' : 'audit.none'
      return plain({ title }, t(none), ...(to !== undefined ? [button(t('points.history.newest'), 'audit')] : []))
    }
    const page = rows.slice(0, PAGE)
    const last = page.at(-1)
    const older = rows.length > PAGE && last ? { ...narrowed, to: String(last.id) } : null
    return plain(
      { title },
      {
        rows: page.map(entry => ({
          label: t('audit.row', { at: instant(entry.at, community.zone), what: describeChange(entry) }),
        })),
      },
      { footer: t('audit.zone', { zone: zone(community.zone) }) },
      ...(older
        ? [fits(older) ? button(t('points.history.older'), 'audit', older) : t('audit.older', { to: older.to })]
        : []),
      ...(to !== undefined && fits(narrowed) ? [button(t('points.history.newest'), 'audit', narrowed)] : []),
    )
  },
})
