import { defineCommand, whole } from '#src/chat/command.ts'
import { button, plain, success } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { changeSetting, decisionOf, LATEST_DAY_START, oclock, settingsOf } from '#src/features/settings/index.ts'

const hours = Array.from({ length: LATEST_DAY_START + 1 }, (_, hour) => hour)

export const dayStart = defineCommand({
  name: 'day_start',
  description: 'setup.day_start.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 40,
  args: { hour: whole('setup.arg.hour', { min: 0, max: LATEST_DAY_START, optional: true }) },
  async run(app, { asker, community, args }) {
    const overview = button(t('setup.button.overview'), 'setup show')
    if (args.hour === undefined) {
      const { day_start: now } = await settingsOf(app, community.id)
      return plain(
        t('setup.day_start.now', { hour: oclock(now) }),
        t('setup.day_start.means'),
        {
          select: {
            placeholder: t('setup.day_start.choose'),
            options: hours.map(hour => ({
              label: oclock(hour),
              button: button(t('setup.setting.day_start'), 'setup day_start', { hour: String(hour) }),
            })),
          },
        },
        overview,
      )
    }
    const change = await changeSetting(app, decisionOf(community.id, asker), 'day_start', args.hour)
    const values = { hour: oclock(change.value) }
    return change.kind === 'same'
      ? plain(t('setup.day_start.now', values), overview)
      : success(t('setup.day_start.saved', values), t('setup.day_start.means'), overview)
  },
})
