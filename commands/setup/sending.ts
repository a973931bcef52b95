import { choice, defineCommand, text } from '#src/chat/command.ts'
import { button, plain, success } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import {
  changeSetting,
  decisionOf,
  effective,
  settingName,
  settingValue,
  sourceText,
} from '#src/features/settings/index.ts'

const settings = {
  quiet: 'setup.setting.quiet_hours',
  service: 'setup.setting.cap.service',
  news: 'setup.setting.cap.marketing',
} as const
const keys = { quiet: 'quiet_hours', service: 'cap.service', news: 'cap.marketing' } as const
const ALL: readonly string[] = Object.values(keys)

export const sending = defineCommand({
  name: 'sending',
  description: 'setup.sending.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 55,
  args: {
    what: choice('setup.sending.arg.what', { options: settings, optional: true }),
    value: text('setup.sending.arg.value', { max: 60, optional: true }),
  },
  async run(app, { asker, community, args }) {
    const overview = button(t('setup.button.overview'), 'setup show')
    if (args.what === undefined || args.value === undefined) {
      const states = (await effective(app, community.id)).filter(({ key }) => ALL.includes(key))
      return plain(
        { title: t('setup.sending.title') },
        {
          rows: states.map(({ key, value, source }) => ({
            label: t('setup.row', { name: settingName(key), value: settingValue(key, value) }),
            value: sourceText(source, community.zone),
          })),
        },
        t('setup.sending.how'),
        overview,
      )
    }
    const key = keys[args.what]
    const { value } = await changeSetting(app, decisionOf(community.id, asker), key, args.value)
    return success(t('setup.sending.saved', { name: settingName(key), value }), t('setup.sending.means'), overview)
  },
})
