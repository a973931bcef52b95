// A few commands that the tests of the kit are typed at.
import {
  type Args,
  attachment,
  choice,
  createRegistry,
  day,
  defineCommand,
  defineGroup,
  type Entry,
  item,
  member,
  type Registry,
  text,
  whole,
} from '#src/chat/command.ts'
import { plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** A command of this name and these arguments that answers with its help title. */
export function entry(name: string, args: Args = {}, path: readonly string[] = [name]): Entry {
  const node = defineCommand({
    name,
    description: 'help.description',
    where: 'anywhere',
    who: 'member',
    reply: 'private',
    menu: 1,
    args,
    run: async () => plain(t('help.title')),
  })
  return { path, node, children: [] }
}

export const windows = { week: 'leaderboard.window.week', month: 'leaderboard.window.month' } as const

export const registry: Registry = createRegistry([
  entry('checkin', { note: text('checkin.arg.note', { max: 20, optional: true }) }),
  entry('mood', {
    score: whole('checkin.arg.note', { min: 1, max: 5, optional: true }),
    note: text('checkin.arg.note', { max: 100, optional: true }),
  }),
  entry('thank', { who: member('streak.arg.member'), why: text('checkin.arg.note', { max: 100 }) }),
  entry('board', { window: choice('leaderboard.arg.window', { options: windows, optional: true }) }),
  entry('zone', {
    zone: item('settings.arg.zone', { optional: true, complete: async () => [] }),
    start: whole('settings.arg.day_start', { min: 0, max: 6, optional: true }),
  }),
  entry('due', { when: day('checkin.arg.note'), count: whole('checkin.arg.note', { min: -3, max: 10 }) }),
  entry('submit', { file: attachment('checkin.arg.note', { maxBytes: 2 * 1024 * 1024, accepts: ['png'] }) }),
  entry('plain'),
  {
    path: ['points'],
    node: defineGroup({ name: 'points', description: 'points.description', menu: 2 }),
    children: [
      entry('show', {}, ['points', 'show']),
      entry('history', { page: whole('checkin.arg.note', { min: 1, max: 9, optional: true }) }, ['points', 'history']),
    ],
  },
])
