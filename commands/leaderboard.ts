import type { App } from '#src/app.ts'
import { type Asker, choice, defineCommand, type Member, reaches } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { day, type Text, t } from '#src/chat/text.ts'
import { type Board, readBoard } from '#src/features/boards/index.ts'
import { isHidden } from '#src/features/people/index.ts'
import type { Window } from '#src/features/points/index.ts'

const windows = {
  week: 'leaderboard.window.week',
  month: 'leaderboard.window.month',
  all: 'leaderboard.window.all',
} as const
const titles = {
  week: 'leaderboard.title.week',
  month: 'leaderboard.title.month',
  all: 'leaderboard.title.all',
} as const

/** The viewer's own place, for those whom the list does not show; a board is public, so hidden people read theirs in private. */
async function ownLine(app: App, board: Board, member: Member, asker: Asker): Promise<Text[]> {
  if (board.own === null) {
    if (!asker.direct) return []
    if (await isHidden(app, member.id)) return [t('leaderboard.you.hidden.none')]
    if (reaches(asker.role, 'manager')) return [t('leaderboard.you.staff.none')]
    return board.top.length > 0 ? [t('leaderboard.you.none')] : []
  }
  const { rank } = board.own
  if (!board.own.shown && !asker.direct) return []
  if (!board.own.shown) return [t(board.own.hidden ? 'leaderboard.you.hidden' : 'leaderboard.you.staff', { rank })]
  if (board.top.some(row => row.memberId === board.own?.memberId)) return []
  return [t('leaderboard.you', { rank, points: t('leaderboard.points', { points: board.own.points }) })]
}

export const leaderboard = defineCommand({
  name: 'leaderboard',
  description: 'leaderboard.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  cooldown: { uses: 5, seconds: 10 },
  menu: 40,
  part: 'boards',
  args: { window: choice('leaderboard.arg.window', { options: windows, optional: true }) },
  async run(app, { asker, member, community, args }) {
    const window: Window = args.window ?? 'week'
    const board = await readBoard(app, community.id, window, asker.at, member.id)
    const own = await ownLine(app, board, member, asker)
    const title = t(titles[window])
    const since = board.since
      ? t('leaderboard.since', { community: community.name, day: day(board.since) })
      : t('leaderboard.since.all', { community: community.name })
    const others = (Object.keys(windows) as Window[])
      .filter(other => other !== window)
      .map(other => button(t(windows[other]), 'leaderboard', { window: other }))
    if (board.top.length === 0) {
      return plain(
        { title },
        t('leaderboard.empty'),
        ...own,
        button(t('checkin.button'), 'checkin', {}, { by: 'anyone', style: 'primary' }),
        ...others,
      )
    }
    return plain(
      { title },
      since,
      ...own,
      {
        rows: board.top.map(row => ({
          rank: row.rank,
          label: t('leaderboard.row', { name: row.name }),
          value: t('leaderboard.points', { points: row.points }),
          own: row.memberId === member.id,
        })),
      },
      ...others,
    )
  },
})
