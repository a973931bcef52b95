import { defineCommand, text } from '#src/chat/command.ts'
import { button, notice, success } from '#src/chat/reply.ts'
import { day, opening, span, t, zone } from '#src/chat/text.ts'
import { checkIn } from '#src/features/checkin/index.ts'

export const checkin = defineCommand({
  name: 'checkin',
  description: 'checkin.description',
  where: 'community',
  who: 'member',
  reply: 'public',
  menu: 10,
  args: { note: text('checkin.arg.note', { max: 1000, optional: true }) },
  async run(app, { asker, member, args }) {
    const who = { memberId: member.id, communityId: member.communityId, accountId: asker.accountId }
    const outcome = await checkIn(app, who, { note: args.note, at: asker.at })
    switch (outcome.kind) {
      case 'checked-in': {
        const values = {
          who: member.mention,
          points: outcome.points,
          day: day(outcome.day),
          zone: zone(outcome.zone),
          left: span(outcome.endsAt - asker.at),
        }
        return success(
          outcome.streak.total === 1
            ? t('checkin.first', values)
            : t('checkin.done', { ...values, count: outcome.streak.current }),
          ...(args.note ? [t('checkin.note', { note: args.note })] : []),
          button(t('leaderboard.open'), 'leaderboard', { window: 'week' }, { by: 'anyone' }),
        )
      }
      case 'already-checked-in':
        return notice(
          t('checkin.again', {
            day: day(outcome.day),
            at: opening(outcome.nextAt, outcome.zone, asker.at),
            zone: zone(outcome.zone),
          }),
        )
    }
  },
})
