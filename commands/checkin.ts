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
  part: 'checkin',
  args: { note: text('checkin.arg.note', { max: 1000, optional: true }) },
  async run(app, { asker, member, community, args }) {
    const who = { memberId: member.id, communityId: member.communityId, accountId: asker.accountId }
    const outcome = await checkIn(app, who, { note: args.note, at: asker.at })
    switch (outcome.kind) {
      case 'checked-in': {
        const { streak, points } = outcome
        const values = {
          who: member.mention,
          day: day(outcome.day),
          zone: zone(outcome.zone),
          left: span(outcome.endsAt - asker.at),
        }
        const count = streak.current
        const first = streak.total === 1
        const quiet = first ? t('checkin.first.quiet', values) : t('checkin.done.quiet', { ...values, count })
        const named = first
          ? t('checkin.first', { ...values, points })
          : t('checkin.done', { ...values, points, count })
        return success(
          community.off.includes('points') ? quiet : named,
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
