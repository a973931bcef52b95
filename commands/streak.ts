import { defineCommand, member as memberArg } from '#src/chat/command.ts'
import { button, plain } from '#src/chat/reply.ts'
import { day, opening, span, t, zone } from '#src/chat/text.ts'
import { RATE_DAYS, viewStreak } from '#src/features/checkin/index.ts'

export const streak = defineCommand({
  name: 'streak',
  description: 'streak.description',
  where: 'community',
  who: 'member',
  reply: 'private',
  menu: 20,
  part: 'checkin',
  args: { member: memberArg('streak.arg.member', { optional: true }) },
  async run(app, { asker, member, args }) {
    const whose = args.member ?? member
    const own = whose.id === member.id
    const checkInNow = button(t('checkin.button'), 'checkin', {}, { answer: 'new', style: 'primary' })
    const view = await viewStreak(app, whose.id, asker.at)
    if (!view) return own ? plain(t('streak.none'), checkInNow) : plain(t('streak.none.other', { who: whose.name }))
    const { today } = view
    const state = today.done
      ? t('streak.today.done', {
          day: day(today.day),
          at: opening(today.nextAt, today.zone, asker.at),
          zone: zone(today.zone),
        })
      : t('streak.today.open', { day: day(today.day), left: span(today.endsAt - asker.at), zone: zone(today.zone) })
    const numbers = t('streak.numbers', {
      longest: view.longest,
      rate: view.rate,
      window: RATE_DAYS,
      total: view.total,
    })
    const title =
      view.current === 0
        ? t('streak.title.none', { who: whose.name })
        : t('streak.title', { who: whose.name, count: view.current })
    return plain(
      { title },
      numbers,
      ...(own ? [state] : []),
      ...(own && view.current === 0 ? [t('streak.lost')] : []),
      {
        picture: {
          kind: 'streak',
          title,
          caption: numbers,
          alt: t('streak.picture', { who: whose.name, window: RATE_DAYS, rate: view.rate }),
          days: view.days,
        },
      },
      ...(own && !today.done ? [checkInNow] : []),
    )
  },
})
