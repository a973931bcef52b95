import { defineCommand, item } from '#src/chat/command.ts'
import { button, form, plain, success } from '#src/chat/reply.ts'
import { t, zone as zoneValue } from '#src/chat/text.ts'
import { changeSetting, decisionOf } from '#src/features/settings/index.ts'
import { searchZones } from '#src/lib/zones.ts'

export const zone = defineCommand({
  name: 'zone',
  description: 'setup.zone.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  opens: 'form',
  menu: 20,
  args: {
    zone: item('setup.arg.zone', {
      optional: true,
      complete: async (_app, _asker, typed) =>
        searchZones(typed, 25).map(value => ({ value, label: value.replaceAll('_', ' ') })),
    }),
  },
  async run(app, { asker, community, args, form: handed }) {
    const overview = button(t('setup.button.overview'), 'setup show')
    if (args.zone === undefined) {
      if (handed) return plain(t('setup.zone.same', { zone: zoneValue(community.zone) }), overview)
      return form(t('setup.zone.form'), 'setup zone', ['zone'], { values: { zone: community.zone } })
    }
    const change = await changeSetting(app, decisionOf(community.id, asker), 'zone', args.zone)
    const zone = zoneValue(change.value)
    return change.kind === 'same'
      ? plain(t('setup.zone.same', { zone }), overview)
      : success(t('setup.zone.saved', { zone }), t('setup.zone.means'), overview)
  },
})
