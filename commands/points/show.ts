import { defineCommand } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { readBoard } from '#src/features/boards/index.ts'
import { balance } from '#src/features/points/index.ts'

export const show = defineCommand({
  name: 'show',
  description: 'points.show.description',
  where: 'community',
  who: 'member',
  reply: 'private',
  menu: 10,
  part: 'points',
  async run(app, { asker, member, community }) {
    const points = await balance(app, member.id, 'points')
    const { own, size } = await readBoard(app, community.id, 'week', asker.at, member.id, 1)
    return plain(
      t('points.balance', { points }),
      ...(own?.shown ? [t('points.rank', { rank: own.rank, size })] : []),
      button(t('points.history.button'), 'points history'),
      button(t('leaderboard.open'), 'leaderboard', { window: 'week' }),
    )
  },
})
