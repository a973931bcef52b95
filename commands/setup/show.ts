import type { App } from '#src/app.ts'
import { defineCommand } from '#src/chat/command.ts'
import { type Button, button, plain, type Row } from '#src/chat/reply.ts'
import { t } from '#src/chat/text.ts'
import { staffOf } from '#src/features/people/index.ts'
import {
  channelName,
  channelsOf,
  effective,
  PURPOSES,
  purposeName,
  settingName,
  settingValue,
  sourceText,
  staffRow,
} from '#src/features/settings/index.ts'

/** As many of the staff as an overview has room for. */
const SHOWN_STAFF = 10

/** Every purpose with the chats it has, or with none. */
async function channelRows(app: App, communityId: string): Promise<Row[]> {
  const channels = await channelsOf(app, communityId)
  return PURPOSES.flatMap(purpose => {
    const of = channels.filter(channel => channel.purpose === purpose)
    const chats = of.length > 0 ? of.map(channelName) : [t('setup.none')]
    return chats.map(value => ({ label: t('setup.row', { name: purposeName(purpose), value }) }))
  })
}

async function staffRows(app: App, communityId: string): Promise<Row[]> {
  const staff = await staffOf(app, communityId)
  const rows = staff.slice(0, SHOWN_STAFF).map(staffRow)
  const more = staff.length - rows.length
  return more > 0 ? [...rows, { label: t('setup.staff.more', { count: more }) }] : rows
}

/** To every part of the setup; what opens a form leaves the overview standing. */
const parts: readonly Button[] = [
  button(t('setup.setting.zone'), 'setup zone', {}, { answer: 'new' }),
  button(t('setup.setting.locale'), 'setup language'),
  button(t('setup.setting.day_start'), 'setup day_start'),
  button(t('setup.button.parts'), 'setup parts'),
  button(t('setup.button.channels'), 'setup channel'),
  button(t('setup.button.staff'), 'setup staff'),
  button(t('setup.setting.welcome'), 'setup welcome', {}, { answer: 'new' }),
  button(t('setup.button.changes'), 'audit', {}, { answer: 'new' }),
]

export const show = defineCommand({
  name: 'show',
  description: 'setup.show.description',
  where: 'community',
  who: 'manager',
  reply: 'private',
  menu: 10,
  async run(app, { community }) {
    const settings = await effective(app, community.id)
    return plain(
      { title: t('setup.title', { community: community.name }) },
      {
        rows: [
          ...settings.map(({ key, value, source }) => ({
            label: t('setup.row', { name: settingName(key), value: settingValue(key, value) }),
            value: sourceText(source, community.zone),
          })),
          ...(await channelRows(app, community.id)),
          ...(await staffRows(app, community.id)),
        ],
      },
      { footer: t('setup.help') },
      ...parts,
    )
  },
})
