import { defineCommand } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'

/** Everything a reply can have at once: title, lines, rows, small print, picture, equal buttons, a menu. */
export const list = defineCommand({
  name: 'list',
  description: 'help.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 3,
  async run(_app, { asker, member }) {
    const again = button(t('leaderboard.window.week'), 'list')
    return plain(
      { title: t('streak.title', { who: member.mention, count: 3 }) },
      t('leaderboard.you', { rank: 2, points: t('leaderboard.points', { points: 20 }) }),
      {
        rows: [
          { rank: 1, label: t('leaderboard.row', { name: '*Lin*' }), value: t('leaderboard.points', { points: 30 }) },
          {
            rank: 2,
            label: t('leaderboard.row', { name: asker.name }),
            value: t('leaderboard.points', { points: 20 }),
            own: true,
          },
        ],
      },
      { footer: t('settings.help') },
      {
        picture: {
          kind: 'streak',
          alt: t('streak.picture', { who: member.mention, window: 14, rate: '50%' }),
          title: t('leaderboard.title.week'),
          caption: t('leaderboard.since.all', { community: 'Night Owls' }),
          days: [{ day: '2026-03-04', state: 'done' }],
        },
      },
      again,
      again,
      {
        select: {
          placeholder: t('leaderboard.arg.window'),
          options: [
            { label: '*Week*', button: button(t('leaderboard.window.week'), 'list') },
            { label: t('leaderboard.window.month'), button: button(t('leaderboard.window.month'), 'slow') },
          ],
        },
      },
    )
  },
})
