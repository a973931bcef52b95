import { choice, defineCommand, whole } from '#src/chat/command.ts'
import { button, notice, plain, success } from '#src/chat/reply.ts'
import { instant, t } from '#src/chat/text.ts'
import { todayOf } from '#src/features/days/index.ts'
import { choosePreferences, preferencesOf } from '#src/features/policy/index.ts'
import { DAY_LENGTH, HOUR } from '#src/lib/time.ts'

const durations = [button(t('snooze.day'), 'snooze', { days: '1' }), button(t('snooze.week'), 'snooze', { days: '7' })]
const end = button(t('snooze.end'), 'snooze', { set: 'off' })

export const snooze = defineCommand({
  name: 'snooze',
  description: 'snooze.description',
  where: 'community',
  who: 'member',
  reply: 'private',
  menu: 54,
  args: {
    hours: whole('snooze.arg.hours', { min: 1, max: 720, optional: true }),
    days: whole('snooze.arg.days', { min: 1, max: 30, optional: true }),
    set: choice('topics.arg.set', { options: { off: 'notify.set.off' }, optional: true }),
  },
  async run(app, { asker, member, args }) {
    const { snoozedUntil } = await preferencesOf(app, member.id)
    const silent = snoozedUntil !== null && snoozedUntil > asker.at
    if (args.set === 'off') {
      if (!silent) return notice(t('snooze.none'))
      await choosePreferences(app, member.id, { snoozedUntil: null }, asker.at)
      return success(t('snooze.off'))
    }
    const { zone } = await todayOf(app, member.id, asker.at)
    const length = (args.hours ?? 0) * HOUR + (args.days ?? 0) * DAY_LENGTH
    if (length === 0) {
      return silent
        ? plain(t('topics.snoozed', { until: instant(snoozedUntil, zone) }), end)
        : plain(t('snooze.ask'), ...durations)
    }
    const until = asker.at + length
    await choosePreferences(app, member.id, { snoozedUntil: until }, asker.at)
    return success(t('snooze.on', { until: instant(until, zone) }), end)
  },
})
